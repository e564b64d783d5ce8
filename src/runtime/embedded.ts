/**
 * Weights that a module brings along: the numbers of all parameters, in the order of their names, as float32 in base64.
 * They go through the same checks as weights that are given.
 */
export const embeddedText = `
function unpackWeights(text, expected) {
  const characters = atob(text);
  const view = new DataView(new ArrayBuffer(characters.length));
  for (let i = 0; i < characters.length; i++) view.setUint8(i, characters.charCodeAt(i));
  const arrays = new Map();
  let position = 0;
  for (const name of Object.keys(expected).sort()) {
    const array = new Float32Array(expected[name].reduce((product, n) => product * n, 1));
    for (let i = 0; i < array.length; i++, position += 4) array[i] = view.getFloat32(position, true);
    arrays.set(name, array);
  }
  return arrays;
}
`.trimStart();
