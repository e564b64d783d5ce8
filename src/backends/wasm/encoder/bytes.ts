/** Bytes of the binary format: numbers in LEB128, names in UTF-8, vectors with their length in front. */

export type Bytes = number[];

export function unsigned(value: number): Bytes {
  const bytes: Bytes = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** A signed number of 32 bits. */
export function signed(value: number): Bytes {
  const bytes: Bytes = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

export function utf8(text: string): Bytes {
  const bytes = [...new TextEncoder().encode(text)];
  return [...unsigned(bytes.length), ...bytes];
}

export function littleEndian32(bits: number): Bytes {
  return [bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, (bits >> 24) & 255];
}

export function littleEndian64(value: number): Bytes {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return Array.from({ length: 8 }, (_, i) => view.getUint8(i));
}

/** A vector: how many items, then each. */
export function vector(items: readonly Bytes[]): Bytes {
  const bytes = unsigned(items.length);
  for (const item of items) for (const byte of item) bytes.push(byte);
  return bytes;
}

/** Contents with their number of bytes in front. */
export function sized(contents: Bytes): Bytes {
  const bytes = unsigned(contents.length);
  for (const byte of contents) bytes.push(byte);
  return bytes;
}
