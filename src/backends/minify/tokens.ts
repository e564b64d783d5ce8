/**
 * The tokens of a generated module. It is JavaScript of our own making, so this reads what we write and nothing more:
 * strings of one line, templates without substitutions, statements that end with a semicolon.
 */
import { InternalError } from "../../support/invariant.js";

export type TokenKind = "word" | "private" | "number" | "text" | "mark";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Whether a line ended before it. */
  readonly newline: boolean;
}

const space = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/)+/y;
const forms: readonly (readonly [TokenKind, RegExp])[] = [
  ["word", /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy],
  ["private", /#[\w$]+/y],
  ["number", /(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)n?/iy],
  ["text", /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`\\$]*`/y],
  ["mark", />>>=|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|\.\.\.|===|!==|\?\.(?!\d)|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||\?\?|\+\+|--|[-+*/%|&^]=|=>|[-+*/%<>=!&|^~?:;,.(){}[\]]/y],
];
const pattern = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; ; ) {
    const skipped = matchAt(space, source, at) ?? "";
    at += skipped.length;
    if (at === source.length) return tokens;
    const { kind, text } = tokenAt(source, at, tokens.at(-1));
    tokens.push({ kind, text, newline: skipped.includes("\n") });
    at += text.length;
  }
}

function tokenAt(source: string, at: number, before: Token | undefined): { readonly kind: TokenKind; readonly text: string } {
  const literal = source[at] === "/" && !endsValue(before) ? matchAt(pattern, source, at) : undefined;
  if (literal !== undefined) return { kind: "text", text: literal };
  for (const [kind, form] of forms) {
    const text = matchAt(form, source, at);
    if (text !== undefined) return { kind, text };
  }
  throw new InternalError(`no token of a module: ${source.slice(at, at + 40)}`);
}

/** Whether a slash after this token divides, or begins a regular expression. */
function endsValue(before: Token | undefined): boolean {
  if (before === undefined || before.text === "return") return false;
  return before.kind !== "mark" || [")", "]", "}"].includes(before.text);
}

/** Sticky, so that a long text is not copied at each token. */
function matchAt(form: RegExp, source: string, at: number): string | undefined {
  form.lastIndex = at;
  return form.exec(source)?.[0];
}
