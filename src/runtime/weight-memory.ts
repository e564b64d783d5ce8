/**
 * The memory of weights. A module has one set of arrays, constants of the module, which V8 then knows as it compiles. So one
 * set of weights is in place at a time: the set whose models run. Another one that was loaded before keeps its numbers
 * aside and is put in place when one of its models runs again.
 *
 * Large arrays begin at different places of their pages, or several streams of them would fall on the same sets of a cache.
 */
export const weightMemoryText = `
function weightSkew(length, index) {
  return length >= 16384 ? (index % 32) * 128 : 0;
}

function weightMemory(length, bytes, index) {
  return new ArrayBuffer(length * bytes + weightSkew(length, index));
}
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
