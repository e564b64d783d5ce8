/**
 * Batches as other frameworks hold them: one flat array for each input, padded where members are shorter. The members are
 * cut out, run each with its own lengths, and put together again. Where the batch stands is the caller's layout:
 * "batch-first" before all dimensions, "time-first" after the first one.
 */
const text = (async: "async " | "", later: "await " | ""): string => `
class PaddedModel extends Model {
  #definition;
  #orders;

  constructor(orders, definition, ...rest) {
    super(definition, ...rest);
    this.#definition = definition;
    this.#orders = orders;
  }

  ${async}runPadded(inputs, options) {
    const { name, inputs: wanted, outputs, lengths: names, batch: fixedBatch } = this.#definition;
    if (inputs === null || typeof inputs !== "object") throw new TypeError(name + ".runPadded takes a record of inputs by name");
    const given = new Map();
    for (const input of wanted) {
      const data = Object.hasOwn(inputs, input.name) ? inputs[input.name] : undefined;
      if (data === undefined) continue;
      if (!isList(data) || isList(data[0])) throw new Error("input " + JSON.stringify(input.name) + " is no flat array; it is " + this.#layoutText(input));
      given.set(input, data);
    }
    for (const key of Object.keys(inputs)) if (!wanted.some((input) => input.name === key)) throw new Error(name + ": there is no input " + JSON.stringify(key));
    const lengths = options?.lengths ?? {};
    for (const key of Object.keys(lengths)) if (!names.includes(key)) throw new Error(name + " has no free length " + JSON.stringify(key));
    const told = Object.values(lengths).find((each) => isList(each));
    const closed = [...given].find(([input]) => input.sizes.every((size) => typeof size === "number"));
    const batch = fixedBatch ?? options?.batch ?? told?.length ?? (closed && closed[1].length / closed[0].sizes.reduce((product, n) => product * n, 1));
    if (batch === undefined) throw new Error(name + ": the inputs do not tell how many members there are; say { batch: n }");
    if (!Number.isSafeInteger(batch) || batch < 0) throw new Error(name + ": a batch cannot have " + batch + " members");
    // Members without any numbers are few, or a mistake that takes all memory.
    if (batch > 65536 && ![...given.values()].some((data) => data.length >= batch)) throw new Error(name + ": a batch of " + batch + " members has more of them than any input has numbers; up to 65536 may have none");

    // How long each dimension is in the arrays; what no array tells is as long as the longest member.
    const padded = new Map();
    const sizeIn = (size) => (typeof size === "number" ? size : typeof size === "string" ? padded.get(size) : undefined);
    for (let rest = [...given]; rest.length > 0; ) {
      const next = rest.find(([input]) => new Set(input.sizes.filter((size) => sizeIn(size) === undefined)).size <= 1);
      if (next === undefined) {
        const open = names.find((each) => !padded.has(each) && lengths[each] !== undefined);
        if (open === undefined) throw new Error(name + ": the arrays do not tell the lengths " + names.filter((each) => !padded.has(each)).join(", ") + "; say { lengths: { ... } }");
        padded.set(open, longest(lengths[open]));
        continue;
      }
      rest = rest.filter((each) => each !== next);
      const [input, data] = next;
      const open = input.sizes.filter((size) => sizeIn(size) === undefined);
      const known = input.sizes.reduce((product, size) => product * (sizeIn(size) ?? 1), batch);
      if (open.length === 1) {
        const size = known === 0 ? longest(lengths[open[0]] ?? 0) : data.length / known;
        if (!Number.isSafeInteger(size)) throw new Error("input " + JSON.stringify(input.name) + " has " + data.length + " numbers, which is no multiple of " + known + "; it is " + this.#layoutText(input) + " with a batch of " + batch);
        padded.set(open[0], size);
      } else if (open.length > 1 || data.length !== known) {
        throw new Error("input " + JSON.stringify(input.name) + " has " + data.length + " numbers, it is " + this.#layoutText(input) + ", here " + known);
      }
    }
    const lengthOf = (each, i) => {
      const own = isList(lengths[each]) ? lengths[each][i] : lengths[each] ?? padded.get(each);
      const most = padded.get(each) ?? Infinity;
      if (!Number.isSafeInteger(own) || own < 0 || own > most) throw new Error("the length " + JSON.stringify(each) + " of member " + i + " is " + String(own) + (most === Infinity ? "" : "; it lies from 0 to " + most));
      return own;
    };
    for (const each of Object.values(lengths)) if (isList(each) && each.length !== batch) throw new Error(name + ": there are " + each.length + " lengths for " + batch + " members");

    const L = Array.from({ length: batch }, (_, i) => names.map((each) => lengthOf(each, i)));
    const members = L.map((own, i) => Object.fromEntries([...given].map(([input, data]) => {
      const whole = input.sizes.map(sizeIn);
      const part = input.sizes.map((size) => (typeof size === "string" ? own[names.indexOf(size)] : size));
      // As they are given: \`run\` checks them, which it could not once they had been made numbers of some type.
      const cut = ArrayBuffer.isView(data) ? new Float64Array(part.reduce((product, n) => product * n, 1)) : [];
      copyPart(part, (at, from) => {
        cut[at] = data[from];
        if (isList(cut[at])) throw new Error("input " + JSON.stringify(input.name) + " is no flat array: element " + from + " is an array");
      }, this.#strides(input, whole, batch), this.#offset(input, whole, i));
      return [input.name, cut];
    })));
    const seed = options?.seed;
    const results = ${later}this.run(members, { ...(seed === undefined ? {} : { seed }), lengths: L.map((own) => Object.fromEntries(names.map((each, at) => [each, own[at]]))) });
    return Object.fromEntries(outputs.map((output) => {
      const parts = L.map((own) => output.sizes.map((size) => (typeof size === "number" ? size : size(own))));
      const whole = output.sizes.map((_, axis) => parts.reduce((most, part) => Math.max(most, part[axis]), 0));
      const data = new (output.element === "float32" ? Float32Array : Int32Array)(whole.reduce((product, n) => product * n, batch));
      parts.forEach((part, i) => copyPart(part, (at, to) => { data[to] = results[i][output.name][at]; }, this.#strides(output, whole, batch), this.#offset(output, whole, i)));
      const place = this.#place(output);
      return [output.name, { data, shape: [...whole.slice(0, place), batch, ...whole.slice(place)] }];
    }));
  }

  /** Before which axis of the value the batch stands. */
  #place({ name, dims }) {
    const order = Object.hasOwn(this.#orders.of, name) ? this.#orders.of[name] : this.#orders.all;
    return order === "time-first" && dims.length > 0 ? 1 : 0;
  }

  #strides(value, whole, batch) {
    const place = this.#place(value);
    return whole.map((_, axis) => whole.slice(axis + 1).reduce((product, n) => product * n, axis < place ? batch : 1));
  }

  #offset(value, whole, i) {
    return i * whole.slice(this.#place(value)).reduce((product, n) => product * n, 1);
  }

  #layoutText(value) {
    const axes = value.sizes.map((size, axis) => (typeof size === "function" ? value.shape[axis] : size));
    const place = this.#place(value);
    return "[" + [...axes.slice(0, place), "batch", ...axes.slice(place)].join(", ") + "]";
  }
}

function longest(lengths) {
  return isList(lengths) ? lengths.reduce((most, each) => Math.max(most, each), 0) : lengths;
}

/** Calls with each index of a part, counted row-major, and where it lies in the whole. */
function copyPart(sizes, copy, strides, offset) {
  let at = 0;
  const walk = (axis, from) => {
    if (axis === sizes.length) return copy(at++, from);
    for (let i = 0; i < sizes[axis]; i++) walk(axis + 1, from + i * strides[axis]);
  };
  walk(0, offset);
}
`.trimStart();

export const paddedText = text("", "");

/** Where `run` gives promises. */
export const promisedPaddedText = text("async ", "await ");
