/**
 * What the words of a module are: variables, properties, or both at once, as in `{ name }`; and which variables each part
 * of it declares. A part is a statement of the module, or a member of one of its classes: what is declared inside a part is
 * seen nowhere else.
 */
import { type Brackets, bracketsOf, opening } from "./brackets.js";
import type { Token } from "./tokens.js";

export type Role = "variable" | "property" | "both";

export interface Bindings {
  /** Of each token: what a word is, and the part that it stands in. */
  readonly roles: readonly Role[];
  readonly parts: readonly number[];
  /** What the module itself declares, and what of that it exports. */
  readonly top: ReadonlySet<string>;
  readonly exported: ReadonlySet<string>;
  /** For each part, what it declares inside. */
  readonly inside: ReadonlyMap<number, ReadonlySet<string>>;
}

export function bindingsOf(tokens: readonly Token[]): Bindings {
  const brackets = bracketsOf(tokens);
  const { parts, members } = partsOf(tokens, brackets);
  const roles = tokens.map((_, i) => roleOf(tokens, brackets, members, i));
  const [top, exported] = [new Set<string>(), new Set<string>()];
  const inside = new Map<number, Set<string>>();
  const declare = (i: number): void => {
    const { text } = tokens[i] ?? { text: "" };
    if (brackets.depth[i] === 0) top.add(text);
    const part = parts[i] ?? 0;
    inside.set(part, (inside.get(part) ?? new Set()).add(text));
  };
  for (const i of declarations(tokens, brackets)) declare(i);
  for (const [i, { text }] of tokens.entries()) {
    if (text !== "export" || brackets.depth[i] !== 0) continue;
    const name = tokens.slice(i + 1, i + 4).find((token) => !["const", "async", "function", "class"].includes(token.text));
    if (name !== undefined) exported.add(name.text);
  }
  return { roles, parts, top, exported, inside };
}

/** The number of each token's part; and the words that name members of classes. */
function partsOf(tokens: readonly Token[], { depth, around }: Brackets): { readonly parts: readonly number[]; readonly members: ReadonlySet<number> } {
  const parts: number[] = [];
  const members = new Set<number>();
  let part = 0;
  let body: number | undefined;
  let begins = true;
  for (const [i, { kind, text }] of tokens.entries()) {
    const inBody = body !== undefined && around[i] === body;
    if (depth[i] === 0 && text === "class") body = tokens.findIndex((token, at) => at > i && token.text === "{");
    if (inBody && begins && kind === "word" && !(text === "get" && tokens[i + 1]?.kind === "word")) members.add(i);
    parts.push(part);
    begins = i === body || (begins && inBody && text === "get");
    if ((text === ";" || text === "}") && (depth[i] === 0 || inBody)) {
      part += 1;
      begins = true;
    }
  }
  return { parts, members };
}

function roleOf(tokens: readonly Token[], { around }: Brackets, members: ReadonlySet<number>, i: number): Role {
  const [before, after] = [tokens[i - 1]?.text ?? "", tokens[i + 1]?.text ?? ""];
  if (before === "." || before === "?." || members.has(i)) return "property";
  const bracket = around[i];
  if (bracket === undefined || tokens[bracket]?.text !== "{" || (before !== "{" && before !== ",")) return "variable";
  if (after === ":") return "property";
  return after === "," || after === "}" || after === "=" && isPattern(tokens, i) ? "both" : "variable";
}

/** `{ a = 1 }` gives a default only in a pattern; as a statement it would end with a semicolon. */
function isPattern(tokens: readonly Token[], i: number): boolean {
  for (let j = i; j < tokens.length; j++) {
    const { text } = tokens[j] ?? { text: ";" };
    if (text === ";" || text === "{") return false;
    if (text === "}") return true;
  }
  return false;
}

/** Statements whose head stands in parentheses before a block. */
const headed: ReadonlySet<string> = new Set(["if", "for", "while", "switch"]);

/** Every place where a variable gets its name. */
function* declarations(tokens: readonly Token[], brackets: Brackets): Generator<number> {
  const { other } = brackets;
  for (const [i, token] of tokens.entries()) {
    const [before, after] = [tokens[i - 1]?.text ?? "", tokens[i + 1]?.text ?? ""];
    if (token.text === "const" || token.text === "let") yield* declared(tokens, brackets, i + 1);
    if (token.text === "=>") yield* before === ")" ? bound(tokens, brackets, (other.get(i - 1) ?? 0) + 1, i - 1) : [i - 1];
    if (token.kind !== "word" && token.kind !== "private") continue;
    if (before === "function" || before === "class") yield i;
    const end = after === "(" ? other.get(i + 1) : undefined;
    // The parameters of a function, of a method, and what a catch gets.
    if (end !== undefined && tokens[end + 1]?.text === "{" && !headed.has(token.text)) yield* bound(tokens, brackets, i + 2, end);
  }
}

/** `const` and what follows: patterns, each before its value, up to the end of the statement or of a loop's head. */
function* declared(tokens: readonly Token[], brackets: Brackets, from: number): Generator<number> {
  let begin: number | undefined = from;
  for (let i = from; i < tokens.length; i++) {
    const { kind, text } = tokens[i] ?? { kind: "mark", text: ";" };
    const ends = text === ";" || text === "of" || text === ")" || text === "}";
    if (begin !== undefined && (ends || text === "=" || text === ",")) {
      yield* bound(tokens, brackets, begin, i);
      begin = undefined;
    }
    if (ends) return;
    if (text === ",") begin = i + 1;
    if (kind === "mark" && opening.has(text)) i = brackets.other.get(i) ?? tokens.length;
  }
}

/** The words of patterns that they bind: neither keys nor default values. */
function* bound(tokens: readonly Token[], brackets: Brackets, from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) {
    const { kind, text } = tokens[i] ?? { kind: "mark", text: "" };
    if (text === "=") {
      // A value lasts to the next comma of its level.
      for (; i < to && tokens[i]?.text !== ","; i++) if (opening.has(tokens[i]?.text ?? "")) i = brackets.other.get(i) ?? to;
    } else if (text === "{" || text === "[") {
      const end = brackets.other.get(i) ?? to;
      yield* bound(tokens, brackets, i + 1, end);
      i = end;
    } else if (kind === "word" && tokens[i + 1]?.text !== ":") yield i;
  }
}
