/**
 * Reading weights: named arrays, or the bytes of a safetensors file. Everything that is wrong is reported in one error.
 */
export const weightsText = `
function readWeights(weights, expected) {
  const faults = [];
  const given = bytesOf(weights) === undefined ? namedArrays(weights) : readSafetensors(bytesOf(weights));
  const arrays = {};
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
  let header;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, 8 + size)));
  } catch {
    fail("its header is not JSON");
  }
  if (header === null || typeof header !== "object" || Array.isArray(header)) fail("its header is not an object");
  const start = 8 + size;
  const found = new Map();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const whole = (n) => Number.isSafeInteger(n) && n >= 0;
    const { dtype, shape, data_offsets: range } = entry ?? {};
    if (typeof dtype !== "string" || !Array.isArray(shape) || !shape.every(whole) || !Array.isArray(range) || range.length !== 2 || !range.every(whole)) fail("its entry " + JSON.stringify(name) + " is malformed");
    if (range[0] > range[1] || range[1] > bytes.length - start) fail("the bytes of " + JSON.stringify(name) + " lie outside the file");
    if (dtype !== "F32") {
      found.set(name, { fault: "has the element type " + dtype + "; only F32 is read" });
      continue;
    }
    const count = shape.reduce((product, n) => product * n, 1);
    if (range[1] - range[0] !== count * 4) fail("the bytes of " + JSON.stringify(name) + " do not fit its shape");
    const data = new Float32Array(count);
    for (let i = 0; i < count; i++) data[i] = view.getFloat32(start + range[0] + i * 4, true);
    found.set(name, { data, shape });
  }
  return found;
}
`.trimStart();
