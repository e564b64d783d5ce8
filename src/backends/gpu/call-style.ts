/** The `.d.ts` of a GPU module, where it differs: promises, the choice of a mode, and what runs. */
import type { CallStyle } from "../declarations.js";

const common = `
/** A backend of gpu.js. */
export type GpuMode = "headlessgl" | "webgl2" | "webgl" | "webgpu" | "webasm" | "cpu";

export interface LoadOptions {
  /** By default headless GL, WebGL 2 or WebGL, whichever runs. */
  readonly mode?: GpuMode;
  /** True: where the mode does not run, another one may; \`device\` tells which. By default that is an error. */
  readonly fallback?: boolean;
  /** For gpu.js: the context or canvas to run in. */
  readonly context?: unknown;
  readonly canvas?: unknown;
}

/** What runs, and what has passed between it and the host since the model was loaded. */
export interface DeviceDescription {
  readonly mode: GpuMode;
  readonly kernelClass: string;
  readonly fallbackReason: string | null;
  readonly dispatches: number;
  readonly readBacks: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly liveTextures: number;
}
`.trimStart();

export const gpuCallStyle: CallStyle = {
  common,
  promises: true,
  members: ["  /** What truly runs. */", "  readonly device: DeviceDescription;", "  /** Frees what the model holds on the device; models of one `load` share it. */", "  dispose(): Promise<void>;"],
  streamMembers: ["  /** Frees what the stream holds on the device. */", "  dispose(): void;"],
  stepResult: "The next step. Steps that are not awaited run one after another.",
};
