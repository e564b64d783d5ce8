/** Rearranges weights: from PyTorch's order of gates to ONNX's, and matrices to their transposes. */

/** Blocks of rows of one size in another order. */
export function blocks(data: Float32Array, order: readonly number[]): Float32Array {
  const size = data.length / order.length;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => result.set(data.subarray(from * size, (from + 1) * size), to * size));
  return result;
}

export function transposed(data: Float32Array, columns: number): Float32Array {
  const rowCount = data.length / columns;
  return Float32Array.from(data, (_, i) => data[(i % rowCount) * columns + Math.floor(i / rowCount)] ?? Number.NaN);
}

/** The columns of a matrix from one up to another. */
export function columnRange(data: Float32Array, columns: number, from: number, to: number): Float32Array {
  const width = to - from;
  return Float32Array.from({ length: (data.length / columns) * width }, (_, i) => data[Math.floor(i / width) * columns + from + (i % width)] ?? Number.NaN);
}

export function concatenated(...parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** source W^T + b, row by row. */
export function affine(source: Float32Array, weights: Float32Array, bias: Float32Array, columns: number): Float32Array {
  return Float32Array.from({ length: (source.length / columns) * bias.length }, (_, i) => {
    const [row, j] = [Math.floor(i / bias.length), i % bias.length];
    let sum = bias[j] ?? 0;
    for (let k = 0; k < columns; k++) sum += (source[row * columns + k] ?? 0) * (weights[j * columns + k] ?? 0);
    return sum;
  });
}
