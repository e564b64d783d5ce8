/**
 * A model that is run step by step. Its memory is kept from call to call; a step allocates nothing, and gives views of the
 * memory, which the next step overwrites. Where a model keeps all its earlier steps, the memory is doubled when it is full.
 */
export const streamText = `
class Stream {
  #name;
  #definition;
  #set;
  #memory = new Memory();
  #L;
  #seed0;
  #seed1;
  #start;
  #saved;
  #step = 0;
  #result = {};

  constructor(name, definition, set, inputs, options) {
    const { L, seed0, seed1, start } = readStart(name, definition, inputs, options);
    this.#name = name;
    this.#definition = definition;
    this.#set = set;
    this.#L = L;
    this.#seed0 = seed0;
    this.#seed1 = seed1;
    this.#start = start;
    this.#memory.place(definition, this.#L);
    this.#showOutputs();
    this.reset();
  }

  /** The outputs of one step: views, which the next step overwrites. */
  step(inputs) {
    this.#activate();
    const definition = this.#definition;
    //: growing streams
    if (definition.rows !== undefined && this.#step >= this.#L[definition.rowsIndex]) this.#grow();
    //: end
    const memory = this.#memory;
    definition.feed(memory.F, memory.I, memory.offsets, this.#L, this.#step, this.#seed0, this.#seed1, inputs);
    if (activeWeights !== this.#set || definition.active !== this || memory !== this.#memory) throw new Error(this.#name + ": an input ran the model while it was read");
    definition.step(memory.F, memory.I, memory.offsets, this.#L, this.#step, this.#seed0, this.#seed1);
    this.#step++;
    return this.#result;
  }

  /** How many steps were run. */
  get position() {
    return this.#step;
  }

  /** Back to the start. */
  reset() {
    this.#activate();
    const definition = this.#definition;
    const memory = this.#memory;
    memory.place(definition, this.#L);
    this.#step = 0;
    const call = [memory.F, memory.I, memory.offsets, this.#L, this.#seed0, this.#seed1];
    definition.inputs.forEach((input, i) => {
      if (this.#start[i] === undefined) input.fallback(...call);
      else memory.write(input, this.#start[i]);
    });
    definition.before(...call);
  }

  /** A copy of what is carried from step to step. */
  state() {
    this.#activate();
    const arrays = {};
    for (const state of this.#definition.states) {
      const copy = this.#view(state).slice();
      Object.defineProperty(arrays, state.name, { value: copy instanceof Float64Array ? new Float32Array(copy) : copy, enumerable: true, configurable: true, writable: true });
    }
    return { position: this.#step, arrays };
  }

  setState(saved) {
    const { states } = this.#definition;
    const { position, copies } = readState(this.#name, states, saved, this.#L);
    this.#activate();
    //: growing streams
    while (this.#definition.rows !== undefined && position > this.#L[this.#definition.rowsIndex]) this.#grow();
    //: end
    this.#step = position;
    states.forEach((state, i) => this.#view(state).set(copies[i]));
  }

  #view(state) {
    const view = this.#memory.view(state, this.#L);
    //: growing streams
    if (state.grows) return view.subarray(0, this.#step * sizeOf(state.sizes.slice(1), this.#L));
    //: end
    return view;
  }

  /** Streams of one model take turns in its memory: another's numbers are put aside, ours are put back. */
  #activate() {
    this.#set.activate();
    const definition = this.#definition;
    const other = definition.active;
    if (other === this) return;
    if (other !== undefined) {
      other.#saved ??= new Float64Array(definition.memory.length);
      other.#saved.set(definition.memory);
    }
    if (this.#saved !== undefined) definition.memory.set(this.#saved);
    definition.active = this;
  }

  #showOutputs() {
    for (const output of this.#definition.outputs) {
      Object.defineProperty(this.#result, output.name, { value: this.#memory.view(output, this.#L), enumerable: true, configurable: true, writable: true });
    }
  }

  //: growing streams
  /** Room for more rows; everything that lives from step to step is copied. */
  #grow() {
    const definition = this.#definition;
    const old = this.#memory;
    const lengths = this.#L.slice();
    this.#L[definition.rowsIndex] *= 2;
    this.#memory = new Memory();
    this.#memory.place(definition, this.#L);
    for (const { slot, sizes } of definition.kept) {
      const offset = old.offsets[slot];
      this.#memory.I.set(old.I.subarray(offset, offset + sizeOf(sizes, lengths)), this.#memory.offsets[slot]);
    }
    this.#showOutputs();
  }
  //: end
}
`.trimStart();
