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

/** Flattens rows: the sizes that the nesting shows (none for a flat array), and the numbers. An array may hold itself. */
function flatten(value, label, depth) {
  const shape = [];
  let data = value;
  while (Array.isArray(data) && data.length > 0 && isList(data[0])) {
    const width = data[0].length;
    if (shape.length > depth) throw new Error(label + " is nested more than " + depth + " deep");
    if (!(data.length * width < 4294967296)) throw new Error(label + " has more numbers than an array can hold");
    if (shape.length === 0) shape.push(data.length);
    shape.push(width);
    const next = [];
    for (const row of data) {
      if (!isList(row) || row.length !== width) throw new Error(label + " has rows of different lengths");
      for (let i = 0; i < width; i++) next.push(row[i]);
    }
    data = next;
  }
  return { shape, data };
}

/** Names of others, in messages. */
const quote = (name) => JSON.stringify(name);

/** What a record has itself: it may be called as what every object has. */
const ownOf = (record, name) => (Object.hasOwn(record, name) ? record[name] : undefined);

/** Fills L with the lengths of this run and gives the numbers of each input; undefined where it was left out. */
function readInputs({ name: modelName, lengths, inputs: wanted }, inputs, given, L) {
  /** Which input told each length. */
  const known = [];
  const toldBy = (size) => known[lengths.indexOf(size)];
  const valueOf = (size) => (typeof size === "number" ? size : typeof size === "string" ? L[lengths.indexOf(size)] : size(L));
  const learn = (name, length, label) => {
    const i = lengths.indexOf(name);
    if (known[i] === undefined) {
      known[i] = label;
      L[i] = length;
    } else if (L[i] !== length) {
      throw new Error(quote(name) + " is " + L[i] + " in " + known[i] + ", but " + length + " in " + label);
    }
  };
  for (const [name, length] of Object.entries(given ?? {})) {
    if (!lengths.includes(name)) throw new Error(modelName + " has no free length " + quote(name) + (lengths.length > 0 ? "; it has " + lengths.join(", ") : ""));
    if (!Number.isSafeInteger(length) || length < 0) throw new Error("the length " + quote(name) + " is " + length + ", it must be a whole number from 0");
    learn(name, length, "options.lengths");
  }
  const faults = [];
  for (const name of Object.keys(inputs)) {
    if (!wanted.some((input) => input.name === name)) faults.push("there is no input " + quote(name));
  }
  const read = wanted.map((input) => {
    const label = "input " + quote(input.name);
    const value = ownOf(inputs, input.name);
    if (value === undefined) {
      if (!input.optional) faults.push(label + " is missing; it is " + shapeText(input));
    } else if (typeof value === "number" || typeof value === "boolean") return { label, input, shape: [], data: [value] };
    else if (isList(value)) return { label, input, ...flatten(value, label, input.sizes.length) };
    else faults.push(label + " is neither a number nor an array of numbers");
  });
  if (faults.length > 0) throw new Error(modelName + ": " + faults.join("; "));
  // What nesting and known lengths show comes first; then a flat array may have one length that is not known yet.
  const pending = read.filter((each) => each !== undefined);
  for (const { label, input, shape } of pending) {
    const { sizes } = input;
    if (shape.length > 0 && shape.length !== sizes.length && !(shape.length === sizes.length + 1 && shape[sizes.length] === 1)) throw new Error(label + " is nested " + shape.length + " deep, it is " + shapeText(input));
    sizes.forEach((size, i) => {
      if (i < shape.length && typeof size === "string") learn(size, shape[i], label);
    });
  }
  for (let progress = true; progress; ) {
    progress = false;
    for (const { label, input, data } of pending) {
      const { sizes } = input;
      const open = sizes.filter((size) => typeof size === "string" && toldBy(size) === undefined);
      if (open.length !== 1 || sizes.some((size) => typeof size === "function")) continue;
      const rest = sizeOf(sizes.filter((size) => size !== open[0]).map(valueOf));
      if (rest === 0) continue;
      if (data.length % rest !== 0) throw new Error(label + " has " + data.length + " numbers, which is no multiple of " + rest + "; it is " + shapeText(input));
      learn(open[0], data.length / rest, label);
      progress = true;
    }
  }
  const unknown = lengths.filter((name) => toldBy(name) === undefined);
  if (unknown.length > 0) throw new Error(modelName + ": the inputs do not tell the length " + unknown.map(quote).join(", ") + "; give rows instead of a flat array, or { lengths: { ... } } as an option");
  for (const { label, input, shape, data } of pending) {
    const sizes = input.sizes.map(valueOf);
    if (data.length !== sizeOf(sizes) || (shape.length > 0 && sizes.some((size, i) => size !== shape[i]))) {
      const got = shape.length === 0 ? data.length + " numbers" : "the shape [" + shape.join(", ") + "]";
      const because = input.sizes.filter((size) => typeof size === "string" && toldBy(size) !== label).map((size) => quote(size) + " is " + valueOf(size) + " in " + toldBy(size));
      throw new Error(label + " has " + got + ", it is " + shapeText(input) + (input.sizes.every((size) => typeof size === "number") ? "" : ", here [" + sizes.join(", ") + "]") + (because.length > 0 ? ": " + because.join(", ") : ""));
    }
  }
  return read.map((each) => (each === undefined ? each : numbersOf(each.label, each.input, each.data)));
}

/** The numbers, checked. Each is read once: an array may be anything that gives another value when it is asked again. */
function numbersOf(label, input, data) {
  //: integers
  const { element, classes } = input;
  if (element !== "float32") {
    const integers = new Int32Array(data.length);
    for (let i = 0; i < integers.length; i++) {
      const given = data[i];
      const value = typeof given === "boolean" ? Number(given) : given;
      if (!Number.isInteger(value) || value !== (value | 0)) throw new Error(label + ": element " + i + " is " + String(given) + ", not an integer");
      if (classes !== undefined && (value < 0 || value >= classes)) throw new Error(label + ": element " + i + " is " + value + ", outside 0 to " + (classes - 1));
      integers[i] = value;
    }
    return integers;
  }
  //: end
  if (ArrayBuffer.isView(data)) return data;
  const reals = new Float64Array(data.length);
  for (let i = 0; i < reals.length; i++) {
    const value = data[i];
    if (typeof value !== "number") throw new Error(label + ": element " + i + " is not a number");
    reals[i] = value;
  }
  return reals;
}
`.trimStart();
