/**
 * Names in generated JavaScript.
 *
 * Names of the model come from outside and may be any string. They become code only through here: an identifier is put
 * together from a safe alphabet and is never a reserved word, a string is an escaped literal, a comment is one line.
 */

const reserved = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false " +
    "finally for function if implements import in instanceof interface let new null package private protected public return " +
    "static super switch this throw true try typeof undefined var void while with yield async get set of as from NaN Infinity " +
    "Math Number Object Array String Error TypeError RangeError Map Set Float32Array Float64Array Int32Array Uint8Array " +
    "ArrayBuffer DataView TextDecoder JSON Symbol globalThis constructor prototype load parameters models stamp"
  ).split(" "),
);

/** The nearest identifier: `encoder.forget` gives `encoder_forget`. It may be empty. */
function safeWord(hint: string): string {
  const word = hint.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 40);
  return /^[0-9]/.test(word) ? `n${word}` : word;
}

/** Gives out identifiers, each once. */
export class Names {
  readonly #taken = new Set<string>();
  /** By where numbers begin and by the word: below which number all names are taken. */
  readonly #next = new Map<string, number>();

  /** @param own names that may be taken here although the parent reserves them */
  constructor(readonly parent?: Names, readonly own: ReadonlySet<string> = new Set()) {}

  /** An identifier like the hint: itself, or followed by a number. */
  fresh(hint: string | undefined, fallback: string): string {
    const word = safeWord(hint ?? "") || fallback;
    if (!this.#isTaken(word)) {
      this.#taken.add(word);
      return word;
    }
    return this.#number(`${word}${/\d$/.test(word) ? "_" : ""}`, 2);
  }

  /** `v0`, `v1`, ...: for values that have no name. */
  numbered(prefix: string): string {
    return this.#number(prefix, 0);
  }

  #number(prefix: string, first: number): string {
    const key = `${first} ${prefix}`;
    let i = this.#next.get(key) ?? first;
    while (this.#isTaken(`${prefix}${i}`)) i++;
    this.#next.set(key, i + 1);
    this.#taken.add(`${prefix}${i}`);
    return `${prefix}${i}`;
  }

  #isTaken(name: string): boolean {
    return this.#taken.has(name) || reserved.has(name) || (this.parent !== undefined && !this.own.has(name) && this.parent.#isTaken(name));
  }
}

/** A string literal. JSON allows two line ends that a JavaScript string does not show well. */
export function stringLiteral(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029\u007f-\u009f]|[\ud800-\udfff]/g, escapeUnit).replace(/<\//g, "<\\/");
}

function escapeUnit(c: string): string {
  return `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Text that is safe after `//` and within a block comment: one line, which cannot close it. */
export function commentText(text: string): string {
  return text
    .replace(/[\r\n\u2028\u2029\u0085]+/g, " ")
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, escapeUnit)
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, escapeUnit)
    .replace(/\*\//g, "* /")
    .replace(/\/\*/g, "/ *")
    .trimEnd();
}

/** A key of an object: bare where it is a plain word. */
export function propertyKey(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && name !== "__proto__" ? name : name === "__proto__" ? `["__proto__"]` : stringLiteral(name);
}

/** Whether every object has a property of this name, which nobody gave it. */
export function isInherited(name: string): boolean {
  return name in Object.prototype;
}

/** Reads a property. */
export function propertyOf(object: string, name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `${object}.${name}` : `${object}[${stringLiteral(name)}]`;
}
