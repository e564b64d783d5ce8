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

  /** @param make makes the model of its definition, the device, and weights on it */
  async model(definition, make) {
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
    const weights = { run: await prepare(definition) };
    //: batches
    if (definition.batched !== undefined) weights.batch = await prepare(definition.batched);
    //: end
    //: streams
    if (definition.stream !== undefined) weights.stream = await prepare(definition.stream);
    //: end
    return make(definition, this.#device, weights);
  }
}

class Model {
  #definition;
  #device;
  /** Machines that hold nothing but weights: for runs, for batches, for streams. */
  #weights;

  constructor(definition, device, weights) {
    this.#definition = definition;
    this.#device = device;
    this.#weights = weights;
    this.name = definition.name;
    this.inputs = describe(definition.inputs);
    this.outputs = describe(definition.outputs);
    Object.freeze(this);
  }

  get device() {
    return this.#device.describe();
  }

  async run(inputs, options) {
    const members = eachExample(this.#definition, inputs, options, (...example) => readExample(this.#definition, ...example));
    if (!Array.isArray(members)) return this.#alone(members);
    const outputs = new Map();
    let groups = members.map((member) => [member]).reverse();
    //: batches
    const { batched } = this.#definition;
    if (batched !== undefined) groups = groupMembers(members);
    //: end
    for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
      if (group.length === 1) {
        outputs.set(group[0], await this.#alone(group[0]));
        continue;
      }
      //: batches
      const machine = new Machine(this.#device, batched, this.#weights.batch);
      const half = group.length >> 1;
      if (!fitTogether(machine, batched, this.#definition, group)) groups.push(group.slice(0, half), group.slice(half));
      else {
        try {
          (await drive(runTogether(machine, batched, this.#definition, group))).forEach((each, i) => outputs.set(group[i], each));
        } finally {
          machine.end();
        }
      }
      //: end
    }
    return members.map((member) => outputs.get(member));
  }

  async #alone({ L, seed0, seed1, read }) {
    const definition = this.#definition;
    const machine = new Machine(this.#device, definition, this.#weights.run);
    machine.begin(L, seed0, seed1);
    try {
      const values = await drive((function* () {
        for (const [i, input] of definition.inputs.entries()) {
          if (read[i] === undefined) yield* machine.run(input.fallback);
          else yield* machine.feed(input.buffer, exactNumbers(input, read[i]));
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
    const made = new Stream(name, stream, this.#device, this.#weights.stream, inputs, options);
    await made.reset();
    return made;
  }

  async dispose() {
    for (const machine of Object.values(this.#weights)) machine.end();
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
