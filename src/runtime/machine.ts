/**
 * The WebAssembly of a module as JavaScript sees it: a machine is one instance with its memory and one set of weights. What
 * each program needs of its memory is a block of fixed size, and, where sizes depend on lengths, a part of the heap behind
 * all blocks. The heap is used by one run or stream at a time; another stream's part of it is put aside.
 */
export const machineText = `
class Machine {
  heapOwner;

  constructor(compiled, imports) {
    this.exports = new WebAssembly.Instance(compiled, imports).exports;
    this.#see();
  }

  #see() {
    const { buffer } = this.exports.memory;
    this.F = new Float32Array(buffer);
    this.I = new Int32Array(buffer);
    this.I[4] = buffer.byteLength - 16;
  }

  /** Memory grows before anything runs, or it is refused. */
  reserve(bytes) {
    const pages = Math.ceil((bytes + 16 - this.F.byteLength) / 65536);
    if (pages <= 0) return;
    if (!(bytes < 4294901760)) throw new RangeError("this run needs " + bytes + " bytes of memory, more than WebAssembly has");
    try {
      this.exports.memory.grow(pages);
    } catch {
      throw new RangeError("this run needs " + bytes + " bytes of memory, more than there is");
    }
    this.#see();
  }

  takeHeap(owner) {
    if (this.heapOwner === owner) return;
    this.heapOwner?.putHeapAside();
    this.heapOwner = owner;
  }
}

/** A program of a model in a machine. */
class Program {
  active;
  #plans = new Map();

  constructor(machine, definition) {
    this.machine = machine;
    this.definition = definition;
  }

  plan(L) {
    const { place } = this.definition;
    const lengths = L.join();
    let plan = this.#plans.get(lengths);
    if (plan === undefined) {
      const offsets = [];
      plan = { size: place(L, offsets), offsets };
      if (this.#plans.size >= 64) this.#plans.clear();
      this.#plans.set(lengths, plan);
    }
    return plan;
  }

  /** Writes the control words of a run. */
  begin(L, seed0, seed1) {
    const { machine, definition } = this;
    const plan = this.plan(L);
    machine.reserve(heap + 4 * plan.size);
    const { I } = machine;
    for (let i = 0; i < plan.offsets.length; i++) I[definition.base + i] = heap + 4 * plan.offsets[i];
    for (const { word, length } of definition.words) I[word] = length(L);
    I[definition.seed0] = seed0;
    I[definition.seed1] = seed1;
    return plan;
  }

  /** Where a value begins, in elements. */
  where({ at, slot }) {
    return at ?? this.machine.I[this.definition.base + slot] >>> 2;
  }

  write(value, data) {
    const { machine } = this;
    (value.element === "float32" ? machine.F : machine.I).set(data, this.where(value));
  }

  view(value, L) {
    const { machine } = this;
    const offset = this.where(value);
    return (value.element === "float32" ? machine.F : machine.I).subarray(offset, offset + sizeOf(value.sizes, L));
  }

  start(read) {
    this.definition.inputs.forEach((input, i) => {
      if (read[i] === undefined) this.machine.exports[input.fallback]();
      else this.write(input, read[i]);
    });
  }
}
`.trimStart();

export const machineModelText = `
class Model {
  #definition;
  #program;
  #batched;
  #stream;

  constructor(definition, machine) {
    this.#definition = definition;
    this.#program = new Program(machine, definition);
    this.#batched = definition.batched === undefined ? undefined : new Program(machine, definition.batched);
    this.#stream = definition.stream === undefined ? undefined : new Program(machine, definition.stream);
    this.name = definition.name;
    this.inputs = describe(definition.inputs);
    this.outputs = describe(definition.outputs);
    Object.freeze(this);
  }

  run(inputs, options) {
    const { batch, name } = this.#definition;
    if (batch !== undefined && (!Array.isArray(inputs) || inputs.length !== batch)) throw new Error(name + ".run takes a batch of " + batch + " members: it was compiled for that");
    const seed = options?.seed ?? 0;
    if (!Array.isArray(inputs)) return this.#run(this.#read(inputs, options?.lengths, Array.isArray(seed) ? seed[0] : seed));
    const lengths = options?.lengths;
    const members = Array.from(inputs, (member, i) => this.#read(member, Array.isArray(lengths) ? lengths[i] : lengths, Array.isArray(seed) ? seed[i] : seed + i));
    const outputs = new Map();
    const groups = this.#batched === undefined ? members.map((member) => [member]) : groupMembers(members);
    for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
      const half = group.length >> 1;
      if (half === 0) outputs.set(group[0], this.#run(group[0]));
      else if (!fitTogether(this.#batched, this.#definition, group)) groups.push(group.slice(0, half), group.slice(half));
      else runTogether(this.#batched, this.#definition, group).forEach((each, i) => outputs.set(group[i], each));
    }
    return members.map((member) => outputs.get(member));
  }

  /** What a member gives, and its lengths. After all members were read, whatever the caller's arrays called is over. */
  #read(inputs, lengths, seed) {
    checkSeed(seed);
    const definition = this.#definition;
    if (inputs === null || typeof inputs !== "object") throw new TypeError(definition.name + ".run takes a record of inputs by name, or an array of such records");
    const L = new Array(definition.lengths.length).fill(0);
    return { L, seed, read: readInputs(definition, inputs, lengths, L).map((each) => each?.data) };
  }

  #run({ L, seed, read }) {
    const definition = this.#definition;
    const program = this.#program;
    if (program.plan(L).size > 0) program.machine.takeHeap(undefined);
    program.begin(L, seed | 0, Math.floor(seed / 4294967296) | 0);
    program.start(read);
    program.machine.exports[definition.run]();
    return Object.fromEntries(definition.outputs.map((output) => [output.name, program.view(output, L).slice()]));
  }

  stream(inputs, options) {
    const { name, whyNoStream } = this.#definition;
    if (this.#stream === undefined) throw new Error(name + " cannot run step by step: " + whyNoStream);
    return new Stream(name, this.#stream, inputs, options);
  }
}
`.trimStart();
