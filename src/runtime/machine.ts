/**
 * The WebAssembly of a module as JavaScript sees it: a machine is one instance with its memory and one set of weights. What
 * each program needs of its memory is a block of fixed size, and, where sizes depend on lengths, a part of the heap behind
 * all blocks. The heap is used by one run or stream at a time; another stream's part of it is put aside.
 */
export const machineText = `
class Machine {
  //: stream heap
  heapOwner;
  //: end

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
    try {
      // Beyond 4 GB less a page there is none, and a number of pages may not be asked for.
      this.exports.memory.grow(bytes < 4294901760 ? pages : 65536);
    } catch {
      throw new RangeError("this run needs " + bytes + " bytes of memory, more than there is");
    }
    this.#see();
  }

  //: stream heap
  takeHeap(owner) {
    if (this.heapOwner === owner) return;
    this.heapOwner?.putHeapAside();
    this.heapOwner = owner;
  }
  //: end
}

const memoryOf = (machine, { element }) => (element === "float32" ? machine.F : machine.I);

/** A program of a model in a machine. */
class Program {
  active;
  //: open places
  #plans = new Map();
  //: end

  constructor(machine, definition) {
    this.machine = machine;
    this.definition = definition;
  }

  plan(L) {
    //: open places
    const lengths = L.join();
    const known = this.#plans.get(lengths);
    if (known !== undefined) return known;
    if (this.#plans.size >= 64) this.#plans.clear();
    //: end
    const offsets = [];
    const plan = { size: this.definition.place(L, offsets), offsets };
    //: open places
    this.#plans.set(lengths, plan);
    //: end
    return plan;
  }

  /** Writes the control words of a run. */
  begin({ L, seed0, seed1 }) {
    const { machine, definition } = this;
    const plan = this.plan(L);
    machine.reserve(heap + 4 * plan.size);
    const { I } = machine;
    plan.offsets.forEach((offset, i) => { I[definition.base + i] = heap + 4 * offset; });
    for (const { word, length } of definition.words) I[word] = length(L);
    I[definition.seed0] = seed0;
    I[definition.seed1] = seed1;
  }

  /** Where a value begins, in elements. */
  where({ at, slot }) {
    return at ?? this.machine.I[this.definition.base + slot] >>> 2;
  }

  view(value, L) {
    const offset = this.where(value);
    return memoryOf(this.machine, value).subarray(offset, offset + sizeOf(value.sizes, L));
  }

  start(read) {
    this.definition.inputs.forEach((input, i) => {
      //: optional
      if (read[i] === undefined) {
        this.machine.exports[input.fallback]();
        return;
      }
      //: end
      memoryOf(this.machine, input).set(read[i], this.where(input));
    });
  }
}
`.trimStart();

export const machineModelText = `
class Model {
  #definition;
  #program;
  //: batches
  #batched;
  //: end
  //: streams
  #stream;
  //: end

  constructor(definition, machine) {
    this.#definition = definition;
    this.#program = new Program(machine, definition);
    //: batches
    this.#batched = definition.batched === undefined ? undefined : new Program(machine, definition.batched);
    //: end
    //: streams
    this.#stream = definition.stream === undefined ? undefined : new Program(machine, definition.stream);
    //: end
    this.name = definition.name;
    this.inputs = describe(definition.inputs);
    this.outputs = describe(definition.outputs);
    Object.freeze(this);
  }

  run(inputs, options) {
    const members = eachExample(this.#definition, inputs, options, (...example) => readExample(this.#definition, ...example));
    if (!Array.isArray(members)) return this.#run(members);
    //: batches
    const outputs = new Map();
    const groups = this.#batched === undefined ? [] : groupMembers(members);
    for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
      const half = group.length >> 1;
      if (half === 0) outputs.set(group[0], this.#run(group[0]));
      else if (!fitTogether(this.#batched, this.#definition, group)) groups.push(group.slice(0, half), group.slice(half));
      else runTogether(this.#batched, this.#definition, group).forEach((each, i) => outputs.set(group[i], each));
    }
    if (this.#batched !== undefined) return members.map((member) => outputs.get(member));
    //: end
    return members.map((member) => this.#run(member));
  }

  #run(example) {
    const { L, read } = example;
    const definition = this.#definition;
    const program = this.#program;
    //: stream heap
    if (program.plan(L).size > 0) program.machine.takeHeap(undefined);
    //: end
    program.begin(example);
    program.start(read);
    program.machine.exports[definition.run]();
    // A constructor copies; to slice an array is half as fast, since that fills it with zeros before.
    return Object.fromEntries(definition.outputs.map((output) => {
      const view = program.view(output, L);
      return [output.name, new view.constructor(view)];
    }));
  }

  stream(inputs, options) {
    const { name, whyNoStream } = this.#definition;
    //: streams
    if (this.#stream !== undefined) return new Stream(name, this.#stream, inputs, options);
    //: end
    throw new Error(name + " cannot run step by step: " + whyNoStream);
  }
}
`.trimStart();
