/**
 * The device of a generated GPU module: one gpu.js instance, the kernels that were compiled for it, and what passes between
 * it and the host. It says which backend of gpu.js truly runs. A backend that gives up does so quietly in gpu.js, by handing
 * its work to the CPU; here that is an error, unless it was allowed.
 *
 * A texture belongs to nobody in particular: a handle counts who uses it, and the last one deletes it.
 */
export const deviceText = `
/** All kernels are of this kind: what they put out stays on the device, and no later call overwrites it. */
const kernelSettings = { pipeline: true, immutable: true, precision: "single" };

/** Modes whose textures have four numbers a place. */
const quadModes = ["headlessgl", "webgl2", "webgl"];

const gpuModes = ["headlessgl", "webgl2", "webgl", "webgpu", "webasm", "cpu"];

/**
 * How kernels read a place of four numbers, as settings of gpu.js. What it makes of \`texture[y][x]\` counts through the
 * texture and divides by its width, twice, which takes a device longer than to read the place; y and x are known here.
 * WebGL 2 has another name for the function that reads.
 */
function quadSettings(mode) {
  const read = mode === "webgl2" ? "texture" : "texture2D";
  const source = "vec4 quadAt(sampler2D places, ivec2 size, ivec3 elements, int y, int x) { return " + read + "(places, (vec2(float(x), float(y)) + 0.5) / vec2(float(size.x), float(size.y))); }";
  return { nativeFunctions: [{ name: "quadAt", source, settings: {}, argumentTypes: ["ArrayTexture(4)", "Integer", "Integer"], returnType: "Array(4)" }] };
}

class Device {
  dispatches = 0;
  readBacks = 0;
  bytesUp = 0;
  bytesDown = 0;
  liveTextures = 0;
  #gpu;
  #kernels = new Map();
  #mode;
  #allowFallback;
  #seen;
  #fallback;

  constructor(options) {
    const { mode, fallback = false, strict, ...others } = options ?? {};
    const unknown = Object.keys(others).filter((name) => name !== "context" && name !== "canvas");
    if (unknown.length > 0) throw new Error("load has no option " + unknown.join(", ") + "; it has mode, fallback, strict, context, canvas");
    if (mode !== undefined && !gpuModes.includes(mode)) throw new Error("there is no mode " + JSON.stringify(mode) + "; there are " + gpuModes.join(", "));
    this.#allowFallback = fallback === true;
    this.#gpu = this.#create(mode, others);
    this.#mode = this.#gpu.mode;
  }

  #create(mode, others) {
    const attempt = (each) => new GPU(each === undefined ? others : { ...others, mode: each });
    try {
      if (mode !== undefined) return attempt(mode);
      for (const each of ["headlessgl", "webgl2", "webgl"]) {
        try {
          return attempt(each);
        } catch {
          // The next one may do.
        }
      }
      throw new Error("neither WebGL nor headless GL is to be had");
    } catch (error) {
      if (!this.#allowFallback) throw new Error("the GPU mode " + JSON.stringify(mode ?? "webgl2 or headlessgl") + " does not run here: " + error.message + "; choose another mode, or allow { fallback: true }");
      this.#fallback = error.message;
      for (const each of ["webasm", "cpu"]) {
        try {
          return attempt(each);
        } catch (next) {
          this.#fallback += "; " + next.message;
        }
      }
      throw new Error("no mode of gpu.js runs here: " + this.#fallback);
    }
  }

  /**
   * Most textures that one call of a joining kernel takes. WebGPU binds 8 buffers, one of which is the result. WebGL has 16
   * units at least, and gpu.js makes new textures in the last of them, over whatever was bound there.
   */
  get arity() {
    return this.#mode === "webgpu" ? 7 : 12;
  }

  /** Whether kernels may use all four numbers of a place. Where another mode may run in the end they may not. */
  get quads() {
    return quadModes.includes(this.#mode) && !this.#allowFallback;
  }

  /** What runs, as told by what ran last. */
  describe() {
    const seen = this.#seen;
    const fallen = seen !== undefined && seen.constructor !== this.#gpu.Kernel;
    return Object.freeze({
      mode: fallen ? "cpu" : this.#mode,
      kernelClass: (seen?.constructor ?? this.#gpu.Kernel)?.name,
      fallbackReason: seen?.fallbackReason ?? this.#fallback ?? null,
      dispatches: this.dispatches, readBacks: this.readBacks, bytesUp: this.bytesUp, bytesDown: this.bytesDown, liveTextures: this.liveTextures,
    });
  }

  /** The compiled kernel of a source, a size and constants. It calls so many functions that keep a place. */
  kernel(source, output, constants, kinds = "", keeps = 0) {
    const key = output.join() + " " + JSON.stringify(constants) + kinds + source;
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      const settings = { ...kernelSettings, ...(source.includes("quadAt(") ? quadSettings(this.#mode) : {}), output, constants, loopMaxIterations: 16777216 };
      const kept = Array.from({ length: keeps }, (_, i) => "function keep" + i + "(a, b, c, d) { return [a, b, c, d]; }");
      kernel = keeps === 0 ? this.#gpu.createKernel(source, settings) : this.#gpu.createKernelMap(kept, source, settings);
      this.#kernels.set(key, kernel);
    }
    return kernel;
  }

  /** Runs a kernel: yields what gpu.js gives, which may be a promise, and gives the handle of what it put out. */
  *call(kernel, args) {
    const texture = yield* this.#run(kernel, args);
    this.liveTextures++;
    return { texture, count: 1 };
  }

  /** The same for a kernel that keeps places: the handles of these, and of what it returned. */
  *callAll(kernel, args, keeps) {
    const textures = yield* this.#run(kernel, args);
    this.liveTextures += keeps + 1;
    return [...Array.from({ length: keeps }, (_, i) => textures[i]), textures.result].map((texture) => ({ texture, count: 1 }));
  }

  *#run(kernel, args) {
    this.dispatches++;
    for (const arg of args) if (arg instanceof Input) this.bytesUp += 4 * arg.value.length;
    const result = yield kernel(...args);
    this.#check(kernel);
    return result;
  }

  /** Whether it ran where it was asked to. */
  #check(shortcut) {
    const kernel = shortcut.kernel;
    this.#seen = kernel;
    if (kernel.constructor === this.#gpu.Kernel || this.#allowFallback) return;
    throw new Error("gpu.js fell back from " + this.#mode + " to " + kernel.constructor.name + (kernel.fallbackReason ? ": " + kernel.fallbackReason : "") + "; choose another mode, or allow { fallback: true }");
  }

  release(handle) {
    if (handle === undefined || --handle.count > 0) return;
    this.liveTextures--;
    handle.texture?.delete?.();
  }

  /** @param lanes numbers that a place of the texture has */
  *upload(data, [width, height], lanes) {
    const places = ["x", "x + 1", "x + 2", "x + 3"].slice(0, lanes).map((x) => "a[this.thread.y][" + x + "]");
    const source = "function (a) { const x = this.thread.x * " + lanes + "; return " + valueText(places) + "; }";
    return yield* this.call(this.kernel(source, [width, height], {}, "upload"), [input(data, [width * lanes, height])]);
  }

  /** All elements of a texture, row by row. */
  *read(handle, [width, height], lanes) {
    this.readBacks++;
    const { texture } = handle;
    const rows = yield typeof texture.toArray === "function" ? texture.toArray() : texture;
    const flat = new Float32Array(width * height * lanes);
    for (let y = 0; y < height; y++) {
      if (lanes === 1) flat.set(rows[y], y * width);
      else for (let x = 0; x < width; x++) flat.set(rows[y][x], (y * width + x) * lanes);
    }
    this.bytesDown += flat.byteLength;
    return flat;
  }

  destroy() {
    this.#kernels.clear();
    return this.#gpu.destroy();
  }
}

/** What a kernel returns: one number, or all of a place. */
function valueText(values) {
  return values.length === 1 ? values[0] : "[" + values.join(", ") + "]";
}

/** Drives what yields promises. */
async function drive(steps) {
  let value;
  for (;;) {
    const next = steps.next(value);
    if (next.done) return next.value;
    const given = next.value;
    // Awaiting what is no promise would cost a turn of the event loop's queue for each kernel.
    try {
      value = given !== null && typeof given === "object" && typeof given.then === "function" ? await given : given;
    } catch (error) {
      steps.throw(error);
      throw error;
    }
  }
}
`.trimStart();
