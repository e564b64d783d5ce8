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

/** Fills L with the lengths of this run and gives the numbers of each input; undefined where it was left out. */
function readInputs(model, inputs, given, L) {
  const known = model.lengths.map(() => undefined);
  const learn = (name, length, label) => {
    const i = model.lengths.indexOf(name);
    if (known[i] === undefined) {
      known[i] = label;
      L[i] = length;
    } else if (L[i] !== length) {
      throw new Error(JSON.stringify(name) + " is " + L[i] + " in " + known[i] + ", but " + length + " in " + label);
    }
  };
  for (const [name, length] of Object.entries(given ?? {})) {
    if (!model.lengths.includes(name)) throw new Error(model.name + " has no free length " + JSON.stringify(name) + (model.lengths.length > 0 ? "; it has " + model.lengths.join(", ") : ""));
    if (!Number.isSafeInteger(length) || length < 0) throw new Error("the length " + JSON.stringify(name) + " is " + length + ", it must be a whole number from 0");
    learn(name, length, "options.lengths");
  }
  const faults = [];
  for (const name of Object.keys(inputs)) {
    if (!model.inputs.some((input) => input.name === name)) faults.push("there is no input " + JSON.stringify(name));
  }
  const read = model.inputs.map((input) => {
    const label = "input " + JSON.stringify(input.name);
    const value = Object.hasOwn(inputs, input.name) ? inputs[input.name] : undefined;
    if (value === undefined) {
      if (!input.optional) faults.push(label + " is missing; it is " + shapeText(input));
      return undefined;
    }
    if (typeof value === "number" || typeof value === "boolean") return { label, input, shape: [], data: [value] };
    if (!isList(value)) {
      faults.push(label + " is neither a number nor an array of numbers");
      return undefined;
    }
    return { label, input, ...flatten(value, label, input.sizes.length) };
  });
  if (faults.length > 0) throw new Error(model.name + ": " + faults.join("; "));
  // What nesting and known lengths show comes first; then a flat array may have one length that is not known yet.
  const pending = read.filter((each) => each !== undefined);
  for (const { label, input, shape } of pending) {
    const sizes = input.sizes;
    if (shape.length > 0 && shape.length !== sizes.length && !(shape.length === sizes.length + 1 && shape[sizes.length] === 1)) throw new Error(label + " is nested " + shape.length + " deep, it is " + shapeText(input));
    sizes.forEach((size, i) => {
      if (i < shape.length && typeof size === "string") learn(size, shape[i], label);
    });
  }
  for (let progress = true; progress; ) {
    progress = false;
    for (const { label, input, data } of pending) {
      const open = [...new Set(input.sizes.filter((size) => typeof size === "string" && known[model.lengths.indexOf(size)] === undefined))];
      if (open.length !== 1 || input.sizes.filter((size) => size === open[0]).length !== 1) continue;
      let rest = 1;
      let derived = false;
      for (const size of input.sizes) {
        if (typeof size === "function") derived = true;
        else if (size !== open[0]) rest *= typeof size === "number" ? size : L[model.lengths.indexOf(size)];
      }
      if (derived || rest === 0) continue;
      if (data.length % rest !== 0) throw new Error(label + " has " + data.length + " numbers, which is no multiple of " + rest + "; it is " + shapeText(input));
      learn(open[0], data.length / rest, label);
      progress = true;
    }
  }
  const unknown = model.lengths.filter((_, i) => known[i] === undefined);
  if (unknown.length > 0) throw new Error(model.name + ": the inputs do not tell the length " + unknown.map((name) => JSON.stringify(name)).join(", ") + "; give rows instead of a flat array, or { lengths: { ... } } as an option");
  for (const { label, input, shape, data } of pending) {
    const sizes = input.sizes.map((size) => (typeof size === "number" ? size : typeof size === "string" ? L[model.lengths.indexOf(size)] : size(L)));
    const count = sizes.reduce((product, n) => product * n, 1);
    const nested = shape.length === 0 || sizes.every((size, i) => size === shape[i]);
    if (data.length !== count || !nested) {
      const got = shape.length === 0 ? data.length + " numbers" : "the shape [" + shape.join(", ") + "]";
      const origins = input.sizes.filter((size) => typeof size === "string" && known[model.lengths.indexOf(size)] !== label);
      const because = origins.map((size) => JSON.stringify(size) + " is " + L[model.lengths.indexOf(size)] + " in " + known[model.lengths.indexOf(size)]);
      throw new Error(label + " has " + got + ", it is " + shapeText(input) + (input.sizes.every((size) => typeof size === "number") ? "" : ", here [" + sizes.join(", ") + "]") + (because.length > 0 ? ": " + because.join(", ") : ""));
    }
  }
  for (const each of pending) each.data = numbersOf(each.label, each.input, each.data);
  return read;
}

/** The numbers, checked. Each is read once: an array may be anything that gives another value when it is asked again. */
function numbersOf(label, input, data) {
  const { element, classes } = input;
  if (element === "float32") {
    if (ArrayBuffer.isView(data)) return data;
    const reals = new Float64Array(data.length);
    for (let i = 0; i < reals.length; i++) {
      const value = data[i];
      if (typeof value !== "number") throw new Error(label + ": element " + i + " is not a number");
      reals[i] = value;
    }
    return reals;
  }
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
`.trimStart();
