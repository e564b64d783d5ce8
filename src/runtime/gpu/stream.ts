/**
 * A model that is run step by step on a device. States stay there; each step hands its inputs over and reads its outputs
 * back, once. Where a model keeps all its earlier steps, their textures are made longer when they are full.
 */
export const gpuStreamText = `
class Stream {
  #name;
  #definition;
  #device;
  #machine;
  #L;
  #seed;
  #start;
  #step = 0;
  #tail = Promise.resolve();

  constructor(name, definition, device, weights, inputs, options) {
    const seed = options?.seed ?? 0;
    checkSeed(seed);
    this.#name = name;
    this.#definition = definition;
    this.#device = device;
    this.#machine = new Machine(device, definition, weights);
    this.#seed = [seed | 0, Math.floor(seed / 4294967296) | 0];
    this.#L = new Array(definition.lengths.length).fill(0);
    const fixed = definition.fixedLengths.map((length) => [length, 0]);
    const lengths = Object.fromEntries([...Object.entries(options?.lengths ?? {}), ...fixed, ...(definition.rows === undefined ? [] : [[definition.rows, 16]])]);
    this.#start = readInputs({ ...definition, name: name + ".stream" }, inputs ?? {}, lengths, this.#L).map((read, i) => (read === undefined ? undefined : exactNumbers(definition.inputs[i], read.data.slice())));
  }

  /** One after another, in the order of the calls. */
  #queue(body) {
    const result = this.#tail.then(() => drive(body));
    this.#tail = result.then(() => {}, () => {});
    return result;
  }

  async step(inputs) {
    const definition = this.#definition;
    if (Object.keys(definition.stepInputs).length > 0 && (inputs === undefined || inputs === null)) throw new TypeError("a step takes a record of inputs by name");
    const given = Object.entries(definition.stepInputs).map(([name, input]) => [input, stepNumbers(input, inputs[name], input.sizeOf(this.#L))]);
    const self = this;
    return this.#queue((function* () {
      const machine = self.#machine;
      if (definition.rows !== undefined && self.#step >= self.#L[definition.rowsIndex]) yield* self.#grow();
      for (const [input, data] of given) {
        if (data === undefined) yield* machine.run(input.fallback);
        else yield* machine.feed(input.buffer, data);
      }
      yield* machine.turn(definition.axis, self.#step, definition.step, definition.carried, [], []);
      self.#step++;
      const values = yield* machine.read(definition.outputs.map((output) => output.buffer));
      return Object.fromEntries(definition.outputs.map((output, i) => [output.name, resultOf(output, values[i])]));
    })());
  }

  get position() {
    return this.#step;
  }

  async reset() {
    const self = this;
    await this.#queue((function* () {
      const machine = self.#machine;
      const definition = self.#definition;
      machine.end();
      machine.begin(self.#L, ...self.#seed);
      self.#step = 0;
      for (const [i, input] of definition.inputs.entries()) {
        if (self.#start[i] === undefined) yield* machine.run(input.fallback);
        else yield* machine.feed(input.buffer, self.#start[i]);
      }
      yield* machine.run(definition.body);
    })());
  }

  async state() {
    const self = this;
    return this.#queue((function* () {
      const { states } = self.#definition;
      const values = yield* self.#machine.read(states.map((state) => state.buffer));
      const arrays = {};
      states.forEach((state, i) => {
        const all = resultOf(state, values[i]);
        const value = state.grows ? all.slice(0, self.#rowsOf(state, self.#step)) : all;
        Object.defineProperty(arrays, state.name, { value, enumerable: true, configurable: true, writable: true });
      });
      return { position: self.#step, arrays };
    })());
  }

  async setState(saved) {
    const { position, arrays } = saved ?? {};
    if (!Number.isSafeInteger(position) || position < 0 || arrays === null || typeof arrays !== "object") throw new TypeError("a state is { position, arrays }, as state() gives it");
    const { states } = this.#definition;
    const faults = [];
    for (const state of states) {
      const array = Object.hasOwn(arrays, state.name) ? arrays[state.name] : undefined;
      const size = state.grows ? this.#rowsOf(state, position) : this.#sizeOf(state.sizes);
      if (!isList(array)) faults.push(JSON.stringify(state.name) + " is missing");
      else if (!isNumbers(array)) faults.push(JSON.stringify(state.name) + " holds what is no number");
      else if (array.length !== size) faults.push(JSON.stringify(state.name) + " has " + array.length + " numbers, it needs " + size);
    }
    for (const name of Object.keys(arrays)) if (!states.some((state) => state.name === name)) faults.push("there is no state " + JSON.stringify(name));
    if (faults.length > 0) throw new Error(this.#name + ": the state does not fit: " + faults.join("; "));
    const copies = states.map((state) => Float32Array.from(arrays[state.name]));
    const self = this;
    await this.#queue((function* () {
      while (self.#definition.rows !== undefined && position > self.#L[self.#definition.rowsIndex]) yield* self.#grow();
      self.#step = position;
      for (const [i, state] of states.entries()) {
        const full = new Float32Array(self.#sizeOf(state.sizes));
        full.set(copies[i]);
        yield* self.#machine.feed(state.buffer, full);
      }
    })());
  }

  dispose() {
    this.#machine.end();
  }

  #sizeOf(sizes) {
    return sizes.reduce((product, size) => product * (typeof size === "number" ? size : size(this.#L)), 1);
  }

  #rowsOf(state, count) {
    return count * this.#sizeOf(state.sizes.slice(1));
  }

  /** Room for more rows. */
  *#grow() {
    const definition = this.#definition;
    const machine = this.#machine;
    const rows = definition.buffers.flatMap((buffer, i) => (buffer.shape.some((size) => typeof size !== "number") && machine.isBound(i) ? [{ i, from: machine.textureSize(i) }] : []));
    this.#L[definition.rowsIndex] *= 2;
    machine.begin(this.#L, ...this.#seed);
    for (const { i, from } of rows) yield* machine.grow(i, from);
  }
}

/** The numbers of one input of a step, copied. */
function stepNumbers(input, value, count) {
  if (value === undefined && input.optional) return undefined;
  const label = "input " + JSON.stringify(input.name);
  const takes = "; a step takes " + (count === 1 ? "one number" : count + " numbers, flat");
  const list = typeof value === "number" || typeof value === "boolean" ? [value] : value;
  if (list === undefined || list === null || list.length !== count) throw new Error(label + " " + (value === undefined ? "is missing" : list?.length === undefined ? "is " + String(value) : "has " + list.length + " numbers") + takes);
  const data = new Float32Array(count);
  const high = input.condition ? 1 : input.classes === undefined ? 16777216 : input.classes - 1;
  const low = input.condition || input.classes !== undefined ? 0 : -16777216;
  for (let i = 0; i < count; i++) {
    const x = typeof list[i] === "boolean" ? Number(list[i]) : list[i];
    if (typeof x !== "number") throw new Error(label + " holds what is no number" + takes);
    if (input.element === "int32" && !(Number.isInteger(x) && x >= low && x <= high)) throw new Error(label + " is " + String(x) + ", it must be an integer from " + low + " to " + high);
    data[i] = x;
  }
  return data;
}
`.trimStart();
