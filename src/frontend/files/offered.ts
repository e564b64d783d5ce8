/** What can be imported: the words of the language and of its library, so that a message can say what was meant. */
import { builtins } from "../operations/table.js";
import { libraryFiles } from "../library.generated.js";

/** The specifier of the language itself; the folders of its library are "gatefold/torch" and so on. */
export const language = "gatefold";

/** Where the language and its library are imported from. */
export const librarySpecifiers: readonly string[] = [...new Set([language, ...libraryFiles.map((each) => each.specifier)])];

/** The functions that a specifier offers. */
export function offered(specifier: string): string[] {
  const own = specifier === language ? [...builtins.keys()] : [];
  return [...own, ...libraryFiles.filter((each) => each.specifier === specifier).flatMap((each) => each.exports)];
}

/** How a function is imported, from each place that offers it; undefined where there is none. */
export function importOf(name: string): string | undefined {
  const places = librarySpecifiers.filter((specifier) => offered(specifier).includes(name)).map((each) => JSON.stringify(each));
  return places.length === 0 ? undefined : `import { ${name} } from ${places.join(" or ")}`;
}
