/**
 * Which words of a module become shorter ones. Variables that it declares do, and members that are private to a class, and
 * those properties that only the module itself uses, which the caller lists. What is declared inside one part is renamed
 * there, what the module declares is renamed everywhere; so no scopes within a part need be known, as long as no two names
 * of it become one.
 */
import type { Bindings } from "./bindings.js";
import type { Token } from "./tokens.js";

/** The text of a token, under its new name. */
export type Renaming = (token: Token, i: number) => string;

export function shorterNames(tokens: readonly Token[], { roles, parts, top, exported, inside }: Bindings, internalProperties: ReadonlySet<string>): Renaming {
  const isLocal = (name: string, part: number): boolean => !top.has(name) && (inside.get(part)?.has(name) ?? false);
  const [properties, privates, globals, locals] = [new Counts(), new Counts(), new Counts(), new Map<number, Counts>()];
  const [keptProperties, keptVariables] = [new Set<string>(), new Set<string>(keywords)];
  for (const [i, { kind, text }] of tokens.entries()) {
    if (kind === "private") privates.add(text);
    if (kind !== "word") continue;
    const [role, part] = [roles[i], parts[i] ?? 0];
    if (role !== "variable" && internalProperties.has(text)) properties.add(text);
    else if (role !== "variable") keptProperties.add(text);
    if (role === "property") continue;
    if (isLocal(text, part)) locals.set(part, (locals.get(part) ?? new Counts()).add(text));
    else if (top.has(text) && !exported.has(text)) globals.add(text);
    else keptVariables.add(text);
  }
  const newProperties = properties.shorten(shortWords(keptProperties));
  const newPrivates = privates.shorten(shortWords(new Set(["constructor"])));
  // The shortest are left to what parts declare: many parts can use the same.
  const newGlobals = globals.shorten(shortWords(keptVariables, 2));
  const takenBefore = new Set([...keptVariables, ...newGlobals.values()]);
  const newLocals = new Map([...locals].map(([part, counts]) => [part, counts.shorten(shortWords(takenBefore))]));
  return ({ kind, text }, i) => {
    if (kind === "private") return `#${newPrivates.get(text) ?? text.slice(1)}`;
    if (kind !== "word") return text;
    const role = roles[i];
    const property = newProperties.get(text) ?? text;
    if (role === "property") return property;
    const part = parts[i] ?? 0;
    const variable = (isLocal(text, part) ? newLocals.get(part) : newGlobals)?.get(text) ?? text;
    return role === "variable" || variable === property ? variable : `${property}:${variable}`;
  };
}

/** Names, and how often each stands there. */
class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string): this {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return this;
  }

  /** Those that occur most get the shortest. */
  shorten(words: () => string): Map<string, string> {
    const sorted = [...this.#counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    return new Map(sorted.map(([name]) => [name, words()]));
  }
}

const keywords = "as async await do for if in is let new of try var get set".split(" ");
const letters = "etnsoiarlcdfumphgbvywkxjzqABCDEFGHIJKLMNOPQRSTUVWXYZ_$";

/** Each word once, and none that is taken. */
function shortWords(taken: ReadonlySet<string>, least: 1 | 2 = 1): () => string {
  const word = (index: number): string => (index < letters.length ? "" : word(Math.floor(index / letters.length) - 1)) + letters.charAt(index % letters.length);
  let next = least === 1 ? 0 : letters.length;
  return () => {
    for (;;) {
      const name = word(next++);
      if (!taken.has(name)) return name;
    }
  };
}
