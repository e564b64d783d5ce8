/**
 * Writes text line by line with indentation that follows the nesting of the
 * calls. Everything that the compiler prints (text forms, generated code,
 * reports) goes through it, so all of it ends lines with LF, has no trailing
 * blanks, and is the same bytes on every machine.
 */
export class TextWriter {
  readonly #unit: string;
  readonly #lines: string[] = [];
  #depth = 0;

  /** @param unit what one level of nesting adds to the left */
  constructor(unit = "  ") {
    this.#unit = unit;
  }

  /** The number of lines written so far; the next line gets this zero-based index. */
  get lineCount(): number {
    return this.#lines.length;
  }

  /** Appends one line, or each line of a text of several; without an argument, an empty line. */
  line(text = ""): this {
    for (const part of text.split(/\r\n|\r|\n/)) this.#append(part);
    return this;
  }

  /** Appends several lines. */
  lines(texts: Iterable<string>): this {
    for (const text of texts) this.line(text);
    return this;
  }

  /** Appends an empty line, unless the text is empty or already ends with one. */
  gap(): this {
    const last = this.#lines.at(-1);
    if (last !== undefined && last !== "") this.#lines.push("");
    return this;
  }

  /** Runs `body` one level deeper. */
  indent(body: () => void): this {
    this.#depth += 1;
    try {
      body();
    } finally {
      this.#depth -= 1;
    }
    return this;
  }

  /** `open`, the indented body, `close`: the form of everything that nests. */
  block(open: string, body: () => void, close = "}"): this {
    return this.line(open).indent(body).line(close);
  }

  /** The whole text; it ends with a line feed unless it is empty. */
  toString(): string {
    return this.#lines.length === 0 ? "" : `${this.#lines.join("\n")}\n`;
  }

  #append(text: string): void {
    const content = text.trimEnd();
    this.#lines.push(content === "" ? "" : this.#unit.repeat(this.#depth) + content);
  }
}
