/**
 * What `load` gives: a model around the functions that the compiler made for it. `definition` is what the module says of
 * the model; W and V are its weights, seen as float32 and as int32.
 */
export const modelText = `
class Model {
  #definition;
  #W;
  #V;
  #memory = new Memory();

  constructor(definition, W, V) {
    this.#definition = definition;
    this.#W = W;
    this.#V = V;
    this.name = definition.name;
    this.inputs = describe(definition.inputs);
    this.outputs = describe(definition.outputs);
    Object.freeze(this);
  }

  run(inputs, options) {
    const seed = options?.seed ?? 0;
    if (!Array.isArray(inputs)) return this.#member(inputs, options, Array.isArray(seed) ? seed[0] : seed);
    return inputs.map((member, i) => this.#member(member, options, Array.isArray(seed) ? seed[i] : seed + i));
  }

  #member(inputs, options, seed) {
    checkSeed(seed);
    const definition = this.#definition;
    if (inputs === null || typeof inputs !== "object") throw new TypeError(definition.name + ".run takes a record of inputs by name, or an array of such records");
    const L = new Array(definition.lengths.length).fill(0);
    const read = readInputs(definition, inputs, options?.lengths, L);
    const memory = this.#memory;
    memory.place(definition, L);
    const call = [memory.F, memory.I, this.#W, this.#V, memory.offsets, L, seed | 0, Math.floor(seed / 4294967296) | 0];
    definition.inputs.forEach((input, i) => {
      if (read[i] === undefined) input.fallback(...call);
      else memory.write(input, read[i].data);
    });
    definition.run(...call);
    return Object.fromEntries(definition.outputs.map((output) => [output.name, memory.read(output, L)]));
  }

  stream(inputs) {
    const { stream, name } = this.#definition;
    if (stream === undefined) throw new Error(name + " cannot run step by step: " + this.#definition.whyNoStream);
    return stream(this.#W, this.#V, inputs);
  }
}

/** The arena of a run: it grows when lengths do, and is used again by the next run. */
class Memory {
  F = new Float32Array(0);
  I = new Int32Array(0);
  offsets = [];
  #lengths;

  place(definition, L) {
    const lengths = L.join();
    if (this.#lengths === lengths) return;
    const size = definition.place(L, this.offsets);
    if (size > this.F.length) {
      this.F = new Float32Array(size);
      this.I = new Int32Array(this.F.buffer);
    }
    this.#lengths = lengths;
  }

  offset(value) {
    return value.slot === undefined ? value.offset : this.offsets[value.slot];
  }

  write(input, data) {
    (input.element === "float32" ? this.F : this.I).set(data, this.offset(input));
  }

  read(output, L) {
    const offset = this.offset(output);
    const size = output.sizes.reduce((product, size) => product * (typeof size === "number" ? size : size(L)), 1);
    return (output.element === "float32" ? this.F : this.I).slice(offset, offset + size);
  }
}

function describe(values) {
  return Object.freeze(Object.fromEntries(values.map(({ name, dims, shape, element, classes, optional }) => {
    const text = { dims, shape, element, ...(classes === undefined ? {} : { classes }), ...(optional ? { optional } : {}) };
    return [name, Object.freeze(text)];
  })));
}

function checkSeed(seed) {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError("a seed is a whole number from 0 to 2^53-1, this is " + String(seed));
}
`.trimStart();
