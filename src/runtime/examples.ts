/** What the modules of all targets do with the examples of a run, and with the states that a stream is given back. */
export const examplesText = `
/** Calls for one example, or for each member of a batch, with its lengths and its seed. */
function eachExample({ name, batch }, inputs, options, take) {
  //: fixed batch
  if (batch !== undefined && (!Array.isArray(inputs) || inputs.length !== batch)) throw new Error(name + ".run takes a batch of " + batch + " members: it was compiled for that");
  //: end
  const seed = options?.seed ?? 0;
  const lengths = options?.lengths;
  if (!Array.isArray(inputs)) return take(inputs, lengths, Array.isArray(seed) ? seed[0] : seed);
  return Array.from(inputs, (member, i) => {
    try {
      return take(member, Array.isArray(lengths) ? lengths[i] : lengths, Array.isArray(seed) ? seed[i] : seed + i);
    } catch (cause) {
      throw new Error("member " + i + ": " + cause?.message, { cause });
    }
  });
}

/** What an example gives, its lengths, and the two words of its seed. After that, whatever the caller's arrays called is over. */
function readExample(definition, inputs, lengths, seed) {
  checkSeed(seed);
  if (inputs === null || typeof inputs !== "object") throw new TypeError(definition.name + ".run takes a record of inputs by name, or an array of such records");
  const L = new Array(definition.lengths.length).fill(0);
  return { L, seed0: seed | 0, seed1: Math.floor(seed / 4294967296) | 0, read: readInputs(definition, inputs, lengths, L) };
}
`.trimStart();

export const statesText = `
function checkRecord(inputs) {
  if (!inputs || typeof inputs !== "object") throw new TypeError("a step takes a record of inputs by name");
}

/** What the first step is given, and so the others: inputs of these names. */
function checkStep(inputs, feeds) {
  for (const key in inputs) if (!feeds.some((input) => input.name === key) && Object.hasOwn(inputs, key)) throw new Error("a step takes no input " + quote(key));
}

/** What begins a stream: its lengths, the two words of its seed, and copies of its inputs, since a reset begins from what they are now. */
function readStart(name, definition, inputs, options) {
  const seed = options?.seed ?? 0;
  checkSeed(seed);
  const L = new Array(definition.lengths.length).fill(0);
  // Put together from entries: a name may be any string, "__proto__" too.
  const lengths = [...Object.entries(options?.lengths ?? {}), ...definition.fixedLengths.map((length) => [length, 0])];
  //: growing streams
  if (definition.rows !== undefined) lengths.push([definition.rows, 16]);
  //: end
  const start = readInputs({ ...definition, name: name + ".stream (step() takes more)" }, inputs ?? {}, Object.fromEntries(lengths), L).map((read) => read?.slice());
  return { L, seed0: seed | 0, seed1: Math.floor(seed / 4294967296) | 0, start };
}

/** Copies of what a saved state holds: to read it may run another stream. */
function readState(name, states, saved, L) {
  const { position, arrays } = saved ?? {};
  if (!Number.isSafeInteger(position) || position < 0 || arrays === null || typeof arrays !== "object") throw new TypeError("a state is { position, arrays }, as state() gives it");
  const faults = [];
  const copies = [];
  for (const state of states) {
    const array = ownOf(arrays, state.name);
    let size = sizeOf(state.sizes, L);
    //: growing streams
    if (state.grows) size = position * sizeOf(state.sizes.slice(1), L);
    //: end
    if (!isList(array)) faults.push(quote(state.name) + " is missing");
    else if (!isNumbers(array)) faults.push(quote(state.name) + " holds what is no number");
    //: integer states
    else if (state.element !== "float32" && !Array.from(array).every((value) => value === (value | 0))) faults.push(quote(state.name) + " holds what is no integer of 32 bits");
    //: end
    else if (array.length !== size) faults.push(quote(state.name) + " has " + array.length + " numbers, it needs " + size);
    else copies.push(Array.from(array));
  }
  for (const key of Object.keys(arrays)) if (!states.some((state) => state.name === key)) faults.push("there is no state " + quote(key));
  if (faults.length > 0) throw new Error(name + ": the state does not fit: " + faults.join("; "));
  return { position, copies };
}
`.trimStart();
