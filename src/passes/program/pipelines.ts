/**
 * The passes over programs, in the order in which they run, for each target. Each takes a program and gives a program.
 */
import { sameLength } from "../../ir/graph/length.js";
import type { Program, StreamProgram } from "../../ir/program/program.js";
import { invariant } from "../../support/invariant.js";
import { dropDeadStores } from "./drop-dead-stores.js";
import { bundleKernels, bundleWeights } from "./bundle.js";
import { collectRows } from "./collect-rows.js";
import { constantsAtLoad } from "./constants-at-load.js";
import { drawsApart } from "./draws-apart.js";
import { joinProducts } from "./join-products.js";
import { limitLoads } from "./limit-loads.js";
import { loopRows } from "./loop-rows.js";
import { packVectors } from "./pack-vectors.js";
import { packWeights } from "./pack-weights.js";
import { pairVectors } from "./pair-vectors.js";
import { planBuffers, planStream } from "./plan-buffers.js";
import { quantise, type QuantiseOptions } from "./quantise.js";
import { singleStores } from "./single-store.js";
import { splitChains } from "./split-chains.js";
import { splitProducts } from "./split-products.js";
import { splitRanges } from "./split-ranges.js";
import { splitSums } from "./split-sums.js";
import { stripMine } from "./strip-mine.js";
import { stackKernels } from "./stack-kernels.js";
import { statesInPlace } from "./states-in-place.js";
import { sumsInLanes } from "./sums-in-lanes.js";
import { wholeStores } from "./whole-stores.js";

export interface ProgramPass {
  readonly name: string;
  readonly run: (program: Program) => Program;
  /** It takes loops as they will run: steps that are to be written out are so by then. */
  readonly afterUnrolling?: true;
}

/** The passes of each of the two ways of running. */
export interface Ways {
  readonly run: readonly ProgramPass[];
  readonly stream: readonly ProgramPass[];
}

/**
 * For JavaScript, by what bench/KERNELS.md measured: at most eight streams of weights and eight sums in a loop where each
 * array is small, six sums where it is larger, and four streams where it outgrows the second-level cache with the others.
 */
const jsLanes = (arrays: number, sums: number, elements: number): number => {
  const bytes = elements * 8;
  const [streams, most] = bytes <= 64 * 1024 ? [8, 8] : bytes <= 128 * 1024 ? [8, 6] : [4, 6];
  const lanes = Math.floor(Math.min(streams / Math.max(1, arrays), most / Math.max(1, sums)));
  return Math.max(1, Math.min(lanes, 6));
};

const plan: ProgramPass = { name: "plan-buffers", run: planBuffers, afterUnrolling: true };

export const jsProgramPasses: readonly ProgramPass[] = [
  { name: "drop-dead-stores", run: dropDeadStores },
  { name: "loop-rows", run: loopRows() },
  { name: "split-products", run: splitProducts({ sums: 8 }) },
  { name: "states-in-place", run: statesInPlace },
  { name: "join-products", run: joinProducts({ sums: 4, elements: 8192 }) },
  { name: "pack-weights", run: packWeights({ lanes: jsLanes }) },
  plan,
];

/** Biases and the like are copied when weights are loaded, up to 16 KiB each; larger ones would be in memory twice. */
const stacked: ProgramPass = { name: "stack-kernels", run: stackKernels({ copied: 4096 }), afterUnrolling: true };

const strips: ProgramPass = { name: "strip-mine", run: stripMine({ elements: 65536, positions: 128, freeLength: 32, rows: 4 }), afterUnrolling: true };

/** For WebAssembly: eight vectors of sums in a loop, or two of each of four rows. */
export const wasmProgramPasses: readonly ProgramPass[] = wasmPasses([], [strips]);

/** The same for a stream: its loop is driven from outside, a turn a call, and stays as it is. */
export const wasmStreamPasses: readonly ProgramPass[] = wasmPasses([], []);

/** Both with products of integers. */
export function quantisedWasmPasses(options: QuantiseOptions): Ways {
  const ofProducts: ProgramPass = { name: "quantise", run: quantise(options) };
  return { run: wasmPasses([ofProducts], [strips]), stream: wasmPasses([ofProducts], []) };
}

function wasmPasses(ofProducts: readonly ProgramPass[], ofSequences: readonly ProgramPass[]): readonly ProgramPass[] {
  return [
    { name: "drop-dead-stores", run: dropDeadStores },
    { name: "split-products", run: splitProducts({ sums: 8, free: true }) },
    { name: "split-sums", run: splitSums() },
    { name: "split-ranges", run: splitRanges() },
    { name: "split-chains", run: splitChains() },
    ...ofProducts,
    { name: "states-in-place", run: statesInPlace },
    { name: "pack-vectors", run: packVectors({ width: 4, vectors: 8, pairs: 4, rows: 4 }) },
    { name: "sums-in-lanes", run: sumsInLanes({ lanes: 16, shortest: 64 }) },
    { name: "pair-vectors", run: pairVectors({ width: 4, most: 6 }) },
    ...ofSequences,
    stacked,
    plan,
  ];
}

/** What WebGPU lets a kernel read without being asked for more, and how high textures are everywhere. */
const gpuBundles = { loads: 7, rows: 8192 };

/** For kernels that put out one texture each, and cannot draw; memory is the device's business. */
export const gpuProgramPasses: readonly ProgramPass[] = gpuPasses(true);

/** The same for a stream, whose caller drives the loop. */
export const gpuStreamPasses: readonly ProgramPass[] = gpuPasses(false);

function gpuPasses(ahead: boolean): readonly ProgramPass[] {
  return [
    { name: "draws-apart", run: drawsApart({ ahead }) },
    { name: "single-stores", run: singleStores },
    { name: "collect-rows", run: collectRows },
    { name: "whole-stores", run: wholeStores },
    { name: "constants-at-load", run: constantsAtLoad },
    { name: "bundle-kernels", run: bundleKernels(gpuBundles) },
    { name: "bundle-weights", run: bundleWeights(gpuBundles) },
    { name: "limit-loads", run: limitLoads(gpuBundles) },
  ];
}

/** Without what makes it fast. */
export const plainProgramPasses: readonly ProgramPass[] = [plan];

export function runProgramPasses(program: Program, passes: readonly ProgramPass[], onPass?: (pass: string, program: Program) => void): Program {
  let current = program;
  for (const { name, run } of passes) {
    current = run(current);
    onPass?.(name, current);
  }
  return current;
}

/** The same for a stream: its loop stays the last instruction, driven from outside. */
export function runStreamPasses(stream: StreamProgram, passes: readonly ProgramPass[], onPass?: (pass: string, program: Program) => void): StreamProgram {
  const program = runProgramPasses(stream.program, passes, onPass);
  const loop = program.body.at(-1);
  invariant(loop?.op === "loop" && sameLength(loop.axis.extent.length, stream.loop.axis.extent.length) && loop.carried.length === stream.loop.carried.length, "the program of a stream ends with its loop");
  const passed = { ...stream, program, loop };
  return program.arena === undefined ? passed : planStream(passed);
}
