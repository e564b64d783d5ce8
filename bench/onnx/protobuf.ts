/**
 * Protocol buffers, as much as writing an ONNX file takes. A message is a list of fields; a field is its number, how its
 * content is laid out, and the content. (https://protobuf.dev/programming-guides/encoding)
 */
export type Content = number | string | Uint8Array | Field[];

/** A field's number and its content: integers as varints, `float` as four bytes, everything else with its length before it. */
export type Field = readonly [number: number, content: Content] | readonly [number: number, content: number, kind: "float"];

export function encode(message: readonly Field[]): Uint8Array {
  const bytes: Uint8Array[] = [];
  for (const [number, content, kind] of message) {
    if (kind === "float") bytes.push(varint(number * 8 + 5), new Uint8Array(Float32Array.of(content as number).buffer));
    else if (typeof content === "number") bytes.push(varint(number * 8), varint(content));
    else {
      const body = typeof content === "string" ? new TextEncoder().encode(content) : content instanceof Uint8Array ? content : encode(content);
      bytes.push(varint(number * 8 + 2), varint(body.length), body);
    }
  }
  return join(bytes);
}

/** Seven bits a byte, the lowest first. Negative numbers take the ten bytes of a 64-bit integer. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 128);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
