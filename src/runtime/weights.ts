/**
 * Reading weights: named arrays, or the bytes of a safetensors file. Everything that is wrong is reported in one error.
 */
export const weightsText = `
function readWeights(weights, expected) {
  const faults = [];
  const given = bytesOf(weights) === undefined ? namedArrays(weights) : readSafetensors(bytesOf(weights));
  const arrays = Object.create(null);
  for (const [name, shape] of Object.entries(expected)) {
    const size = shape.reduce((product, n) => product * n, 1);
    const found = given.get(name);
    if (found === undefined) {
      faults.push(JSON.stringify(name) + " is missing; it has the shape [" + shape.join(", ") + "]");
    } else if (found.fault !== undefined) {
      faults.push(JSON.stringify(name) + " " + found.fault);
    } else if (found.shape !== undefined && !(found.shape.length === shape.length && found.shape.every((n, i) => n === shape[i]))) {
      faults.push(JSON.stringify(name) + " has the shape [" + found.shape.join(", ") + "], this model needs [" + shape.join(", ") + "]");
    } else if (found.data.length !== size) {
      faults.push(JSON.stringify(name) + " has " + found.data.length + " numbers, this model needs [" + shape.join(", ") + "], " + size);
    } else {
      arrays[name] = found.data instanceof Float32Array ? found.data : Float32Array.from(found.data);
    }
  }
  if (faults.length > 0) {
    const unknown = [...given.keys()].filter((name) => !Object.hasOwn(expected, name));
    if (unknown.length > 0) faults.push("given, but not of this model: " + unknown.slice(0, 20).map((name) => JSON.stringify(name)).join(", ") + (unknown.length > 20 ? ", ..." : ""));
    throw new Error("the weights do not fit:\\n  " + faults.join("\\n  "));
  }
  return arrays;
}

function bytesOf(weights) {
  if (weights instanceof ArrayBuffer) return new Uint8Array(weights);
  return weights instanceof Uint8Array ? weights : undefined;
}

function namedArrays(weights) {
  if (weights === null || typeof weights !== "object") throw new TypeError("weights are a record of Float32Arrays by name, or the bytes of a safetensors file");
  const found = new Map();
  for (const [name, data] of weights instanceof Map ? weights : Object.entries(weights)) {
    if (data instanceof Float32Array || data instanceof Float64Array || (Array.isArray(data) && isNumbers(data))) found.set(name, { data });
    else found.set(name, { fault: "is not a Float32Array" });
  }
  return found;
}

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
    if (dtype !== "F32") {
      found.set(name, { fault: "has the element type " + dtype + "; only F32 is read" });
      continue;
    }
    const data = new Float32Array(count);
    for (let i = 0; i < count; i++) data[i] = view.getFloat32(start + begin + i * 4, true);
    found.set(name, { data, shape });
  }
  if (position !== bytes.length - start) fail("its data are longer than its tensors");
  return found;
}

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
