/**
 * A model that is run step by step by WebAssembly. Its memory is kept from call to call; a step allocates nothing, and
 * copies its outputs to arrays of its own, which the next step overwrites. Where a model keeps all its earlier steps, its
 * part of the heap is doubled when it is full.
 */
export const machineStreamText = `
class Stream {
  #name;
  #program;
  /** What began it: lengths, a seed and inputs. */
  #given;
  #block;
  //: stream heap
  #heap;
  //: end
  #step = 0;
  #turn;
  #F;
  #feeds;
  #outputs;
  #result;

  constructor(name, program, inputs, options) {
    const { definition } = program;
    this.#name = name;
    this.#program = program;
    this.#turn = program.machine.exports[definition.step];
    this.#given = readStart(name, definition, inputs, options);
    const { L } = this.#given;
    this.#outputs = definition.outputs.map((output) => ({ output, array: new (output.element === "float32" ? Float32Array : Int32Array)(sizeOf(output.sizes, L)), view: undefined }));
    this.#result = Object.fromEntries(this.#outputs.map(({ output, array }) => [output.name, array]));
    this.#feeds = definition.feeds.map((feed) => ({ ...feed, count: sizeOf(feed.sizes, L) }));
    this.reset();
  }

  /** The outputs of one step, in arrays that the next step overwrites. */
  step(inputs) {
    this.#activate();
    const program = this.#program;
    const { definition, machine } = program;
    //: growing streams
    if (definition.rows !== undefined && this.#step >= this.#given.L[definition.rowsIndex]) this.#grow();
    //: end
    let moved = this.#feed(inputs) || program.active !== this;
    //: stream heap
    moved ||= machine.heapOwner !== this && this.#heap !== undefined;
    //: end
    if (moved) throw new Error(this.#name + ": an input ran the model while it was read");
    machine.I[definition.turn] = this.#step;
    this.#turn();
    this.#step++;
    if (this.#F !== machine.F) this.#see();
    const outputs = this.#outputs;
    for (let i = 0; i < outputs.length; i++) outputs[i].array.set(outputs[i].view);
    return this.#result;
  }

  /** Tells whether memory grew meanwhile, which leaves the views of it empty. */
  #feed(inputs) {
    const program = this.#program;
    const { machine } = program;
    const { F } = machine;
    const feeds = this.#feeds;
    if (this.#step === 0) checkStep(inputs, feeds);
    if (feeds.length > 0) checkRecord(inputs);
    for (let i = 0; i < feeds.length; i++) {
      const feed = feeds[i];
      const { name, count } = feed;
      let value = inputs[name];
      //: inherited names
      value = ownOf(inputs, name);
      //: end
      //: optional
      if (value === undefined && feed.fallback !== undefined) {
        machine.exports[feed.fallback]();
        continue;
      }
      //: end
      //: integers
      if (feed.element !== "float32") {
        feedIntegers(machine.I, program.where(feed), count, value, feed.low, feed.high, name);
        continue;
      }
      //: end
      feedReals(F, program.where(feed), count, value, name);
    }
    return machine.F !== F;
  }

  #see() {
    this.#F = this.#program.machine.F;
    for (const each of this.#outputs) each.view = this.#program.view(each.output, this.#given.L);
  }

  /** How many steps were run. */
  get position() {
    return this.#step;
  }

  /** Back to the start. */
  reset() {
    this.#activate();
    const program = this.#program;
    this.#step = 0;
    this.#place();
    program.start(this.#given.start);
    program.machine.exports[program.definition.before]();
  }

  /** A copy of what is carried from step to step. */
  state() {
    this.#activate();
    return { position: this.#step, arrays: Object.fromEntries(this.#program.definition.states.map((state) => [state.name, this.#view(state).slice()])) };
  }

  setState(saved) {
    const { states } = this.#program.definition;
    const { position, copies } = readState(this.#name, states, saved, this.#given.L);
    this.#activate();
    //: growing streams
    const { rows, rowsIndex } = this.#program.definition;
    while (rows !== undefined && position > this.#given.L[rowsIndex]) this.#grow();
    //: end
    this.#step = position;
    states.forEach((state, i) => this.#view(state).set(copies[i]));
  }

  #view(state) {
    const view = this.#program.view(state, this.#given.L);
    //: growing streams
    if (state.grows) return view.subarray(0, this.#step * sizeOf(state.sizes.slice(1), this.#given.L));
    //: end
    return view;
  }

  /** Streams of one model take turns in its memory: another's numbers are put aside, ours are put back. */
  #activate() {
    const program = this.#program;
    const { machine, definition } = program;
    if (program.active !== this) {
      program.active?.#putBlockAside();
      if (this.#block !== undefined) machine.I.set(this.#block, definition.base);
      program.active = this;
    }
    //: stream heap
    if (this.#heap === undefined || machine.heapOwner === this) return;
    machine.takeHeap(this);
    machine.reserve(heap + 4 * this.#heap.length);
    machine.I.set(this.#heap, heap / 4);
    //: end
  }

  #putBlockAside() {
    const { machine, definition } = this.#program;
    this.#block ??= new Int32Array(definition.end - definition.base);
    this.#block.set(machine.I.subarray(definition.base, definition.end));
  }

  //: stream heap
  putHeapAside() {
    this.#heap.set(this.#program.machine.I.subarray(heap / 4, heap / 4 + this.#heap.length));
  }
  //: end

  /** Takes memory for the lengths that there are. */
  #place() {
    const program = this.#program;
    //: stream heap
    const { size } = program.plan(this.#given.L);
    if (size > 0) program.machine.takeHeap(this);
    //: end
    program.begin(this.#given);
    //: stream heap
    if (size > 0 && this.#heap?.length !== size) this.#heap = new Int32Array(size);
    //: end
    this.#F = undefined;
  }

  //: growing streams
  /** Room for more rows; everything that lives from step to step is copied. */
  #grow() {
    const program = this.#program;
    const { kept, rowsIndex } = program.definition;
    const sizes = kept.map((each) => sizeOf(each.sizes, this.#given.L));
    const old = kept.map((each, i) => program.machine.I.slice(program.where(each), program.where(each) + sizes[i]));
    this.#given.L[rowsIndex] *= 2;
    this.#place();
    kept.forEach((each, i) => program.machine.I.set(old[i], program.where(each)));
  }
  //: end
}
`.trimStart();
