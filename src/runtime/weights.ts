/**
 * Reading weights: named arrays, or the bytes of a safetensors file. Everything that is wrong is reported in one error.
 */
export const weightsText = `
function readWeights(weights, expected, unused, options) {
  const faults = [];
  const given = bytesOf(weights) === undefined ? namedArrays(weights) : readSafetensors(bytesOf(weights));
  const arrays = Object.create(null);
  const missing = [];
  for (const [name, shape] of Object.entries(expected)) {
    const size = shape.reduce((product, n) => product * n, 1);
    const found = given.get(name);
    if (found === undefined) {
      missing.push(name);
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
  if (options?.strict ?? true) {
    const unknown = [...given.keys()].filter((name) => !Object.hasOwn(expected, name) && !unused.includes(name));
    for (const name of unknown.slice(0, 20)) {
      const close = nearestName(name, missing);
      faults.push(JSON.stringify(name) + " is no weight of this module" + (close === undefined ? "" : "; did you mean " + JSON.stringify(close) + "?"));
    }
    if (unknown.length > 20) faults.push(unknown.length - 20 + " more are no weights of this module");
  }
  if (faults.length > 0) throw new Error("the weights do not fit:\\n  " + faults.join("\\n  "));
  return arrays;
}

/** The name of those that are missing which at most a third of the letters tell apart, or whose end is the same. */
function nearestName(name, names) {
  let [best, least] = [undefined, Math.max(1, Math.floor(name.length / 3)) + 1];
  for (const candidate of names.slice(0, 1000)) {
    if (Math.abs(candidate.length - name.length) >= least || name.length > 200) continue;
    let row = Array.from({ length: candidate.length + 1 }, (_, i) => i);
    for (let i = 0; i < name.length; i++) {
      const next = [i + 1];
      for (let j = 0; j < candidate.length; j++) next.push(Math.min(row[j] + (name[i] === candidate[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1));
      row = next;
    }
    if (row[candidate.length] < least) [best, least] = [candidate, row[candidate.length]];
  }
  return best ?? names.find((each) => each.endsWith("." + name) || name.endsWith("." + each));
}

function bytesOf(weights) {
  if (weights instanceof ArrayBuffer) return new Uint8Array(weights);
  return weights instanceof Uint8Array ? weights : undefined;
}

function namedArrays(weights) {
  if (weights === null || typeof weights !== "object") throw new TypeError("weights are a record of Float32Arrays by name, or the bytes of a safetensors file");
  const found = new Map();
  for (const [name, data] of weights instanceof Map ? weights : Object.entries(weights)) {
    if (typeof name !== "string") throw new TypeError("weights are a record of Float32Arrays by name, or the bytes of a safetensors file; one of these names is no string");
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
