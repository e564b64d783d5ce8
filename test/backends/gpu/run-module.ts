/** Runs generated GPU modules in this process, in any mode of gpu.js that runs here. */
import { createRequire } from "node:module";
import { emitGpu, type GpuOptions } from "../../../src/backends/gpu/module.js";
import type { TargetModel } from "../../../src/backends/target.js";
import { collectedRow } from "../../../src/passes/program/collect-rows.js";
import { testStamp, type StreamState, type Values } from "../js/run-module.js";

export interface DeviceDescription {
  readonly mode: string;
  readonly kernelClass: string;
  readonly fallbackReason: string | null;
  readonly dispatches: number;
  readonly readBacks: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly liveTextures: number;
}

export interface GpuStream {
  step(inputs?: Record<string, unknown>): Promise<Values>;
  state(): Promise<StreamState>;
  setState(state: unknown): Promise<void>;
  reset(): Promise<void>;
  dispose(): void;
  readonly position: number;
}

export interface GpuModel {
  readonly name: string;
  readonly device: DeviceDescription;
  readonly inputs: Record<string, { readonly shape: readonly (number | string)[] }>;
  readonly outputs: Record<string, { readonly shape: readonly (number | string)[] }>;
  run(inputs: Record<string, unknown>, options?: unknown): Promise<Values>;
  run(inputs: readonly Record<string, unknown>[], options?: unknown): Promise<Values[]>;
  stream(inputs?: Record<string, unknown>, options?: unknown): Promise<GpuStream>;
  dispose(): Promise<void>;
}

export interface GpuModule {
  readonly parameters: Record<string, readonly number[]>;
  load(weights: unknown, options?: { readonly mode?: string; readonly fallback?: boolean; readonly strict?: boolean }): Promise<GpuModel & Record<string, GpuModel>>;
}

export function emitGpuModels(models: readonly TargetModel[], options: Partial<GpuOptions> = {}): string {
  const file = emitGpu({ models, moduleName: "test", stamp: testStamp }, { collected: collectedRow, ...options }).files.find(({ path }) => path === "test.js");
  if (file === undefined) throw new Error("no module was made");
  return file.text;
}

const gpuJs = createRequire(import.meta.url)("gpu.js") as { readonly GPU: { readonly isHeadlessGLSupported: boolean }; readonly Input: unknown; readonly input: unknown };

/** A module's one import is handed over as arguments. */
export function runGpuModule(text: string): GpuModule {
  const body = text.replace(/^import .*$/m, "").replace(/^export (const|function|async function)/gm, "$1");
  return new Function("GPU", "Input", "input", `"use strict";\n${body}\nreturn { load, parameters, stamp };`)(gpuJs.GPU, gpuJs.Input, gpuJs.input) as GpuModule;
}

/** Modes that run in Node. Headless GL needs a display: in continuous integration it must be there. */
export function nodeModes(): readonly string[] {
  const hasDisplay = process.env["DISPLAY"] !== undefined && gpuJs.GPU.isHeadlessGLSupported;
  return hasDisplay || process.env["CI"] === "true" ? ["cpu", "webasm", "headlessgl"] : ["cpu", "webasm"];
}
