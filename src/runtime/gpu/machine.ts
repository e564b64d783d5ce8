/**
 * Runs a program on a device: dispatches its kernels in order, in loops over time that the host turns, and keeps which
 * texture stands for which buffer. A kernel writes a whole buffer, so its texture replaces the one before; a copy is a second
 * name for a texture; states of a loop change names after each turn.
 *
 * Buffers whose sizes depend on the run are as large as the next power of two, from 16 on, so that a kernel is compiled for a
 * few sizes and not for every length of a sequence. What lies beyond the end is never read.
 */
export const machineText = `
function capacityOf(size) {
  let capacity = 16;
  while (capacity < size) capacity *= 2;
  return capacity;
}

class Machine {
  #device;
  #plan;
  #weights;
  /** By buffer: a handle, or numbers on the host that are handed over with each call. */
  #bound = [];
  #sizes;
  #capacities;
  #kernels = [];
  #axes = [];
  #seed = [0, 0];
  #host = new Map();

  constructor(device, plan, weights) {
    this.#device = device;
    this.#plan = plan;
    this.#weights = weights;
  }

  /** @param L the free lengths of this run */
  begin(L, seed0 = 0, seed1 = 0) {
    this.#sizes = this.#plan.sizes.map((size) => size(L));
    this.#capacities = this.#sizes.map(capacityOf);
    this.#kernels = [];
    this.#seed = [seed0, seed1];
  }

  get capacities() {
    return this.#capacities;
  }

  /** How many elements a place of a buffer's texture has, along its last axis. */
  lanes(buffer) {
    return this.#device.quads && this.#plan.buffers[buffer].quads !== undefined ? 4 : 1;
  }

  /** Whether the numbers are handed over with the call of a kernel, as they are: one a place. */
  #isDirect(buffer) {
    return this.#plan.buffers[buffer].direct === true && this.lanes(buffer) === 1;
  }

  /** Elements along each axis, as memory has them. */
  shapeOf(buffer) {
    const { shape } = this.#plan.buffers[buffer];
    const lanes = this.lanes(buffer);
    return shape.map((size, axis) => (typeof size !== "number" ? this.#capacities[size.s] : axis === shape.length - 1 ? Math.ceil(size / lanes) * lanes : size));
  }

  /** Places of a buffer's texture. */
  placesOf(buffer) {
    return this.shapeOf(buffer).reduce((product, n) => product * n, 1) / this.lanes(buffer);
  }

  /** Width and height of the texture of a buffer. */
  textureSize(buffer) {
    const { w, h, fits } = this.#measure(buffer);
    const { side } = this.#plan.limits;
    if (!fits) throw new Error(this.#plan.buffers[buffer].name + " needs a texture of " + w + " x " + h + " for this run, and the most is " + side + " x " + side + ": give shorter sequences, or run the model step by step");
    return [w, h];
  }

  /** Whether all textures are as small as they have to be. */
  fits() {
    return this.#plan.buffers.every((_, buffer) => this.#measure(buffer).fits);
  }

  #measure(buffer) {
    const { quads, ...plain } = this.#plan.buffers[buffer];
    const { side, elements } = this.#plan.limits;
    const lanes = this.lanes(buffer);
    const { inner, width } = lanes === 1 ? plain : quads;
    const shape = this.shapeOf(buffer);
    if (lanes > 1) shape[shape.length - 1] /= lanes;
    const count = shape.reduce((product, n) => product * n, 1);
    const w = Math.max(1, width ?? shape.slice(inner).reduce((product, n) => product * n, 1));
    // A texture of one line is folded by gpu.js as it likes, and its places are read where they were put.
    const h = Math.max(lanes === 1 ? 1 : 2, Math.ceil(count / w));
    return { w, h, fits: h <= side && count <= elements };
  }

  bind(buffer, handle) {
    this.#device.release(this.#bound[buffer]);
    this.#bound[buffer] = handle;
  }

  handle(buffer) {
    const handle = this.#bound[buffer] ?? this.#weights?.handle(buffer);
    if (handle === undefined) throw new Error("the buffer " + this.#plan.buffers[buffer].name + " has no value");
    return handle;
  }

  /** Numbers in the order of the buffer, each row as long as its capacity. */
  pad(buffer, data) {
    const [width, height] = this.textureSize(buffer);
    const flat = new Float32Array(width * height * this.lanes(buffer));
    const given = this.#plan.buffers[buffer].shape.map((size) => (typeof size === "number" ? size : this.#sizes[size.s]));
    moveRows(data, given, flat, this.shapeOf(buffer), 0);
    return flat;
  }

  unpad(buffer, flat, start) {
    const given = this.#plan.buffers[buffer].shape.map((size) => (typeof size === "number" ? size : this.#sizes[size.s]));
    const data = new Float32Array(given.reduce((product, n) => product * n, 1));
    takeRows(data, given, flat, this.shapeOf(buffer), start);
    return data;
  }

  /** Numbers from the host. What only one call of a kernel reads is handed over with it. */
  *feed(buffer, data) {
    if (this.#plan.buffers[buffer].host) this.#host.set(buffer, data);
    const flat = this.pad(buffer, data);
    const size = this.textureSize(buffer);
    if (this.#isDirect(buffer)) this.#bound[buffer] = { input: input(flat, size), count: Infinity };
    else this.bind(buffer, yield* this.#device.upload(flat, size, this.lanes(buffer)));
  }

  *run(steps) {
    for (const step of steps) {
      if (step.kernel !== undefined) yield* this.#dispatch(step.kernel);
      else if (step.copy !== undefined) {
        const [from, to] = step.copy;
        const handle = this.handle(from);
        handle.count++;
        this.bind(to, handle);
      } else if (step.draw !== undefined) yield* this.feed(step.draw, step.numbers(this.#seed[0], this.#seed[1], this.#sizes, this.#axes));
      else yield* this.#loop(step);
    }
  }

  *#loop({ axis, from, to, reverse, carried, body, collects }) {
    const numbers = (buffer) => {
      if (!this.#host.has(buffer)) throw new Error("how far a loop runs depends on " + this.#plan.buffers[buffer].name + ", which the device computes where it is left out: give it");
      return this.#host.get(buffer);
    };
    const start = from(this.#sizes, this.#axes, numbers);
    const end = to(this.#sizes, this.#axes, numbers);
    const rows = collects.map(({ row }) => new Rows(this.#device, this.textureSize(row), this.lanes(row), this.#plan.limits.side));
    try {
      for (let turn = start; turn < end; turn++) {
        yield* this.turn(axis, reverse ? start + end - 1 - turn : turn, body, carried, collects, rows);
      }
      for (let i = 0; i < collects.length; i++) {
        const { row, into } = collects[i];
        this.bind(into, yield* rows[i].finish(this.textureSize(into), this.placesOf(row), reverse));
      }
    } finally {
      for (const each of rows) each.release();
    }
  }

  /** One turn of a loop. Next states are computed from all current ones before any takes its place. */
  *turn(axis, position, body, carried, collects, rows) {
    this.#axes[axis] = position;
    for (const step of body) {
      if (step.collect === undefined) yield* this.run([step]);
      else yield* rows[step.collect].push(this.handle(collects[step.collect].row));
    }
    const next = carried.map((pair) => this.handle(pair[1]));
    for (const handle of next) handle.count++;
    carried.forEach(([current], i) => this.bind(current, next[i]));
  }

  *#dispatch(index) {
    const given = this.#plan.kernels[index];
    const { into } = given;
    const form = this.#device.quads ? given.quads ?? given : given;
    if (form === "later") return;
    const { source, loads, numbers, capacities, keeps = [] } = form;
    let kernel = this.#kernels[index];
    if (kernel === undefined) {
      const constants = Object.fromEntries(capacities.map((place) => ["s" + place, this.#capacities[place]]));
      const kinds = loads.map((buffer) => (this.#isDirect(buffer) ? "i" : "t")).join("");
      // Arguments keep their sizes: textures of other sizes are for other kernels.
      const shapes = loads.map((buffer) => this.textureSize(buffer).join("x")).join();
      kernel = this.#kernels[index] = this.#device.kernel(source, this.textureSize(into), constants, kinds + shapes, keeps.length);
    }
    const args = loads.map((buffer) => {
      const handle = this.handle(buffer);
      return handle.input ?? handle.texture;
    });
    for (const number of numbers) args.push(number === "infinity" ? Infinity : number.axis === undefined ? this.#sizes[number.size] : this.#axes[number.axis]);
    if (keeps.length === 0) this.bind(into, yield* this.#device.call(kernel, args));
    else {
      const handles = yield* this.#device.callAll(kernel, args, keeps.length);
      [...keeps, into].forEach((buffer, i) => this.bind(buffer, handles[i]));
    }
  }

  /** Makes a buffer longer along its first axis: its elements stay where they are. */
  *grow(buffer, from) {
    const to = this.textureSize(buffer);
    if (to.join() === from.join() || this.handle(buffer).input !== undefined) return;
    const source = "function (a) { let value = " + noneText(this.lanes(buffer)) + "; if (this.thread.y < " + from[1] + ") { value = a[this.thread.y][this.thread.x]; } return value; }";
    this.bind(buffer, yield* this.#device.call(this.#device.kernel(source, to, {}, "grow" + from.join("x")), [this.handle(buffer).texture]));
  }

  isBound(buffer) {
    return this.#bound[buffer] !== undefined;
  }

  /** Reads buffers back, all at once. */
  *read(buffers) {
    const wanted = buffers.filter((buffer) => this.shapeOf(buffer).every((n) => n > 0));
    const parts = wanted.map((buffer) => ({ handle: this.#hostless(buffer), size: this.textureSize(buffer), lanes: this.lanes(buffer) }));
    const found = new Map();
    if (parts.length > 0) {
      const { handle, size, lanes, starts, own } = yield* packTextures(this.#device, parts);
      const flat = yield* this.#device.read(handle, size, lanes);
      if (own) this.#device.release(handle);
      wanted.forEach((buffer, i) => found.set(buffer, this.unpad(buffer, flat, starts[i])));
    }
    return buffers.map((buffer) => found.get(buffer) ?? new Float32Array(0));
  }

  #hostless(buffer) {
    const handle = this.handle(buffer);
    if (handle.input !== undefined) throw new Error("the input " + this.#plan.buffers[buffer].name + " was never put on the device");
    return handle;
  }

  /** Lets go of all textures but those that are to stay. */
  end(keep = []) {
    this.#bound.forEach((handle, buffer) => {
      if (keep.includes(buffer) || handle === undefined) return;
      this.#device.release(handle);
      this.#bound[buffer] = undefined;
    });
  }
}

/** Rows of one array to their places in another whose rows are longer. */
function moveRows(data, sizes, flat, capacities, start) {
  eachRow(sizes, capacities, (from, to, count) => {
    for (let i = 0; i < count; i++) flat[start + to + i] = data[from + i];
  });
}

function takeRows(data, sizes, flat, capacities, start) {
  eachRow(sizes, capacities, (from, to, count) => {
    for (let i = 0; i < count; i++) data[from + i] = flat[start + to + i];
  });
}

function eachRow(sizes, capacities, visit) {
  // Trailing axes that are as long in both lie together.
  let inner = sizes.length;
  let count = 1;
  while (inner > 0 && sizes[inner - 1] === capacities[inner - 1]) count *= sizes[--inner];
  if (inner > 0) count *= sizes[--inner];
  const step = capacities.slice(inner).reduce((product, n) => product * n, 1);
  const walk = (axis, from, to) => {
    if (axis === inner) {
      visit(from * count, to * step, count);
      return;
    }
    for (let i = 0; i < sizes[axis]; i++) walk(axis + 1, from * sizes[axis] + i, to * capacities[axis] + i);
  };
  walk(0, 0, 0);
}
`.trimStart();
