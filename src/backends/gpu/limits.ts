/**
 * What devices can do, as far as one module is to run on all of them. WebGL 2 lets a shader read 16 textures, and most
 * software and hardware makes them 8192 wide and high; WebGPU binds 8 storage buffers without being asked for more, one of
 * which takes the result. Numbers are float32 everywhere: whole ones are exact up to 2^24, so places within a buffer end there.
 */
export interface GpuLimits {
  /** Buffers that a kernel reads. */
  readonly loads: number;
  /** Width and height of a texture. */
  readonly side: number;
  /** How wide textures are made whose last axis does not fit, or is known only when the model runs: a power of two. */
  readonly foldedWidth: number;
  /** Elements of a buffer. */
  readonly elements: number;
  /** In GL, where a kernel may have several results: buffers that it reads then, and results. */
  readonly gl: { readonly loads: number; readonly stores: number };
}

export const gpuLimits: GpuLimits = { loads: 7, side: 8192, foldedWidth: 1024, elements: 2 ** 24, gl: { loads: 12, stores: 4 } };
