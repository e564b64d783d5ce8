/** Reading any safetensors file, as strictly as the compiler does, into float32. */
export const safetensorsText = `
function readSafetensors(bytes) {
  const fail = (what) => { throw new Error("this is no safetensors file: " + what); };
  if (bytes.length < 8) fail("it has " + bytes.length + " bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(0, true) + view.getUint32(4, true) * 4294967296;
  if (size > bytes.length - 8) fail("its header is longer than the file");
  if (size > 100000000) fail("its header is longer than the format allows");
  let text;
  let header;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, 8 + size));
    header = JSON.parse(text);
  } catch {
    fail("its header is not JSON");
  }
  const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  if (!isRecord(header)) fail("its header is not an object");
  checkHeader(text, fail);
  const start = 8 + size;
  const tensors = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      if (!isRecord(entry) || !Object.values(entry).every((value) => typeof value === "string")) fail("its metadata are malformed");
      continue;
    }
    const whole = (n) => Number.isSafeInteger(n) && n >= 0;
    const { dtype, shape, data_offsets: range } = isRecord(entry) ? entry : {};
    if (typeof dtype !== "string" || !Array.isArray(shape) || !shape.every(whole) || !Array.isArray(range) || range.length !== 2 || !range.every(whole)) fail("its entry " + JSON.stringify(name) + " is malformed");
    if (!Object.hasOwn(elementBits, dtype)) fail("its entry " + JSON.stringify(name) + " has an unknown element type");
    tensors.push({ name, dtype, shape, begin: range[0], end: range[1] });
  }
  // Their bytes follow each other without gap or overlap, so nothing is read twice, and no more is allocated than the file has.
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end || (a.name < b.name ? -1 : 1));
  const found = new Map();
  let position = 0;
  for (const { name, dtype, shape, begin, end } of tensors) {
    if (begin !== position || end < begin || end > bytes.length - start) fail("the bytes of " + JSON.stringify(name) + " overlap others, or lie outside the file");
    position = end;
    const count = shape.reduce((product, n) => (Number.isSafeInteger(product) ? product * n : NaN), 1);
    if (!Number.isSafeInteger(count * elementBits[dtype]) || (end - begin) * 8 !== count * elementBits[dtype]) fail("the bytes of " + JSON.stringify(name) + " do not fit its shape");
    const read = Object.hasOwn(floatReaders, dtype) ? floatReaders[dtype] : undefined;
    if (read === undefined) {
      found.set(name, { fault: "has the element type " + dtype + "; F64, F32, F16 and BF16 are read" });
      continue;
    }
    // Weights of 16 bits become twice as large.
    const data = new Float32Array(count);
    const bytesEach = elementBits[dtype] / 8;
    for (let i = 0; i < count; i++) data[i] = read(view, start + begin + i * bytesEach);
    found.set(name, { data, shape });
  }
  if (position !== bytes.length - start) fail("its data are longer than its tensors");
  return found;
}

const floatReaders = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => {
    const bits = view.getUint16(at, true);
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const size = exponent === 31 ? (fraction === 0 ? Infinity : NaN) : exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return bits & 32768 ? -size : size;
  },
  // The upper half of a float32.
  BF16: (view, at) => {
    const bits = view.getUint16(at, true);
    const [exponent, fraction] = [(bits >> 7) & 255, bits & 127];
    const size = exponent === 255 ? (fraction === 0 ? Infinity : NaN) : exponent === 0 ? fraction * 2 ** -133 : (1 + fraction / 128) * 2 ** (exponent - 127);
    return bits & 32768 ? -size : size;
  },
};

const elementBits = {
  BOOL: 8, F4: 4, F6_E2M3: 6, F6_E3M2: 6, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8,
  I16: 16, U16: 16, F16: 16, BF16: 16, I32: 32, U32: 32, F32: 32, C64: 64, F64: 64, I64: 64, U64: 64,
};

/** What JSON.parse lets pass: keys that occur twice, sizes that are not plain digits, half surrogate pairs, deep nesting. */
function checkHeader(text, fail) {
  const open = [];
  let plain = false;
  for (const [token] of text.matchAll(/"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"(?:[ \\t\\r\\n]*:)?|[{}[\\]]|[^ \\t\\r\\n{}[\\]:,"]+/g)) {
    const keys = open[open.length - 1];
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : undefined);
      if (open.length > 64) fail("its header is nested too deeply");
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token[0] === '"') {
      const isKey = token[token.length - 1] === ":";
      const string = JSON.parse(isKey ? token.slice(0, token.lastIndexOf('"') + 1) : token);
      if (/\\p{Surrogate}/u.test(string)) fail("half a surrogate pair in its header");
      if (!isKey) continue;
      if (keys.has(string)) fail("its header has " + JSON.stringify(string) + " twice");
      keys.add(string);
      if (open.length === 2) plain = string === "shape" || string === "data_offsets";
    } else if (plain && open.length === 3 && !/^[0-9]+$/.test(token)) {
      fail("its header has a size that is no whole number");
    }
  }
}
`.trimStart();
