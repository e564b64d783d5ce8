/**
 * What `load` gives: a model around the functions that the compiler made for it. `definition` is what the module says of
 * the model; `set` are its weights.
 */
export const modelText = `
class Model {
  #definition;
  #set;
  #memory = new Memory();

  constructor(definition, set) {
    this.#definition = definition;
    this.#set = set;
    this.name = definition.name;
    this.inputs = describe(definition.inputs);
    this.outputs = describe(definition.outputs);
    Object.freeze(this);
  }

  run(inputs, options) {
    return eachExample(this.#definition, inputs, options, (...example) => this.#run(readExample(this.#definition, ...example)));
  }

  #run({ L, seed0, seed1, read }) {
    const definition = this.#definition;
    this.#set.activate();
    const memory = this.#memory;
    memory.place(definition, L);
    const call = [memory.F, memory.I, memory.offsets, L, seed0, seed1];
    definition.inputs.forEach((input, i) => {
      if (read[i] === undefined) input.fallback(...call);
      else memory.write(input, read[i]);
    });
    definition.run(...call);
    return Object.fromEntries(definition.outputs.map((output) => [output.name, memory.view(output, L).slice()]));
  }

  stream(inputs, options) {
    const { stream, name, whyNoStream } = this.#definition;
    //: streams
    if (stream !== undefined) return new Stream(name, stream, this.#set, inputs, options);
    //: end
    throw new Error(name + " cannot run step by step: " + whyNoStream);
  }
}

/** Memory whose size depends on lengths: it grows when they do, and is used again by the next run. */
class Memory {
  F = new Float32Array(0);
  I = new Int32Array(this.F.buffer);
  offsets = [];
  #plans = new Map();

  place(definition, L) {
    const lengths = L.join();
    let plan = this.#plans.get(lengths);
    if (plan === undefined) {
      const offsets = [];
      plan = { size: definition.place(L, offsets), offsets };
      if (this.#plans.size >= 64) this.#plans.clear();
      this.#plans.set(lengths, plan);
    }
    this.offsets = plan.offsets.slice();
    if (plan.size > this.F.length) {
      this.F = new Float32Array(plan.size);
      this.I = new Int32Array(this.F.buffer);
    }
  }

  write(input, data) {
    if (input.array !== undefined) input.array.set(data);
    else (input.element === "float32" ? this.F : this.I).set(data, this.offsets[input.slot]);
  }

  view(value, L) {
    if (value.array !== undefined) return value.array;
    const offset = this.offsets[value.slot];
    return (value.element === "float32" ? this.F : this.I).subarray(offset, offset + sizeOf(value.sizes, L));
  }
}
`.trimStart();
