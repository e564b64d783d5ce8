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
    const { L, seed0, seed1, start } = readStart(name, definition, inputs, options);
    this.#name = name;
    this.#definition = definition;
    this.#device = device;
    this.#machine = new Machine(device, definition, weights);
    this.#seed = [seed0, seed1];
    this.#L = L;
    this.#start = start.map((data, i) => (data === undefined ? undefined : exactNumbers(definition.inputs[i], data)));
  }

  /** One after another, in the order of the calls. */
  #queue(body) {
    const result = this.#tail.then(() => drive(body));
    this.#tail = result.then(() => {}, () => {});
    return result;
  }

  async step(inputs) {
    const definition = this.#definition;
    checkStep(inputs, Object.values(definition.stepInputs));
    if (Object.keys(definition.stepInputs).length > 0) checkRecord(inputs);
    const given = Object.entries(definition.stepInputs).map(([name, input]) => [input, stepNumbers(input, ownOf(inputs, name), input.sizeOf(this.#L))]);
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
        const value = state.grows ? all.slice(0, self.#step * sizeOf(state.sizes.slice(1), self.#L)) : all;
        Object.defineProperty(arrays, state.name, { value, enumerable: true, configurable: true, writable: true });
      });
      return { position: self.#step, arrays };
    })());
  }

  async setState(saved) {
    const { states } = this.#definition;
    const { position, copies } = readState(this.#name, states, saved, this.#L);
    const self = this;
    await this.#queue((function* () {
      while (self.#definition.rows !== undefined && position > self.#L[self.#definition.rowsIndex]) yield* self.#grow();
      self.#step = position;
      for (const [i, state] of states.entries()) {
        const full = new Float32Array(sizeOf(state.sizes, self.#L));
        full.set(copies[i]);
        yield* self.#machine.feed(state.buffer, full);
      }
    })());
  }

  dispose() {
    this.#machine.end();
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
