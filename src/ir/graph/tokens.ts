/**
 * The tokens of the text form, and a reader that takes them one after another and says line and column where one does not
 * fit. Line ends mean nothing, except that a comment behind a node belongs to it.
 */

/** The text is not one of a graph. The message begins with line and column, both from 1. */
export class GraphSyntaxError extends Error {
  override readonly name = "GraphSyntaxError";
  constructor(readonly line: number, readonly column: number, readonly problem: string) {
    super(`${line}:${column}: ${problem}`);
  }
}

export interface Token {
  /** `reference` is %12; `label` is a name with the number that follows it, time#2. */
  readonly kind: "word" | "string" | "label" | "number" | "reference" | "punctuation" | "comment" | "end";
  /** As it stands in the text, a string's quotes and escapes resolved, without the % of a reference. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const pattern =
  /(?<space>[ \t]+)|(?<newline>\r\n|\r|\n)|(?<label>(?:[A-Za-z_$][\w$]*|"(?:[^"\\\n]|\\.)*")#\d+)|(?<word>[A-Za-z_$][\w$]*)|(?<string>"(?:[^"\\\n]|\\.)*")|(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|%(?<reference>\d+)|(?<comment>#[^\r\n]*)|(?<punctuation>[{}[\](),:=+\-*/])/y;

const kinds = ["label", "word", "string", "number", "reference", "comment", "punctuation"] as const;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let lineStart = 0;
  let place = 0;
  while (place < text.length) {
    pattern.lastIndex = place;
    const match = pattern.exec(text);
    const column = place - lineStart + 1;
    if (match === null) throw new GraphSyntaxError(line, column, `${JSON.stringify(text[place])} begins nothing that is known here`);
    const groups = match.groups ?? {};
    const kind = kinds.find((each) => groups[each] !== undefined);
    if (kind !== undefined) tokens.push({ kind, text: content(kind, groups[kind] ?? "", line, column), line, column });
    place += match[0].length;
    if (groups["newline"] !== undefined) {
      line++;
      lineStart = place;
    }
  }
  tokens.push({ kind: "end", text: "", line, column: place - lineStart + 1 });
  return tokens;
}

function content(kind: Token["kind"], text: string, line: number, column: number): string {
  return kind === "string" ? unquote(text, line, column) : kind === "comment" ? text.slice(1).trim() : text;
}

function unquote(text: string, line: number, column: number): string {
  try {
    return String(JSON.parse(text));
  } catch {
    throw new GraphSyntaxError(line, column, `${text} is no string as JSON has them`);
  }
}

export class TokenReader {
  private readonly tokens: readonly Token[];
  private next = 0;

  constructor(text: string) {
    this.tokens = tokenize(text);
  }

  /** The next token that is no comment. */
  peek(ahead = 0): Token {
    let left = ahead;
    for (let i = this.next; ; i++) {
      const token = this.tokens[i] ?? this.tokens[this.tokens.length - 1];
      if (token === undefined) throw new GraphSyntaxError(1, 1, "the text is empty");
      if (token.kind === "end") return token;
      if (token.kind !== "comment" && left-- === 0) return token;
    }
  }

  take(): Token {
    const token = this.peek();
    while (this.tokens[this.next] !== token) this.next++;
    if (token.kind !== "end") this.next++;
    return token;
  }

  /** The comment behind what was read last, on the same line. */
  comment(): string | undefined {
    const [last, token] = [this.tokens[this.next - 1], this.tokens[this.next]];
    if (token?.kind !== "comment" || token.line !== last?.line) return undefined;
    return token.text.startsWith('"') ? unquote(token.text, token.line, token.column) : token.text;
  }

  fail(problem: string, token = this.peek()): never {
    throw new GraphSyntaxError(token.line, token.column, problem);
  }

  /** What was expected, and what stands there. */
  miss(expected: string, token = this.peek()): never {
    return this.fail(`${expected} is due here, not ${token.kind === "end" ? "the end" : JSON.stringify(token.text)}`, token);
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === "word" || token.kind === "punctuation");
  }

  /** Takes the word or sign if it stands here. */
  skip(text: string): boolean {
    if (!this.is(text)) return false;
    this.take();
    return true;
  }

  expect(text: string): void {
    if (!this.skip(text)) this.miss(JSON.stringify(text));
  }

  string(): string {
    if (this.peek().kind !== "string") this.miss("a string");
    return this.take().text;
  }

  /** A bare word or a string. */
  name(): string {
    const { kind } = this.peek();
    if (kind !== "word" && kind !== "string") this.miss("a name");
    return this.take().text;
  }

  word(what: string, words: readonly string[]): string {
    const token = this.peek();
    if (token.kind !== "word" || !words.includes(token.text)) this.miss(what);
    return this.take().text;
  }

  number(): number {
    const sign = this.skip("-") ? -1 : 1;
    if (this.skip("Infinity")) return sign * Infinity;
    if (this.skip("NaN")) return NaN;
    if (this.peek().kind !== "number") this.miss("a number");
    return sign * Number(this.take().text);
  }

  integer(): number {
    const token = this.peek();
    const value = this.number();
    if (!Number.isInteger(value)) this.miss("a whole number", token);
    return value;
  }
}
