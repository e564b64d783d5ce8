/** Weights that become integers: an infinity among them, or a NaN, has none that it could become, so it is refused by name. */
export const finiteText = `
function checkFinite(arrays, names) {
  const faults = names.flatMap((name) => {
    const at = arrays[name].findIndex((value) => !Number.isFinite(value));
    return at < 0 ? [] : [JSON.stringify(name) + ": element " + at + " is " + arrays[name][at] + ", which cannot be quantised"];
  });
  if (faults.length > 0) throw new Error("the weights do not fit:\\n  " + faults.join("\\n  "));
}
`.trimStart();
