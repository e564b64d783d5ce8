/**
 * The memory of weights. A module has one set of arrays, constants of the module, which V8 then knows as it compiles. So one
 * set of weights is in place at a time: the set whose models run. Another one that was loaded before keeps its numbers
 * aside and is put in place when one of its models runs again.
 *
 * Large arrays begin at different places of their pages, or several streams of them would fall on the same sets of a cache.
 */
export const weightMemoryText = `
function weightMemory(Type, length, index) {
  const skew = length >= 512 ? (index % 32) * 128 : 0;
  return new Type(new ArrayBuffer(length * Type.BYTES_PER_ELEMENT + skew), skew, length);
}

const float64 = (length, index) => weightMemory(Float64Array, length, index);
const float32 = (length, index) => weightMemory(Float32Array, length, index);
const int32 = (length, index) => weightMemory(Int32Array, length, index);
`.trimStart();

export const weightSetText = `
let activeWeights;

class WeightSet {
  #saved;

  activate() {
    if (activeWeights === this) return;
    if (activeWeights !== undefined) activeWeights.#saved = weightArrays.map((array) => array.slice());
    if (this.#saved !== undefined) weightArrays.forEach((array, i) => array.set(this.#saved[i]));
    this.#saved = undefined;
    activeWeights = this;
  }
}
`.trimStart();
