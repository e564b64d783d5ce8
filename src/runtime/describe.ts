/** What every model of a module needs: sizes of values, what it says of its inputs and outputs, and what a seed may be. */
export const describeText = `
function sizeOf(sizes, L) {
  return sizes.reduce((product, size) => product * (typeof size === "number" ? size : size(L)), 1);
}

function describe(values) {
  return Object.freeze(Object.fromEntries(values.map((value) => {
    const text = { dims: value.dims, shape: value.shape, element: value.element };
    //: integers
    if (value.classes !== undefined) text.classes = value.classes;
    //: end
    //: optional
    if (value.optional) text.optional = true;
    //: end
    return [value.name, Object.freeze(text)];
  })));
}

function checkSeed(seed) {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError("a seed is a whole number from 0 to 2^53-1, this is " + String(seed));
}
`.trimStart();
