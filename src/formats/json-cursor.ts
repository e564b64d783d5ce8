/**
 * Reads JSON from untrusted text piece by piece.
 *
 * `JSON.parse` is the wrong tool for a file header that may be hostile: of two
 * equal keys it silently keeps the last, it gives `__proto__` a meaning of its
 * own to later code, it turns integers too large for a double into others, and
 * it cannot say where in the file a value stood. This cursor walks the text
 * once, in the order in which the caller asks, builds no objects, and refuses
 * duplicate keys, half surrogate pairs and deep nesting.
 */

/** What is wrong with the text, and at which UTF-16 offset. */
export class JsonError extends Error {
  override readonly name = "JsonError";

  constructor(
    message: string,
    readonly offset: number,
    /** Set where the fault is a key that occurs twice in one object. */
    readonly duplicateKey?: string,
  ) {
    super(message);
  }
}

/** Deep enough for any header, shallow enough for the call stack. */
const depthLimit = 64;

const whitespace = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const plainText = /[^"\\\u0000-\u001f]*/y;
const hexEscape = /[0-9a-fA-F]{4}/y;
const loneSurrogate = /\p{Surrogate}/u;

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

export class JsonCursor {
  readonly #text: string;
  #offset = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Moves to where the next value starts, and returns that offset. */
  nextOffset(): number {
    this.#match(whitespace);
    return this.#offset;
  }

  /** Reads an object; `onEntry` must read the value of each key, by any method of the cursor. */
  object(onEntry: (key: string, keyOffset: number) => void): void {
    this.#expect("{", "an object");
    this.#enter();
    const seen = new Set<string>();
    if (!this.#accept("}")) {
      do {
        const keyOffset = this.nextOffset();
        const key = this.string("a key in quotes");
        if (seen.has(key)) {
          throw new JsonError(`the key ${JSON.stringify(key)} occurs twice`, keyOffset, key);
        }
        seen.add(key);
        this.#expect(":", `":" after a key`);
        onEntry(key, keyOffset);
      } while (this.#accept(","));
      this.#expect("}", `"," or "}"`);
    }
    this.#depth -= 1;
  }

  /** Reads an array; `onItem` must read each item. */
  array(onItem: (index: number) => void): void {
    this.#expect("[", "an array");
    this.#enter();
    if (!this.#accept("]")) {
      let index = 0;
      do {
        onItem(index);
        index += 1;
      } while (this.#accept(","));
      this.#expect("]", `"," or "]"`);
    }
    this.#depth -= 1;
  }

  /** Reads a string. */
  string(expectation = "a string"): string {
    const start = this.nextOffset();
    this.#expect('"', expectation);
    let value = this.#match(plainText);
    while (!this.#acceptExactly('"')) {
      if (!this.#acceptExactly("\\")) {
        throw this.#error(this.#atEnd() ? "the text ends inside a string" : "a control character in a string");
      }
      value += this.#escape() + this.#match(plainText);
    }
    if (loneSurrogate.test(value)) throw new JsonError("half a surrogate pair in a string", start);
    return value;
  }

  /**
   * Reads a whole number that is not negative, written as plain digits. One too
   * large for a double to hold exactly comes back as Infinity.
   */
  naturalNumber(): number {
    const start = this.nextOffset();
    const text = this.#match(number);
    if (!/^[0-9]+$/.test(text)) throw new JsonError("expected a whole number that is not negative", start);
    const value = Number(text);
    return Number.isSafeInteger(value) ? value : Infinity;
  }

  /** Reads any value and forgets it; it must still be well formed. */
  skip(): void {
    const next = this.#text[this.nextOffset()];
    if (next === "{") this.object(() => this.skip());
    else if (next === "[") this.array(() => this.skip());
    else if (next === '"') this.string();
    else if (!["true", "false", "null"].some((word) => this.#acceptWord(word)) && this.#match(number) === "") {
      throw this.#error("expected a value");
    }
  }

  /** Checks that nothing but white space is left. */
  end(): void {
    if (this.nextOffset() < this.#text.length) throw this.#error("text after the end of the value");
  }

  #escape(): string {
    const letter = this.#text[this.#offset] ?? "";
    const simple = simpleEscapes.get(letter);
    if (simple !== undefined) {
      this.#offset += 1;
      return simple;
    }
    if (letter === "u") {
      this.#offset += 1;
      const digits = this.#match(hexEscape);
      if (digits !== "") return String.fromCharCode(Number.parseInt(digits, 16));
    }
    throw this.#error("an escape that JSON does not have");
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > depthLimit) throw this.#error(`nested more than ${depthLimit} deep`);
  }

  #expect(text: string, expectation: string): void {
    if (!this.#accept(text)) throw this.#error(`expected ${expectation}${this.#atEnd() ? ", found the end" : ""}`);
  }

  #accept(text: string): boolean {
    this.#match(whitespace);
    return this.#acceptExactly(text);
  }

  #acceptExactly(text: string): boolean {
    if (this.#text[this.#offset] !== text) return false;
    this.#offset += 1;
    return true;
  }

  #acceptWord(word: string): boolean {
    if (!this.#text.startsWith(word, this.#offset)) return false;
    this.#offset += word.length;
    return true;
  }

  /** Consumes what a sticky pattern matches here, which may be nothing. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#offset += found.length;
    return found;
  }

  #atEnd(): boolean {
    return this.#offset >= this.#text.length;
  }

  #error(message: string): JsonError {
    return new JsonError(message, this.#offset);
  }
}
