/**
 * Reading inputs: the lengths of a run are inferred from them and checked against each other, integers against their
 * ranges. An input is flat (a typed array or an array of numbers, row-major) or an array of rows.
 */
export const inputsText = `
function shapeText(input) {
  return "[" + input.sizes.map((size, i) => (typeof size === "function" ? input.shape[i] : size)).join(", ") + "]";
}

function isList(value) {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView || value instanceof BigInt64Array || value instanceof BigUint64Array));
}

/** Not \`every\`, which passes over holes. */
function isNumbers(list) {
  for (let i = 0; i < list.length; i++) if (typeof list[i] !== "number") return false;
  return true;
}

/** Names of others, in messages. */
const quote = (name) => JSON.stringify(name);

/** What told a length: an input, or an option, which has no name. */
const labelOf = ({ name }) => (name === undefined ? "options.lengths" : "input " + quote(name));

/** Flattens rows: the sizes that the nesting shows (none for a flat array), and the numbers. An array may hold itself. */
function flatten(value, input) {
  const shape = [];
  let data = value;
  while (Array.isArray(data) && data.length > 0 && isList(data[0])) {
    const width = data[0].length;
    const depth = input.sizes.length;
    if (shape.length > depth) throw new Error(labelOf(input) + " is nested more than " + depth + " deep");
    if (!(data.length * width < 4294967296)) throw new Error(labelOf(input) + " has more numbers than an array can hold");
    if (shape.length === 0) shape.push(data.length);
    shape.push(width);
    const next = [];
    for (const row of data) {
      if (!isList(row) || row.length !== width) throw new Error(labelOf(input) + " has rows of different lengths");
      for (let i = 0; i < width; i++) next.push(row[i]);
    }
    data = next;
  }
  return { input, shape, data };
}

/** What a record has itself: it may be called as what every object has. */
const ownOf = (record, name) => (Object.hasOwn(record, name) ? record[name] : undefined);

/** Fills L with the lengths of this run and gives the numbers of each input; undefined where it was left out. */
function readInputs({ name: modelName, lengths, inputs: wanted }, inputs, given, L) {
  /** What told each length. */
  const known = [];
  const isOpen = (size) => typeof size === "string" && known[lengths.indexOf(size)] === undefined;
  const valueOf = (size) => (typeof size === "number" ? size : typeof size === "string" ? L[lengths.indexOf(size)] : size(L));
  const learn = (name, length, input) => {
    const i = lengths.indexOf(name);
    if (known[i] === undefined) {
      known[i] = input;
      L[i] = length;
    } else if (L[i] !== length) {
      throw new Error(quote(name) + " is " + L[i] + " in " + labelOf(known[i]) + ", but " + length + " in " + labelOf(input));
    }
  };
  for (const name of Object.keys(given ?? {})) {
    const length = given[name];
    if (!lengths.includes(name)) throw new Error(modelName + " has no free length " + quote(name) + (lengths.length > 0 ? "; it has " + lengths.join(", ") : ""));
    if (!Number.isSafeInteger(length) || length < 0) throw new Error("the length " + quote(name) + " is " + length + ", it must be a whole number from 0");
    learn(name, length, {});
  }
  const faults = [];
  for (const name of Object.keys(inputs)) {
    if (!wanted.some((input) => input.name === name)) faults.push("there is no input " + quote(name));
  }
  const read = wanted.map((input) => {
    const value = ownOf(inputs, input.name);
    if (isList(value)) return flatten(value, input);
    if (typeof value === "number" || typeof value === "boolean") return { input, shape: [], data: [value] };
    if (value !== undefined) faults.push(labelOf(input) + " is neither a number nor an array of numbers");
    else if (!input.optional) faults.push(labelOf(input) + " is missing; it is " + shapeText(input));
  });
  if (faults.length > 0) throw new Error(modelName + ": " + faults.join("; "));
  // What nesting and known lengths show comes first; then a flat array may have one length that is not known yet.
  const pending = read.filter((each) => each !== undefined);
  for (const { input, shape } of pending) {
    const { sizes } = input;
    if (shape.length === 0) continue;
    if (shape.length !== sizes.length && !(shape.length === sizes.length + 1 && shape[sizes.length] === 1)) throw new Error(labelOf(input) + " is nested " + shape.length + " deep, it is " + shapeText(input));
    sizes.forEach((size, i) => {
      if (typeof size === "string") learn(size, shape[i], input);
    });
  }
  for (let progress = true; ; ) {
    const unknown = lengths.filter(isOpen);
    if (unknown.length === 0) break;
    if (!progress) throw new Error(modelName + ": the inputs do not tell the length " + unknown.map(quote).join(", ") + "; give rows instead of a flat array, or { lengths: { ... } } as an option");
    progress = false;
    for (const { input, data } of pending) {
      const { sizes } = input;
      const open = sizes.filter(isOpen);
      if (open.length !== 1 || sizes.some((size) => typeof size === "function")) continue;
      const rest = sizeOf(sizes.filter((size) => size !== open[0]).map(valueOf));
      if (rest === 0) continue;
      if (data.length % rest !== 0) throw new Error(labelOf(input) + " has " + data.length + " numbers, which is no multiple of " + rest + "; it is " + shapeText(input));
      learn(open[0], data.length / rest, input);
      progress = true;
    }
  }
  for (const { input, shape, data } of pending) {
    const sizes = input.sizes.map(valueOf);
    if (data.length !== sizeOf(sizes) || (shape.length > 0 && sizes.some((size, i) => size !== shape[i]))) {
      const got = shape.length === 0 ? data.length + " numbers" : "the shape [" + shape.join(", ") + "]";
      const because = input.sizes.filter((size) => typeof size === "string" && known[lengths.indexOf(size)] !== input).map((size) => quote(size) + " is " + valueOf(size) + " in " + labelOf(known[lengths.indexOf(size)]));
      throw new Error(labelOf(input) + " has " + got + ", it is " + shapeText(input) + (input.sizes.every((size) => typeof size === "number") ? "" : ", here [" + sizes.join(", ") + "]") + (because.length > 0 ? ": " + because.join(", ") : ""));
    }
  }
  return read.map((each) => (each === undefined ? each : numbersOf(each.input, each.data)));
}

/** The numbers, checked. Each is read once: an array may be anything that gives another value when it is asked again. */
function numbersOf(input, data) {
  //: integers
  const { element, classes } = input;
  if (element !== "float32") {
    const integers = new Int32Array(data.length);
    for (let i = 0; i < integers.length; i++) {
      const given = data[i];
      const value = typeof given === "boolean" ? Number(given) : given;
      if (!Number.isInteger(value) || value !== (value | 0)) throw new Error(labelOf(input) + ": element " + i + " is " + String(given) + ", not an integer");
      if (classes !== undefined && (value < 0 || value >= classes)) throw new Error(labelOf(input) + ": element " + i + " is " + value + ", outside 0 to " + (classes - 1));
      integers[i] = value;
    }
    return integers;
  }
  //: end
  if (ArrayBuffer.isView(data)) return data;
  const reals = new Float64Array(data.length);
  for (let i = 0; i < reals.length; i++) {
    const value = data[i];
    if (typeof value !== "number") throw new Error(labelOf(input) + ": element " + i + " is not a number");
    reals[i] = value;
  }
  return reals;
}
`.trimStart();
