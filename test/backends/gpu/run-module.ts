/** Runs generated GPU modules in this process, in any mode of gpu.js that runs here. */
import { createRequire } from "node:module";
import { moduleBody } from "../../../scripts/gpu/module-body.js";
import type { StreamState, Values } from "../js/run-module.js";

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

const gpuJs = createRequire(import.meta.url)("gpu.js") as { readonly GPU: { readonly isHeadlessGLSupported: boolean }; readonly Input: unknown; readonly input: unknown };

export function runGpuModule(text: string): GpuModule {
  return new Function("GPU", "Input", "input", moduleBody(text))(gpuJs.GPU, gpuJs.Input, gpuJs.input) as GpuModule;
}

/** Modes that run in Node. Headless GL needs a display: in continuous integration it must be there. */
export function nodeModes(): readonly string[] {
  const hasDisplay = process.env["DISPLAY"] !== undefined && gpuJs.GPU.isHeadlessGLSupported;
  return hasDisplay || process.env["CI"] === "true" ? ["cpu", "webasm", "headlessgl"] : ["cpu", "webasm"];
}
