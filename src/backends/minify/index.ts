/**
 * A generated module with as few letters as its meaning needs: without comments and spaces, and with short names for what
 * only it knows. It takes modules that the backends wrote, not any JavaScript.
 */
import { bindingsOf } from "./bindings.js";
import { shorterNames } from "./names.js";
import { tokensOf, type Token } from "./tokens.js";

/** @param internalProperties properties that nobody outside the module reads or writes */
export function minify(source: string, internalProperties: ReadonlySet<string>): string {
  const tokens = tokensOf(source);
  const renamed = shorterNames(tokens, bindingsOf(tokens), internalProperties);
  const parts: string[] = [];
  let before: Token | undefined;
  for (const [i, token] of tokens.entries()) {
    if (isNeedless(token, tokens[i + 1])) continue;
    parts.push(gap(before, token), renamed(token, i));
    before = token;
  }
  return `${parts.join("")}\n`;
}

/** The last comma of a list, and the last semicolon of a block; but not that of `for (;;)`. */
function isNeedless({ text }: Token, after: Token | undefined): boolean {
  return (text === ";" && after?.text === "}") || (text === "," && (after?.text === "}" || after?.text === ")"));
}

/** What two tokens need between them. */
function gap(before: Token | undefined, token: Token): string {
  if (before === undefined) return "";
  if (isWord(before) && isWord(token)) return " ";
  // a + +b, a - -b
  return /[-+]$/.test(before.text) && before.kind === "mark" && /^[-+]/.test(token.text) ? " " : "";
}

function isWord({ kind }: Token): boolean {
  return kind === "word" || kind === "number" || kind === "private";
}
