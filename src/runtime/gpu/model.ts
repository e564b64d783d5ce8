/**
 * What `load` gives: models that run on one device. Weights are uploaded once, and what is computed of them stays there.
 * Each run has a machine of its own, so runs may overlap; when it ends, nothing of it is left on the device.
 */
export const gpuModelText = `
class Loader {
  #arrays;
  #device;

  constructor(arrays, options) {
    this.#arrays = arrays;
    this.#device = new Device(options);
  }

  async model(definition) {
    const prepare = async (plan) => {
      const machine = new Machine(this.#device, plan, undefined);
      machine.begin(plan.lengths.map(() => 0));
      await drive((function* (arrays) {
        for (const [name, buffer] of plan.weights) yield* machine.feed(buffer, arrays[name]);
        yield* machine.run(plan.prepare);
      })(this.#arrays));
      machine.end(plan.kept);
      return machine;
    };
    const weights = await prepare(definition);
    const streamWeights = definition.stream === undefined ? undefined : await prepare(definition.stream);
    return new Model(definition, this.#device, weights, streamWeights);
  }
}

class Model {
  #definition;
  #device;
  #weights;
  #streamWeights;

  constructor(definition, device, weights, streamWeights) {
    this.#definition = definition;
    this.#device = device;
    this.#weights = weights;
    this.#streamWeights = streamWeights;
    this.name = definition.name;
    this.inputs = describe(definition.inputs);
    this.outputs = describe(definition.outputs);
    Object.freeze(this);
  }

  get device() {
    return this.#device.describe();
  }

  async run(inputs, options) {
    const { batch, name } = this.#definition;
    if (batch !== undefined && (!Array.isArray(inputs) || inputs.length !== batch)) throw new Error(name + ".run takes a batch of " + batch + " members: it was compiled for that");
    const seed = options?.seed ?? 0;
    if (!Array.isArray(inputs)) return this.#member(inputs, options, Array.isArray(seed) ? seed[0] : seed);
    const lengths = options?.lengths;
    const results = [];
    for (const [i, member] of inputs.entries()) {
      results.push(await this.#member(member, Array.isArray(lengths) ? { lengths: lengths[i] } : options, Array.isArray(seed) ? seed[i] : seed + i));
    }
    return results;
  }

  async #member(inputs, options, seed) {
    checkSeed(seed);
    const definition = this.#definition;
    if (inputs === null || typeof inputs !== "object") throw new TypeError(definition.name + ".run takes a record of inputs by name, or an array of such records");
    const L = new Array(definition.lengths.length).fill(0);
    const read = readInputs(definition, inputs, options?.lengths, L);
    const machine = new Machine(this.#device, definition, this.#weights);
    machine.begin(L, seed | 0, Math.floor(seed / 4294967296) | 0);
    try {
      const values = await drive((function* () {
        for (const [i, input] of definition.inputs.entries()) {
          if (read[i] === undefined) yield* machine.run(input.fallback);
          else yield* machine.feed(input.buffer, exactNumbers(input, read[i].data));
        }
        yield* machine.run(definition.body);
        return yield* machine.read(definition.outputs.map((output) => output.buffer));
      })());
      return Object.fromEntries(definition.outputs.map((output, i) => [output.name, resultOf(output, values[i])]));
    } finally {
      machine.end();
    }
  }

  async stream(inputs, options) {
    const { stream, name } = this.#definition;
    if (stream === undefined) throw new Error(name + " cannot run step by step: " + this.#definition.whyNoStream);
    const made = new Stream(name, stream, this.#device, this.#streamWeights, inputs, options);
    await made.reset();
    return made;
  }

  async dispose() {
    this.#weights.end();
    this.#streamWeights?.end();
    await this.#device.destroy();
  }
}

/** Integers are floats on the device: those that are not exact there are refused. */
function exactNumbers(input, data) {
  if (input.element === "int32") {
    for (let i = 0; i < data.length; i++) {
      if (data[i] > 16777216 || data[i] < -16777216) throw new Error("input " + JSON.stringify(input.name) + ": element " + i + " is " + data[i] + "; on a GPU integers are exact from -2^24 to 2^24 only");
    }
  }
  return data;
}

function resultOf(output, values) {
  if (output.element === "float32") return values;
  const integers = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!(value <= 16777216 && value >= -16777216)) throw new Error("output " + JSON.stringify(output.name) + ": element " + i + " is " + value + "; on a GPU integers are exact from -2^24 to 2^24 only");
    integers[i] = Math.round(value);
  }
  return integers;
}
`.trimStart();
