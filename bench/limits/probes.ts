/**
 * What WebAssembly reaches on this machine, measured with loops that do one thing: read, read and multiply-add, multiply-add
 * alone, and a sigmoid. They are hand-written, 128 bits wide, without relaxed operations, as our generated code is.
 */
import wabt from "wabt";

export interface Probes {
  /** Sums so many bytes from the start of memory; a multiple of 128. */
  read(bytes: number): number;
  /** The same, each number times another: what a product of a matrix and a vector does with its weights. */
  readMultiplyAdd(bytes: number): number;
  /** So many turns in which 12 vectors are multiplied and added to: 96 operations. */
  multiplyAdd(turns: number): number;
  /** The sigmoid of so many numbers (a multiple of 16), from the start of memory to behind them. */
  activate(count: number): number;
}

const eight = [0, 1, 2, 3, 4, 5, 6, 7] as const;
/** Enough for a product and a sum of four cycles each, two a cycle; and registers are left for what is read. */
const twelve = [...eight, 8, 9, 10, 11] as const;

const declare = (lanes: readonly number[]): string => lanes.map((i) => `(local $s${i} v128)`).join(" ");
const total = (lanes: readonly number[]): string => `(f32x4.extract_lane 0 ${lanes.map((i) => `(local.get $s${i})`).reduce((sum, lane) => `(f32x4.add ${sum} ${lane})`)})`;

function loop(counter: string, step: number, body: string): string {
  return `(loop $again ${body} (local.set $at (i32.add (local.get $at) (i32.const ${step}))) (br_if $again (i32.lt_u (local.get $at) (local.get ${counter}))))`;
}

const load = (i: number): string => `(v128.load offset=${16 * i} (local.get $at))`;
const add = (i: number, value: string): string => `(local.set $s${i} (f32x4.add (local.get $s${i}) ${value}))`;
const splat = (value: number): string => `(f32x4.splat (f32.const ${value}))`;

/**
 * Leaves 1 / (1 + exp(-x)) in `${z}t`. exp(-x) is 2^n 2^f with |f| <= 1/2: n is added to the exponent's bits, 2^f is a
 * polynomial of degree 5 (error 1e-7).
 */
function sigmoidOf(x: string, z: string): string {
  const polynomial = coefficients.map((_, i) => `(local.get $c${i})`).reduce((sum, c) => `(f32x4.add (f32x4.mul ${sum} (local.get ${z}f)) ${c})`);
  return `
    (local.set ${z}t (f32x4.mul (f32x4.pmax (local.get $low) (f32x4.pmin (local.get $high) ${x})) (local.get $scale)))
    (local.set ${z} (f32x4.add (local.get ${z}t) (local.get $magic)))
    (local.set ${z}f (f32x4.sub (local.get ${z}t) (f32x4.sub (local.get ${z}) (local.get $magic))))
    (local.set ${z}t (i32x4.add ${polynomial} (i32x4.shl (local.get ${z}) (i32.const 23))))
    (local.set ${z}t (f32x4.div (local.get $one) (f32x4.add (local.get $one) (local.get ${z}t))))`;
}

const coefficients = [0.0013333558, 0.0096181291, 0.0555041087, 0.240226507, 0.6931471806, 1] as const;
const constants: Readonly<Record<string, number>> = {
  one: 1,
  high: 80,
  low: -80,
  scale: -Math.LOG2E,
  /** Adding it rounds to a whole number, which stands in the low bits. */
  magic: 1.5 * 2 ** 23,
  ...Object.fromEntries(coefficients.map((c, i) => [`c${i}`, c])),
};
/** Side by side: an engine mixes what stands between two stores, so that the operations of one fill the waits of another. */
const vectors = [0, 1, 2, 3] as const;

function text(pages: number): string {
  const locals = Object.keys(constants).map((name) => `(local $${name} v128)`).join(" ");
  const set = Object.entries(constants).map(([name, value]) => `(local.set $${name} ${splat(value)})`).join(" ");
  const stores = vectors.map((i) => `(v128.store offset=${16 * i} (i32.add (local.get $at) (local.get $bytes)) (local.get $z${i}t))`);
  const activations = [...vectors.map((i) => sigmoidOf(load(i), `$z${i}`)), ...stores].join("\n");
  return `(module
    (memory (export "memory") ${pages})
    (func (export "read") (param $bytes i32) (result f32) (local $at i32) ${declare(eight)}
      ${loop("$bytes", 128, eight.map((i) => add(i, load(i))).join(" "))} ${total(eight)})
    (func (export "readMultiplyAdd") (param $bytes i32) (result f32) (local $at i32) (local $x v128) ${declare(eight)}
      (local.set $x ${splat(0.5)})
      ${loop("$bytes", 128, eight.map((i) => add(i, `(f32x4.mul ${load(i)} (local.get $x))`)).join(" "))} ${total(eight)})
    (func (export "multiplyAdd") (param $turns i32) (result f32) (local $at i32) (local $x v128) (local $y v128) ${declare(twelve)}
      (local.set $x ${splat(0.5)}) (local.set $y (v128.load (i32.const 0)))
      ${loop("$turns", 1, twelve.map((i) => `(local.set $s${i} (f32x4.add (f32x4.mul (local.get $s${i}) (local.get $x)) (local.get $y)))`).join(" "))} ${total(twelve)})
    (func (export "activate") (param $count i32) (result f32) (local $at i32) (local $bytes i32) ${locals}
      ${vectors.map((i) => `(local $z${i} v128) (local $z${i}t v128) (local $z${i}f v128)`).join(" ")}
      ${set} (local.set $bytes (i32.mul (local.get $count) (i32.const 4)))
      ${loop("$bytes", 16 * vectors.length, activations)} (f32.load (local.get $bytes)))
  )`;
}

/** Probes with a memory of so many bytes, filled with small numbers. */
export async function makeProbes(bytes: number): Promise<Probes> {
  const { parseWat } = await wabt();
  const { buffer } = parseWat("probes.wat", text(Math.ceil(bytes / 65536) + 1)).toBinary({});
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(buffer as BufferSource));
  const probes = exports as unknown as Probes & { readonly memory: WebAssembly.Memory };
  const numbers = new Float32Array(probes.memory.buffer);
  for (let i = 0; i < numbers.length; i++) numbers[i] = ((i * 7919) % 1000) / 1000 - 0.5;
  return probes;
}
