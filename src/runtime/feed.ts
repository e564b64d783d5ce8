/** How the inputs of a step are checked and taken over, without allocating. */
export const feedText = `
function feedReals(F, offset, count, value, name) {
  if (typeof value === "number") {
    if (count !== 1) feedFault(name, value, count);
    F[offset] = value;
    return;
  }
  if (value?.length !== count) feedFault(name, value, count);
  for (let i = 0; i < count; i++) {
    const x = value[i];
    if (typeof x !== "number") feedFault(name, value, count);
    F[offset + i] = x;
  }
}

//: integers
function feedIntegers(I, offset, count, value, low, high, name) {
  if (typeof value === "number" || typeof value === "boolean") {
    if (count !== 1) feedFault(name, value, count);
    I[offset] = feedInteger(value, low, high, name);
    return;
  }
  if (value?.length !== count) feedFault(name, value, count);
  for (let i = 0; i < count; i++) I[offset + i] = feedInteger(value[i], low, high, name);
}

function feedInteger(given, low, high, name) {
  const x = typeof given === "boolean" ? Number(given) : given;
  if (typeof x !== "number" || x !== (x | 0) || x < low || x > high) throw new Error("input " + quote(name) + " is " + String(x) + ", it must be an integer from " + low + " to " + high);
  return x;
}
//: end

function feedFault(name, value, count) {
  const given = value === undefined ? "is missing" : typeof value === "number" ? "is one number" : value !== null && typeof value === "object" ? (value.length === count ? "holds what is no number" : "has " + value.length + " numbers") : "is " + String(value);
  throw new Error("input " + quote(name) + " " + given + "; a step takes " + (count === 1 ? "one number" : count + " numbers, flat"));
}
`.trimStart();
