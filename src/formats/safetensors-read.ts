/**
 * Reads a safetensors file that nobody vouches for.
 *
 * Nothing is believed before it is checked, and nothing is allocated because the
 * file asks for it: tensors are views into the bytes given, and the header takes
 * memory in proportion to its own length. A file that breaks any rule of the
 * format is refused whole, with a diagnostic whose span counts bytes.
 */
import { DiagnosticError, error } from "../support/diagnostics.js";
import { span } from "../support/span.js";
import { JsonCursor, JsonError } from "./json-cursor.js";
import {
  type Dtype,
  dtypeBits,
  elementCount,
  headerLimit,
  isDtype,
  lengthBytes,
  metadataKey,
  type SafetensorsFile,
  safetensorsCodes as codes,
  safetensorsHelp,
  type SafetensorsTensor,
} from "./safetensors-format.js";

export interface ReadSafetensorsOptions {
  /** What diagnostics call the file. */
  readonly file?: string;
}

/** @throws DiagnosticError where the bytes are not a well-formed safetensors file */
export function readSafetensors(bytes: Uint8Array, options: ReadSafetensorsOptions = {}): SafetensorsFile {
  return new Reader(bytes, options.file ?? "safetensors").read();
}

/** What the header says of one tensor, before it is held against the file. */
interface Entry {
  readonly name: string;
  /** Where its name stands in the header, in UTF-16 units. */
  readonly offset: number;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Its bytes, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #file: string;
  #header = "";

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#file = file;
  }

  read(): SafetensorsFile {
    const dataStart = this.#readHeaderText();
    const { entries, metadata } = this.#parseHeader();
    // The header may list tensors in any order; what counts is that their bytes
    // follow each other. Equal places are sorted by name: only empty tensors may share one.
    entries.sort((a, b) => a.begin - b.begin || a.end - b.end || (a.name < b.name ? -1 : 1));
    this.#checkLayout(entries, this.#bytes.length - dataStart);

    const tensors = new Map<string, SafetensorsTensor>();
    for (const { name, dtype, shape, begin, end } of entries) {
      const bytes = this.#bytes.subarray(dataStart + begin, dataStart + end);
      tensors.set(name, { name, dtype, shape, bytes });
    }
    return { tensors, metadata };
  }

  /** Decodes the header and returns the offset of the first byte after it. */
  #readHeaderText(): number {
    const size = this.#bytes.length;
    if (size < lengthBytes) {
      this.#fail(codes.fileTooShort, `the file has ${size} bytes, too few for the length of a header`, 0, size);
    }
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, lengthBytes);
    const length = view.getBigUint64(0, true);
    if (length > BigInt(headerLimit)) {
      this.#fail(
        codes.headerTooLarge,
        `the header claims ${length} bytes, more than the ${headerLimit} that the format allows`,
        0,
        lengthBytes,
      );
    }
    const end = lengthBytes + Number(length);
    if (end > size) {
      this.#fail(
        codes.headerBeyondFile,
        `the header claims ${length} bytes, but only ${size - lengthBytes} follow its length`,
        0,
        lengthBytes,
      );
    }
    try {
      // A byte order mark is kept, so that it is refused as the JSON error that it is.
      this.#header = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        this.#bytes.subarray(lengthBytes, end),
      );
    } catch {
      this.#fail(codes.headerNotUtf8, "the header is not UTF-8 text", lengthBytes, end);
    }
    return end;
  }

  #parseHeader(): { entries: Entry[]; metadata: Map<string, string> } {
    const entries: Entry[] = [];
    const metadata = new Map<string, string>();
    const cursor = new JsonCursor(this.#header);
    try {
      cursor.object((name, offset) => {
        if (name === metadataKey) this.#parseMetadata(cursor, metadata);
        else entries.push(this.#parseEntry(cursor, name, offset));
      });
      cursor.end();
    } catch (thrown) {
      if (!(thrown instanceof JsonError)) throw thrown;
      if (thrown.duplicateKey !== undefined) this.#failAt(codes.duplicateKey, thrown.message, thrown.offset);
      this.#failAt(codes.headerNotJson, `the header is not what the format asks for: ${thrown.message}`, thrown.offset);
    }
    return { entries, metadata };
  }

  #parseMetadata(cursor: JsonCursor, metadata: Map<string, string>): void {
    const start = cursor.nextOffset();
    if (this.#header[start] !== "{") this.#failAt(codes.badMetadata, `${metadataKey} is not an object`, start);
    cursor.object((key) => {
      const valueStart = cursor.nextOffset();
      if (this.#header[valueStart] !== '"') {
        this.#failAt(codes.badMetadata, `${metadataKey}: the value of ${quote(key)} is not a string`, valueStart);
      }
      metadata.set(key, cursor.string());
    });
  }

  #parseEntry(cursor: JsonCursor, name: string, offset: number): Entry {
    let dtype: Dtype | undefined;
    let shape: number[] | undefined;
    let place: number[] | undefined;
    cursor.object((key) => {
      if (key === "dtype") dtype = this.#parseDtype(cursor, name);
      else if (key === "shape") shape = parseNumbers(cursor);
      else if (key === "data_offsets") place = parseNumbers(cursor);
      // The format's own library ignores other keys, which leaves room for later versions.
      else cursor.skip();
    });
    for (const [key, value] of Object.entries({ dtype, shape, data_offsets: place })) {
      if (value === undefined) this.#failAt(codes.badEntry, `tensor ${quote(name)} has no ${key}`, offset);
    }
    const [begin, end, ...more] = place ?? [];
    if (dtype === undefined || shape === undefined || begin === undefined || end === undefined || more.length > 0) {
      this.#failAt(codes.badEntry, `tensor ${quote(name)}: data_offsets must be two numbers`, offset);
    }
    return { name, offset, dtype, shape, begin, end };
  }

  #parseDtype(cursor: JsonCursor, name: string): Dtype {
    const offset = cursor.nextOffset();
    const dtype = cursor.string("the name of an element type");
    if (!isDtype(dtype)) {
      this.#failAt(codes.unknownDtype, `tensor ${quote(name)}: no element type is called ${quote(dtype)}`, offset);
    }
    return dtype;
  }

  /** Checks that the tensors, in order, cover the data exactly and have the sizes that their shapes say. */
  #checkLayout(entries: readonly Entry[], available: number): void {
    let position = 0;
    for (const entry of entries) {
      const { name, offset, begin, end } = entry;
      const size = this.#byteSize(entry);
      if (end < begin || begin !== position) {
        const reason =
          end < begin
            ? "they end before they begin"
            : `the tensors before it end at ${position}, and the format allows neither gap nor overlap`;
        this.#failAt(codes.badOffsets, `tensor ${quote(name)}: data_offsets are [${begin}, ${end}], but ${reason}`, offset);
      }
      if (end - begin !== size) {
        this.#failAt(
          codes.sizeMismatch,
          `tensor ${quote(name)}: data_offsets give it ${end - begin} bytes, but ${typeText(entry)} takes ${size}`,
          offset,
        );
      }
      position = end;
    }
    if (position !== available) {
      this.#fail(
        codes.dataLength,
        `the tensors take ${position} bytes, but ${available} follow the header`,
        this.#bytes.length - available,
        this.#bytes.length,
      );
    }
  }

  #byteSize({ name, offset, dtype, shape, begin, end }: Entry): number {
    const bits = (elementCount(shape) ?? Infinity) * dtypeBits[dtype];
    if (!Number.isSafeInteger(bits) || !Number.isSafeInteger(begin) || !Number.isSafeInteger(end)) {
      this.#failAt(codes.overflow, `tensor ${quote(name)}: its sizes or offsets are larger than any file`, offset);
    }
    if (bits % 8 !== 0) {
      this.#failAt(codes.sizeMismatch, `tensor ${quote(name)}: its ${bits} bits are no whole number of bytes`, offset);
    }
    return bits / 8;
  }

  /** Gives up at a UTF-16 offset of the header, which is turned into a byte of the file. */
  #failAt(code: keyof typeof safetensorsHelp, message: string, offset: number): never {
    const start = lengthBytes + new TextEncoder().encode(this.#header.slice(0, offset)).length;
    return this.#fail(code, message, start, start);
  }

  #fail(code: keyof typeof safetensorsHelp, message: string, start: number, end: number): never {
    const where = start === end ? ` (byte ${start} of the file)` : "";
    throw new DiagnosticError(error(code, message + where, { span: span(this.#file, start, end), help: safetensorsHelp[code] }));
  }
}

function parseNumbers(cursor: JsonCursor): number[] {
  const numbers: number[] = [];
  cursor.array(() => numbers.push(cursor.naturalNumber()));
  return numbers;
}

/** An element type and shape as people write them, cut where a hostile header makes them long. */
function typeText({ dtype, shape }: Entry): string {
  const limit = 8;
  const sizes = shape.slice(0, limit).join(", ");
  return `${dtype}[${sizes}${shape.length > limit ? ", ..." : ""}]`;
}

/** A name from the file, safe to print: control characters escaped, cut where it is long. */
function quote(name: string): string {
  const limit = 200;
  return JSON.stringify(name.length > limit ? `${name.slice(0, limit)}...` : name);
}
