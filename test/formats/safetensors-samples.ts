/** Builds safetensors files from a header and data, well-formed or not. */
import { DiagnosticError } from "../../src/support/diagnostics.js";

/** A file of exactly this header text and these data bytes, with the header's true length in front. */
export function fileOf(header: string, data: ArrayLike<number> = []): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

/** The codes of the diagnostics with which `body` gives up; empty where it does not. */
export function codesOf(body: () => unknown): string[] {
  try {
    body();
    return [];
  } catch (thrown) {
    if (!(thrown instanceof DiagnosticError)) throw thrown;
    return thrown.diagnostics.map((diagnostic) => diagnostic.code);
  }
}
