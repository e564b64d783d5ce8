/**
 * What files are called. Messages and modules call a file by its path relative to the current folder, with forward slashes,
 * so that neither depends on where a project lies or on which system it is compiled.
 */
import type { SourceHost } from "../compile.js";

/** The rules of a system, as Node's module path has them; tests give those of Windows. */
export interface PathRules {
  readonly sep: string;
  resolve(...parts: string[]): string;
  relative(from: string, to: string): string;
  dirname(file: string): string;
}

/** How messages call a file. */
export function nameOf(file: string, cwd: string, rules: PathRules): string {
  return rules.relative(cwd, rules.resolve(cwd, file)).split(rules.sep).join("/");
}

/** The model files that an import may mean, the likeliest first. `from` is called as messages call it. */
export function importCandidates(specifier: string, from: string, cwd: string, rules: PathRules): string[] {
  if (!/^\.{1,2}\//.test(specifier)) return [];
  const target = rules.resolve(cwd, rules.dirname(from), specifier);
  return [target.replace(/\.js$/, ".ts"), `${target}.ts`].filter((candidate) => candidate.endsWith(".model.ts"));
}

/**
 * Finds the model files that a model file imports by a relative path. It reads nothing but model files: a model that nobody
 * vouches for must not make the compiler print other files.
 * @param read the text of a file; undefined where there is none. It gets the path, and how messages call the file.
 */
export function hostOf(cwd: string, rules: PathRules, read: (file: string, name: string) => string | undefined): SourceHost {
  return {
    resolve(specifier, from) {
      for (const candidate of importCandidates(specifier, from, cwd, rules)) {
        const file = nameOf(candidate, cwd, rules);
        const text = read(candidate, file);
        if (text !== undefined) return { file, text };
      }
      return undefined;
    },
  };
}
