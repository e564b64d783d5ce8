/** The tokens of the text forms of kernels and programs, and a reader that takes them one after another. */
import { fixedLength, addLengths, floorDivideLength, freeLength, scaleLength, type Length } from "../graph/length.js";

/** The text is not one of a kernel or program. */
export class KernelSyntaxError extends Error {
  override readonly name = "KernelSyntaxError";
  constructor(readonly line: number, readonly problem: string) {
    super(`line ${line}: ${problem}`);
  }
}

export interface Token {
  readonly kind: "word" | "string" | "number" | "sign" | "end";
  /** As it stands in the text; of a string what it means. */
  readonly text: string;
  readonly line: number;
}

const pattern =
  /(?<space>[ \t\r]+|\/\/[^\n]*)|(?<newline>\n)|(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)|(?<string>"(?:[^"\\\n]|\\.)*")|(?<sign>\.\.|<=|==|!=|&&|\|\||[{}[\](),:=+\-*/%<.?])/y;

const kinds = ["number", "word", "string", "sign"] as const;

export class TokenReader {
  readonly #tokens: Token[] = [];
  #next = 0;

  constructor(text: string) {
    this.#tokenize(text);
  }

  /** A reader of the same text that stands where this one does. */
  copy(): TokenReader {
    const copy = new TokenReader("");
    copy.#tokens.length = 0;
    for (const token of this.#tokens) copy.#tokens.push(token);
    copy.#next = this.#next;
    return copy;
  }

  #tokenize(text: string): void {
    let line = 1;
    for (let place = 0; place < text.length; ) {
      pattern.lastIndex = place;
      const match = pattern.exec(text);
      if (match === null) throw new KernelSyntaxError(line, `${JSON.stringify(text[place])} begins nothing that is known here`);
      const groups = match.groups ?? {};
      const kind = kinds.find((each) => groups[each] !== undefined);
      if (kind !== undefined) this.#tokens.push({ kind, text: kind === "string" ? String(JSON.parse(match[0])) : match[0], line });
      if (groups["newline"] !== undefined) line += 1;
      place += match[0].length;
    }
    this.#tokens.push({ kind: "end", text: "", line });
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)];
    if (token === undefined) throw new KernelSyntaxError(1, "there is no text");
    return token;
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  fail(problem: string): never {
    const { line, text, kind } = this.peek();
    throw new KernelSyntaxError(line, `${problem}, not ${kind === "end" ? "the end" : JSON.stringify(text)}`);
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && token.kind !== "string" && token.kind !== "end";
  }

  skip(text: string): boolean {
    if (!this.is(text)) return false;
    this.take();
    return true;
  }

  expect(text: string): void {
    if (!this.skip(text)) this.fail(`expected ${JSON.stringify(text)}`);
  }

  /** A word or a string. */
  name(): string {
    const { kind } = this.peek();
    if (kind !== "word" && kind !== "string") this.fail("expected a name");
    return this.take().text;
  }

  integer(): number {
    const sign = this.skip("-") ? -1 : 1;
    const { kind, text } = this.peek();
    if (kind !== "number" || !/^\d+$/.test(text)) this.fail("expected a whole number");
    return sign * Number(this.take().text);
  }

  /** Items between brackets, separated by commas. */
  list<T>(open: string, close: string, item: () => T): T[] {
    const items: T[] = [];
    this.expect(open);
    while (!this.skip(close)) {
      if (items.length > 0) this.expect(",");
      items.push(item());
    }
    return items;
  }

  /** A linear form: `2*time+1`, `floor((time+2)/2)-1`. */
  length(): Length {
    let sum = this.#lengthTerm(this.skip("-") ? -1 : 1);
    while (this.is("+") || this.is("-")) sum = addLengths(sum, this.#lengthTerm(this.take().text === "+" ? 1 : -1));
    return sum;
  }

  #lengthTerm(sign: number): Length {
    const { kind, text } = this.peek();
    if (kind === "number") {
      const n = this.integer() * sign;
      return this.skip("*") ? scaleLength(this.#lengthAtom(), n) : fixedLength(n);
    }
    if (kind !== "word" && kind !== "string") this.fail(`expected a length (${text})`);
    return scaleLength(this.#lengthAtom(), sign);
  }

  #lengthAtom(): Length {
    if (!this.is("floor")) return freeLength(this.name());
    this.take();
    this.expect("(");
    this.expect("(");
    const numerator = this.length();
    this.expect(")");
    this.expect("/");
    const divisor = this.integer();
    this.expect(")");
    return floorDivideLength(numerator, divisor);
  }
}
