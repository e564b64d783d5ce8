/**
 * One case of the fuzzer: a graph, and the way that it takes through the compiler. After the graph's passes the
 * interpreter must still say the same; after the lowering and the backend, the module must, as far as float32 can.
 */
import fc from "fast-check";
import { emitJs } from "../../src/backends/js/module.js";
import { emitWasm } from "../../src/backends/wasm/module.js";
import type { TargetModel, TargetResult, TargetUnit } from "../../src/backends/target.js";
import { type ArrayValue, interpret, type OutputValue } from "../../src/ir/graph/interpret.js";
import { evaluateLength, freeNames } from "../../src/ir/graph/length.js";
import type { Graph, ValueType } from "../../src/ir/graph/node.js";
import { outputType } from "../../src/ir/graph/types.js";
import type { Program } from "../../src/ir/program/program.js";
import { batchGraph } from "../../src/passes/graph/batch.js";
import { streamDimension, streamGraph } from "../../src/passes/graph/stream.js";
import { lowerGraph, lowerStream } from "../../src/passes/lower/index.js";
import { type GraphPass, runPasses } from "../../src/passes/pass.js";
import { fixLengths } from "../../src/passes/graph/fix-lengths.js";
import { graphPasses } from "../../src/passes/pipelines.js";
import { hoist } from "../../src/passes/graph/hoist.js";
import { jsProgramPasses, plainProgramPasses, type ProgramPass, runProgramPasses, runStreamPasses, wasmProgramPasses, wasmStreamPasses, type Ways } from "../../src/passes/program/pipelines.js";
import { stripMine } from "../../src/passes/program/strip-mine.js";
import type { Diagnostic } from "../../src/support/diagnostics.js";
import { at, defined } from "../../src/support/invariant.js";
import { lengthsOf, type RandomGraph, type RandomRun, randomRun } from "../../test/random/graphs.js";
import { near } from "../../test/support/rounded.js";

/** Every pass that may run in any order and any number of times. */
const shuffled: readonly GraphPass[] = [...new Set([...graphPasses, hoist({ mode: "always" })])];

/** The targets whose modules run here. */
export type FuzzTarget = "js" | "wasm";
export const fuzzTargets: readonly FuzzTarget[] = ["js", "wasm"];

interface TargetWay {
  /**
   * They run in their order, but each of a run's may be left out, and in streams those of its name; without a plan of the arena,
   * every buffer has a place of its own.
   */
  readonly passes: Ways;
  readonly emit: (unit: TargetUnit) => TargetResult;
  /** Whether it has code for the members of a batch side by side. */
  readonly batches: boolean;
}

/** Random sequences are short. */
const shortStrips = { elements: 1, positions: 1, freeLength: 1, rows: 2 };

const jsPasses = [...new Map([...jsProgramPasses, ...plainProgramPasses].map((pass) => [pass.name, pass])).values()];
const ways: { readonly [T in FuzzTarget]: TargetWay } = {
  js: { passes: { run: jsPasses, stream: jsPasses }, emit: emitJs, batches: false },
  wasm: { passes: { run: wasmProgramPasses.map((pass) => (pass.name === "strip-mine" ? { ...pass, run: stripMine(shortStrips) } : pass)), stream: wasmStreamPasses }, emit: emitWasm, batches: true },
};

export interface Route {
  readonly target: FuzzTarget;
  /** Indices of passes, in the order in which they run. */
  readonly passes: readonly number[];
  /** Whether the lengths of the run are promised beforehand. */
  readonly fixed: boolean;
  /** Indices of passes over programs that are left out. */
  readonly without: readonly number[];
  /** Seeds of the runs that are compared. */
  readonly runs: readonly number[];
}

export interface Case {
  readonly made: RandomGraph;
  readonly route: Route;
}

export function arbitraryRoute(target: FuzzTarget): fc.Arbitrary<Route> {
  return fc.record({
    target: fc.constant(target),
    passes: fc.array(fc.nat(shuffled.length - 1), { maxLength: 8 }),
    fixed: fc.boolean(),
    without: fc.uniqueArray(fc.nat(ways[target].passes.run.length - 1)),
    runs: fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 3 }),
  });
}

/** The passes over programs that are left. */
function programPasses({ target, without }: Route, way: keyof Ways): readonly ProgramPass[] {
  const { passes } = ways[target];
  const left = new Set(without.map((index) => at(passes.run, index).name));
  return passes[way].filter(({ name }) => !left.has(name));
}

export function routeText({ target, passes, fixed, without, runs }: Route): string {
  const names = passes.map((index) => at(shuffled, index).name);
  return `${target}; passes: ${names.join(", ") || "none"}${fixed ? "; fixed lengths" : ""}; without ${without.map((index) => at(ways[target].passes.run, index).name).join(", ") || "nothing"}; runs ${runs.join(", ")}`;
}

/** Passes reassociate sums, in float64. */
const passTolerance = 1e-6;
/** Float32 has 24 bits, and a net of a few layers and steps loses some of them. */
const moduleTolerance = 2e-3;

/** @throws Error where something comes out wrong */
export async function followRoute({ made: { graph }, route }: Case): Promise<void> {
  const runs = route.runs.map((seed) => randomRun(graph, seed));
  const passes = route.passes.map((index) => at(shuffled, index));
  const after = runPasses(graph, passes, { verify: true });
  const expected = runs.map((run) => interpret(graph, run));
  for (const [index, run] of runs.entries()) compare("after the passes", interpret(after, run), at(expected, index), passTolerance);

  // With lengths that are fixed, each run needs a module of its own.
  for (const [index, run] of runs.entries()) {
    const module = await compileModule(route.fixed ? fixLengths(run.lengths).run(after) : after, route);
    const found = runModule(module, graph, run, route.fixed);
    compare("the module", found, at(expected, index), moduleTolerance);
  }
  if (ways[route.target].batches) await followBatch(graph, after, route, runs, expected);
  for (const [index, run] of runs.entries()) await followStream(graph, after, route, run, at(expected, index));
}

/** Members side by side must give what each gives alone. All have the parameters of the first. */
async function followBatch(graph: Graph, after: Graph, route: Route, runs: readonly RandomRun[], expected: readonly Readonly<Record<string, OutputValue>>[]): Promise<void> {
  const batched = batchGraph(after);
  const [first] = runs;
  if ("reasons" in batched || first === undefined) return;
  const { graph: together, members, lengths } = batched;
  const module = await importModule({ name: "model", program: lowered(after, route), batched: { program: lowered(together, route), members, lengths }, stream: { reasons: ["not asked for"] } }, route);
  const given = runs.map((run) => givenTo(graph, run));
  const results = module.load(weightsOf(first, module)).run(given.map(({ inputs }) => inputs), { lengths: given.map((each) => each.lengths) });
  for (const [index, result] of results.entries()) {
    const wanted = index === 0 ? at(expected, index) : interpret(graph, { ...at(runs, index), parameters: first.parameters });
    compare(`member ${index} of a batch`, asNumbers(result), wanted, moduleTolerance);
  }
}

/** Where the model streams, each step must give what the run gave at its position. */
async function followStream(graph: Graph, after: Graph, route: Route, run: RandomRun, expected: Readonly<Record<string, OutputValue>>): Promise<void> {
  const dim = streamDimension(after);
  const streamed = isRefused(dim) ? dim : streamGraph(after, dim);
  if (isRefused(dim) || isRefused(streamed)) return;
  const outputs = streamed.graph.outputs.filter(({ node }) => node.op === "scanOutput" && node.attributes.region.over === streamed.over);
  if (outputs.length === 0) return;
  const last = runPasses({ ...streamed.graph, outputs }, [], { verify: true });
  const stream = runStreamPasses(lowerStream(last), programPasses(route, "stream"));
  const module = await importModule({ name: "model", program: lowered(after, route), stream }, route);
  const steps = evaluateLength(dim.length, (name) => run.lengths[name] ?? 0);
  const elements = (sizes: readonly number[], axis: number, data: ArrayLike<number>, t: number): number[] => {
    const inner = sizes.slice(axis + 1).reduce((a, b) => a * b, 1);
    return Array.from(data).filter((_, place) => Math.floor(place / inner) % at(sizes, axis) === t);
  };
  const axisOf = (type: ValueType): number => type.dims.findIndex(({ name, origin }) => name === dim.name && origin.kind === "sequence");
  const [given, stepped] = [new Map<string, number[]>(), new Map<string, { readonly axis: number; readonly value: ArrayValue }>()];
  for (const { attributes } of graph.inputs) {
    const value = defined(run.inputs[attributes.name], attributes.name);
    if (stream.stepInputs.includes(attributes.name)) stepped.set(attributes.name, { axis: axisOf(attributes.type), value });
    else given.set(attributes.name, Array.from(value.data));
  }
  const known = stream.program.lengths.filter((name) => !freeNames(dim.length).has(name));
  const model = module.load(weightsOf(run, module)).stream(Object.fromEntries(given), { seed: run.seed, lengths: Object.fromEntries(known.map((name) => [name, run.lengths[name] ?? 0])) });
  for (let t = 0; t < steps; t++) {
    const found = model.step(Object.fromEntries([...stepped].map(([name, { axis, value }]) => [name, elements(value.shape, axis, value.data, t)])));
    for (const { name } of outputs) {
      const original = defined(graph.outputs.find((output) => output.name === name), name);
      const whole = defined(expected[name], name);
      const due = elements(whole.shape, axisOf(outputType(original)), whole.data, t);
      compare(`step ${t} of the stream`, { [name]: { data: Float64Array.from(defined(found[name], name)) } }, { [name]: { shape: [], data: Float64Array.from(due) } }, moduleTolerance);
    }
  }
}

function isRefused<T extends object>(result: T | readonly Diagnostic[]): result is readonly Diagnostic[] {
  return Array.isArray(result);
}

interface Module {
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  load(weights: Readonly<Record<string, Float32Array>>): {
    run(inputs: readonly object[], options: object): readonly Readonly<Record<string, ArrayLike<number>>>[];
    run(inputs: object, options: object): Readonly<Record<string, ArrayLike<number>>>;
    stream(inputs: object, options: object): { step(inputs: object): Readonly<Record<string, ArrayLike<number>>> };
  };
}

function lowered(graph: Graph, route: Route): Program {
  return runProgramPasses(lowerGraph(graph), programPasses(route, "run"));
}

async function compileModule(graph: Graph, route: Route): Promise<Module> {
  return importModule({ name: "model", program: lowered(graph, route), stream: { reasons: ["not asked for"] } }, route);
}

async function importModule(model: TargetModel, { target }: Route): Promise<Module> {
  const { files } = ways[target].emit({ models: [model], moduleName: "fuzz", stamp: { generator: "gatefold", version: "fuzz" } });
  const { text } = defined(files.find(({ path }) => path.endsWith(".js")), "the module");
  return (await import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`)) as Module;
}

/** The weights that are left in the module: a pass may have dropped what nothing needs. */
function weightsOf(run: RandomRun, { parameters }: Module): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(run.parameters).filter(([name]) => Object.hasOwn(parameters, name)).map(([name, { data }]) => [name, Float32Array.from(data)]));
}

/** What a module gets of a run; the lengths only where it has free ones. */
function givenTo(graph: Graph, run: RandomRun): { readonly inputs: Record<string, number[]>; readonly lengths: Record<string, number> } {
  const free = new Set(graph.inputs.flatMap(({ attributes }) => attributes.type.dims.flatMap(({ length }) => length.terms.flatMap(({ atom }) => (atom.kind === "free" ? [atom.name] : [])))));
  return {
    inputs: Object.fromEntries(Object.entries(run.inputs).map(([name, { data }]) => [name, Array.from(data)])),
    lengths: Object.fromEntries(Object.entries(run.lengths).filter(([name]) => free.has(name) && lengthsOf(graph).has(name))),
  };
}

function runModule(module: Module, graph: Graph, run: RandomRun, fixed: boolean): Record<string, Pick<OutputValue, "data">> {
  const { inputs, lengths } = givenTo(graph, run);
  return asNumbers(module.load(weightsOf(run, module)).run(inputs, { seed: run.seed, lengths: fixed ? {} : lengths }));
}

function asNumbers(outputs: Readonly<Record<string, ArrayLike<number>>>): Record<string, Pick<OutputValue, "data">> {
  return Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, { data: Float64Array.from(data) }]));
}

function compare(where: string, found: Readonly<Record<string, Pick<OutputValue, "data">>>, expected: Readonly<Record<string, OutputValue>>, tolerance: number): void {
  for (const [name, { data }] of Object.entries(expected)) {
    const other = found[name]?.data;
    if (other === undefined) throw new Error(`${where}: there is no output ${name}`);
    if (other.length !== data.length) throw new Error(`${where}: output ${name} has ${other.length} numbers, should have ${data.length}`);
    for (let index = 0; index < data.length; index++) {
      const [a, b] = [at(other, index), at(data, index)];
      if (!near(a, b, tolerance)) throw new Error(`${where}: output ${name}[${index}] is ${a}, should be ${b}`);
    }
  }
}
