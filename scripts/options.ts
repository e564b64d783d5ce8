/**
 * The options of a script, from its command line. `--help` prints the comment at the top of the script, which says what it is
 * for and how it is called; so does an option that there is not.
 */
import { readFileSync } from "node:fs";
import { parseArgs, type ParseArgsConfig } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** @param script the URL of the script */
export function scriptOptions<const T extends Options>(script: string, options: T): ReturnType<typeof parseArgs<{ readonly options: T }>>["values"] {
  if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
    console.log(headerOf(script));
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    console.error(`${thrown.message}\n\n${headerOf(script)}`);
    process.exit(2);
  }
}

/** The words of the first comment. */
function headerOf(script: string): string {
  const [, comment = ""] = /^\/\*\*\n([^]*?)\n \*\//.exec(readFileSync(new URL(script), "utf8")) ?? [];
  return comment.replace(/^ \* ?/gm, "");
}
