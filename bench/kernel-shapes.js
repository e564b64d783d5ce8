// Shapes of the fused product y = W v in plain JavaScript. A candidate is
// printed as source and made with `new Function`, so that each one has its own
// feedback and its own optimised code.
//   node kernel-shapes.js [hidden=128] [gates=4]     all shapes, fastest first

/**
 * @typedef {object} Shape
 * @property {number} N      outputs of one gate
 * @property {number} K      inputs
 * @property {number} G      gates
 * @property {number} [V]    units at a time
 * @property {number} [U]    values of k at a time (must divide K)
 * @property {number} [A]    sums kept for one output (1, or 2 with U even)
 * @property {"one"|"gate"|"lane"|"split"} [arrays]
 *   one: a single array, [unit/V][k][gate][V]; gate: an array a gate, V rows of it at once;
 *   lane: an array for each gate and each of the V units; split: the same, and for each of the U values of k
 * @property {"f64"|"f32"} [weights]
 * @property {"wide"|"f32"} [vector]  copied to a Float64Array first, or read as it is
 * @property {"local"|"closure"|"param"|"this"} [form]
 *   local: constants of the enclosing function, copied to locals first; closure: the same, not copied
 * @property {"index"|"pointer"|"or"} [address]  computed; a running pointer; computed with `| 0`
 * @property {boolean} [first]  a weight is read before the vector, so that the check of its index comes first
 * @property {boolean} [left]   the vector's element stands on the left of the product
 * @property {boolean} [tree]   with U even and A = 1: products are added in pairs before they are added to the sum
 * @property {boolean} [fround]
 * @property {boolean} [second]   measure the second instance of the factory
 * @property {boolean} [buffers]  a buffer for each array, not one for all
 */

/** @param {Shape} o */
export function makeShape(o) {
  const { N, K, G } = o;
  const { V = 1, U = 1, A = 1, arrays = "lane", weights = "f64", vector = "wide", form = "local", address = "index" } = o;
  if (K % U) throw new RangeError("U must divide K");
  const lanes = G * V, blocks = Math.ceil(N / V), split = arrays === "split";
  const count = { one: 1, gate: G, lane: lanes, split: lanes * U }[arrays];
  const rowLength = split ? K / U : K;
  const length = blocks * rowLength * (arrays === "one" ? lanes : arrays === "gate" ? V : 1);
  const plus = (a, c) => (c === 0 ? a : `${a} + ${c}`);
  const index = (a, c) => (address === "or" ? `(${plus(a, c)}) | 0` : plus(a, c));
  const sum = (l, u) => `${"ab"[u % A]}${l}`;
  const round = (e) => (o.fround ? `Math.fround(${e})` : e);

  const W = Array.from({ length: count }, (_, i) => `w${i}_`);
  const X = split && vector === "wide" ? Array.from({ length: U }, (_, u) => `x${u}_`) : ["X"];
  const all = [...W, "Y", "H", ...X];
  const source = [];
  const print = (line) => source.push(line);
  if (form === "local") print(`const ${all.map((n) => `${n} = ${n}0`).join(", ")};`);
  if (form === "this") print(`const { ${all.join(", ")} } = this;`);
  if (vector === "wide") {
    if (split) print(`for (let k = 0; k < ${K / U}; k++) { ${X.map((n, u) => `${n}[k] = H[${plus(`k * ${U}`, u)}];`).join(" ")} }`);
    else print(`for (let k = 0; k < ${K}; k++) X[k] = H[k];`);
  }
  const read = (u) => (split ? (vector === "wide" ? `${X[u]}[k]` : `H[${plus(`k * ${U}`, u)}]`) : `${vector === "wide" ? "X" : "H"}[${index("k", u)}]`);
  if (address === "pointer") print("let q = 0;");
  print(`for (let j = 0; j < ${blocks}; j++) {`);
  const sums = [];
  for (let a = 0; a < A; a++) for (let l = 0; l < lanes; l++) sums.push(`${sum(l, a)} = 0`);
  print(`  let ${sums.join(", ")};`);
  const block = length / blocks, stride = arrays === "one" ? lanes : 1;
  if (address !== "pointer") print(`  const base = j * ${block};`);
  print(`  for (let k = 0; k < ${rowLength}; k += ${split ? 1 : U}) {`);
  if (address !== "pointer") print(`    const q = base + k${stride === 1 ? "" : ` * ${stride}`};`);
  if (o.first) print(`    const f = w0_[${plus("q", 0)}];`);
  for (let u = 0; u < U; u++) print(`    const x${u} = ${read(u)};`);
  const pending = new Map();
  for (let v = 0; v < (arrays === "gate" ? V : 1); v++) {
    for (let u = 0; u < U; u++) {
      const offset = arrays === "gate" ? v * K + u : arrays === "lane" ? u : 0;
      const at = offset === 0 ? "q" : `q${v}_${u}`;
      if (offset !== 0) print(`    const ${at} = ${index("q", offset)};`);
      for (let i = 0; i < (arrays === "gate" ? G : lanes); i++) {
        const l = arrays === "gate" ? i * V + v : i;
        const w = o.first && u === 0 && v === 0 && i === 0 ? "f" : arrays === "one" ? `w0_[${index("q", u * lanes + i)}]` : `w${split ? u * lanes + i : i}_[${at}]`;
        if (o.tree) {
          const pair = pending.get(l);
          if (pair === undefined) pending.set(l, `${w} * x${u}`);
          else {
            print(`    ${sum(l, 0)} += ${pair} + ${w} * x${u};`);
            pending.delete(l);
          }
        } else print(`    ${sum(l, u)} = ${round(`${sum(l, u)} + ${round(o.left ? `x${u} * ${w}` : `${w} * x${u}`)}`)};`);
      }
    }
  }
  if (address === "pointer") print(`    q += ${(split ? 1 : U) * stride};`);
  print("  }");
  if (address === "pointer" && arrays === "gate" && V > 1) print(`  q += ${(V - 1) * K};`);
  for (let l = 0; l < lanes; l++) print(`  Y[${plus(`j * ${lanes}`, l)}] = ${Array.from({ length: A }, (_, a) => sum(l, a)).join(" + ")};`);
  print("}");
  const body = `"use strict";\n${source.join("\n")}`;

  const type = weights === "f64" ? "Float64Array" : "Float32Array", bytes = weights === "f64" ? 8 : 4;
  const s = form === "local" ? "0" : "";
  const setup = `const buffer = new ArrayBuffer(${o.buffers ? 0 : count * (length + 16) * bytes});
const Ws = Array.from({ length: ${count} }, (_, i) => ${o.buffers ? `new ${type}(${length})` : `new ${type}(buffer, i * ${(length + 16) * bytes}, ${length})`});
const ${W.map((n, i) => `${n}${s} = Ws[${i}]`).join(", ")};
const Y${s} = new Float32Array(${blocks * lanes}), H${s} = new Float32Array(${K}), ${X.map((n) => `${n}${s} = new Float64Array(${split ? K / U : K})`).join(", ")};
const env = { Ws, Y: Y${s}, H: H${s} };`;
  const run = {
    local: `env.run = function run() {${body}};`,
    closure: `env.run = function run() {${body}};`,
    param: `function kernel(${all.join(", ")}) {${body}}\nenv.run = function run() { kernel(${all.join(", ")}); };`,
    this: `class Model { constructor() { Object.assign(this, { ${all.join(", ")} }); }\nrun() {${body.replace(`"use strict";`, "")}} }\nconst m = new Model();\nenv.run = () => m.run();`,
  }[form];
  const factory = new Function(`${setup}\n${run}\nreturn env;`);
  let env = factory();
  if (o.second) {
    for (let i = 0; i < 20; i++) env.run();
    env = factory();
  }
  const each = (visit) => {
    for (let b = 0; b < blocks; b++) for (let l = 0; l < lanes; l++) {
      const g = Math.floor(l / V), unit = b * V + (l % V);
      if (unit < N) visit(b, l, g, unit);
    }
  };
  return {
    source: body, run: env.run, flops: 2 * N * K * G,
    load(dense, vec) {
      each((b, l, g, unit) => {
        for (let k = 0; k < K; k++) {
          const w = dense[(g * N + unit) * K + k];
          if (arrays === "one") env.Ws[0][(b * K + k) * lanes + l] = w;
          else if (arrays === "gate") env.Ws[g][unit * K + k] = w;
          else if (arrays === "lane") env.Ws[l][b * K + k] = w;
          else env.Ws[(k % U) * lanes + l][b * rowLength + Math.floor(k / U)] = w;
        }
      });
      env.H.set(vec);
    },
    result() {
      const y = new Float64Array(N * G);
      each((b, l, g, unit) => { y[g * N + unit] = env.Y[b * lanes + l]; });
      return y;
    },
  };
}

export const label = ({ N, K, G, ...o }) => Object.entries(o).map(([k, v]) => (v === true ? k : `${k}=${v}`)).join(" ");

/** In ms: what other processes take of the processor does not count. */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Rates of several shapes of one problem in GFLOP/s, rounds interleaved, medians.
 * A rival { name, run, flops } runs in the same rounds; every result then has
 * its share: the median over the rounds of the rival's rate over its own.
 */
export function race(shapes, { rounds = 11, slice = 2, rival } = {}) {
  const { N, K, G } = shapes[0];
  const dense = Float32Array.from({ length: N * G * K }, () => Math.random() - 0.5);
  const vec = Float32Array.from({ length: K }, () => Math.random() - 0.5);
  const want = Float64Array.from({ length: N * G }, (_, r) => vec.reduce((s, x, k) => s + x * dense[r * K + k], 0));
  const list = shapes.map((shape) => ({ shape, m: makeShape(shape), times: [], n: 1 }));
  for (const c of list) c.m.load(dense, vec);
  if (rival) list.push({ shape: { rival: rival.name }, m: { ...rival, result: () => want }, times: [], n: 1 });
  for (const c of list) {
    const end = processorTime() + 40;
    while (processorTime() < end) for (let i = 0; i < 20; i++) c.m.run();
    if (c.m.result().some((v, i) => !(Math.abs(v - want[i]) < 1e-4))) throw new Error(`wrong result: ${label(c.shape)}`);
    const t = processorTime();
    let n = 0;
    for (; processorTime() - t < 5; n += 10) for (let i = 0; i < 10; i++) c.m.run();
    c.n = Math.max(2, Math.round(n * slice / 5));
  }
  for (let r = 0; r < rounds; r++) {
    for (const c of list) {
      const { run } = c.m;
      run(); // brings its weights back into the caches
      const t = processorTime();
      for (let i = 0; i < c.n; i++) run();
      c.times.push((processorTime() - t) / c.n);
    }
  }
  const median = (a) => a.sort((x, y) => x - y)[a.length >> 1];
  const theirs = rival && list[list.length - 1].times.map((t) => rival.flops / t);
  return list.map(({ shape, m, times }) => {
    const rates = times.map((t) => m.flops / t);
    const share = theirs && median(rates.map((r, i) => theirs[i] / r));
    return { shape, name: label(shape), gflops: median(rates) / 1e6, share };
  });
}

/** The shapes that came out on top somewhere. */
export function candidates(N, K, G) {
  const list = G === 1 ? [{ V: 4 }, { V: 6 }, { V: 8 }, { V: 4, U: 2, arrays: "split" }] : [
    { V: 1, U: 1 }, { V: 1, U: 2 }, { V: 1, U: 2, A: 2 }, { V: 2 }, { V: 2, arrays: "gate" },
    { U: 2, arrays: "split" }, { U: 2, A: 2, arrays: "split" }, { U: 2, arrays: "split", tree: true },
    { V: 1, first: true }, { V: 2, first: true }, { U: 2, arrays: "split", tree: true, first: true },
  ];
  return list.filter((o) => K % (o.U ?? 1) === 0)
    .flatMap((o) => [{ N, K, G, ...o }, { N, K, G, ...o, buffers: true }])
    .filter((o) => o.buffers || o.arrays !== "gate");
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const H = Number(process.argv[2] ?? 128), G = Number(process.argv[3] ?? 4);
  const problem = G === 1 ? { N: 65, K: H, G } : { N: H, K: H, G };
  const list = [];
  for (const weights of ["f64", "f32"]) {
    for (const c of candidates(problem.N, problem.K, G)) list.push({ ...c, weights });
    const V = G === 1 ? 4 : 1;
    for (const o of [
      { arrays: "one" }, { arrays: "one", U: 2 }, { arrays: "one", U: 4 }, { arrays: "one", V: 2 * V }, { arrays: "one", V: 4 * V },
      { arrays: "one", address: "pointer" }, { arrays: "one", address: "or" }, { arrays: "one", form: "closure" },
      { arrays: "one", form: "param" }, { arrays: "one", form: "this" }, { arrays: "one", vector: "f32" },
      { arrays: "one", second: true }, { arrays: "one", U: 4, second: true }, { arrays: "one", V: 2 * V, second: true },
      { form: "closure" }, { form: "param" }, { form: "this" }, { vector: "f32" }, { U: 4 }, { second: true }, { U: 4, second: true },
      { arrays: "one", fround: true }, { address: "pointer" },
    ]) list.push({ ...problem, V, ...o, weights });
  }
  for (const r of race(list).sort((a, b) => b.gflops - a.gflops)) console.log(r.gflops.toFixed(2).padStart(6), r.name);
}
