/**
 * Reading weights: named arrays, or, with one of the readers beside this, the bytes of a safetensors file. Everything that is
 * wrong is reported in one error.
 */
export const weightsText = `
function readWeights(weights, expected, unused, options) {
  const faults = [];
  let given;
  //: safetensors
  const bytes = weights instanceof ArrayBuffer ? new Uint8Array(weights) : weights;
  if (bytes instanceof Uint8Array) given = readSafetensors(bytes, expected);
  //: end
  given ??= namedArrays(weights);
  const arrays = Object.create(null);
  const missing = [];
  for (const [name, shape] of Object.entries(expected)) {
    const size = shape.reduce((product, n) => product * n, 1);
    const found = given.get(name);
    if (found === undefined) {
      missing.push(name);
      faults.push(quote(name) + " is missing; it has the shape [" + shape.join(", ") + "]");
    } else if (found.fault !== undefined) {
      faults.push(quote(name) + " " + found.fault);
    //: safetensors
    } else if (found.shape !== undefined && !(found.shape.length === shape.length && found.shape.every((n, i) => n === shape[i]))) {
      faults.push(quote(name) + " has the shape [" + found.shape.join(", ") + "], this model needs [" + shape.join(", ") + "]");
    //: end
    } else if (found.data.length !== size) {
      faults.push(quote(name) + " has " + found.data.length + " numbers, this model needs [" + shape.join(", ") + "], " + size);
    } else {
      arrays[name] = found.data instanceof Float32Array ? found.data : Float32Array.from(found.data);
    }
  }
  const unknown = [...given.keys()].filter((name) => !Object.hasOwn(expected, name) && !unused.includes(name));
  const [first] = missing;
  const prefix = unknown.find((name) => name.endsWith(first))?.slice(0, -first.length);
  if (prefix !== undefined && missing.length === Object.keys(expected).length && missing.every((name) => given.has(prefix + name))) faults.splice(0, Infinity, "the names begin with " + quote(prefix) + ", which this module's do not: leave it out of them");
  else if (options?.strict ?? true) {
    for (const name of unknown.slice(0, 20)) {
      const close = nearestName(name, missing);
      faults.push(quote(name) + " is no weight of this module" + (close === undefined ? "" : "; did you mean " + quote(close) + "?"));
    }
    if (unknown.length > 20) faults.push(unknown.length - 20 + " more are no weights of this module");
  }
  if (faults.length > 0) throw new Error("the weights do not fit:\\n  " + faults.join("\\n  "));
  return arrays;
}

/** Of those that are missing, the name that differs in case and signs only, or in what stands before it. */
function nearestName(name, names) {
  const plain = (each) => each.toLowerCase().replace(/[^\\p{L}\\p{N}]/gu, "");
  return names.find((each) => plain(name).endsWith(plain(each)) || plain(each).endsWith(plain(name)));
}

function namedArrays(weights) {
  let wanted = "weights are a record of Float32Arrays by name";
  //: safetensors
  wanted += ", or the bytes of a safetensors file";
  //: end
  if (weights === null || typeof weights !== "object" || ArrayBuffer.isView(weights) || weights instanceof ArrayBuffer) throw new TypeError(wanted);
  const found = new Map();
  for (const [name, data] of weights instanceof Map ? weights : Object.entries(weights)) {
    if (typeof name !== "string") throw new TypeError(wanted + "; one of these names is no string");
    if (data instanceof Float32Array || data instanceof Float64Array || (Array.isArray(data) && isNumbers(data))) found.set(name, { data });
    else found.set(name, { fault: "is not a Float32Array" });
  }
  return found;
}
`.trimStart();
