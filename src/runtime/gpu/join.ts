/**
 * Joining textures. A loop leaves a texture for each of its steps, and a kernel reads only so many: so many rows become one
 * texture as they come, so many of these one more, and at the end what is left becomes the whole sequence. Every texture is
 * its places row-major, cut at its width, so that rows below each other are places one after another; a place has one number
 * or four, in all rows the same.
 *
 * `packs` puts what a run gives back into one texture, so that it is read back at once.
 */
export const joinText = `
/** The value of a place where nothing is. */
function noneText(lanes) {
  return valueText(new Array(lanes).fill("0.0"));
}

/** \`if\`s that read place (y, x) of the texture that is number s. */
function chooseText(count) {
  let text = "";
  for (let i = 0; i < count; i++) text += (i === 0 ? "" : " else ") + (i === count - 1 && i > 0 ? "" : "if (s < " + (i + 0.5) + ") ") + "{ value = t" + i + "[y][x]; }";
  return text;
}

function textureNames(count) {
  return Array.from({ length: count }, (_, i) => "t" + i).join(", ");
}

class Rows {
  #device;
  #size;
  #lanes;
  #side;
  /** By level, pieces of as many rows as a kernel reads textures, to the power of the level. */
  #levels = [];
  #count = 0;

  /** @param size width and height of the texture of one row, each place of which has so many numbers; none may be longer than a side */
  constructor(device, size, lanes, side) {
    this.#device = device;
    this.#size = size;
    this.#lanes = lanes;
    this.#side = side;
  }

  *push(handle) {
    handle.count++;
    this.#count++;
    yield* this.#add(0, handle);
  }

  *#add(level, handle) {
    const pieces = (this.#levels[level] ??= []);
    // Room is made only when it is needed, so that what is left at the end is never more than one kernel reads.
    if (pieces.length === this.#device.arity) yield* this.#close(level);
    this.#levels[level].push(handle);
  }

  /** The pieces of a level become one of the next; what is missing stands for rows that do not exist. */
  *#close(level) {
    const { arity } = this.#device;
    const pieces = this.#levels[level];
    const size = this.#sizeOf(level + 1);
    const source = "function (" + textureNames(arity) + ") { const i = this.thread.y * " + size[0] + " + this.thread.x; const s = Math.floor((i + 0.5) / " + this.#places(level) + "); const place = i - s * " + this.#places(level) + "; " + this.#chosen(level) + " return value; }";
    const made = yield* this.#device.call(this.#device.kernel(source, size, {}), padded(pieces, arity));
    for (const piece of pieces) this.#device.release(piece);
    this.#levels[level] = [];
    yield* this.#add(level + 1, made);
  }

  /** The value at a place of the piece that is number s. */
  #chosen(level) {
    const [width] = this.#sizeOf(level);
    return "const y = Math.floor((place + 0.5) / " + width + "); const x = place - y * " + width + "; let value = " + noneText(this.#lanes) + "; " + chooseText(this.#device.arity);
  }

  /** Places of a piece, and the size of its texture. */
  #places(level) {
    return this.#size[0] * this.#size[1] * this.#device.arity ** level;
  }

  #sizeOf(level) {
    let [width] = this.#size;
    while (this.#places(level) > width * this.#side) width *= 2;
    return [width, Math.ceil(this.#places(level) / width)];
  }

  /** The whole sequence, in a texture of the given size, in which a row takes so many places. */
  *finish(size, elements, reverse) {
    const device = this.#device;
    const { arity } = device;
    if (this.#count === 0) return yield* device.upload(new Float32Array(size[0] * size[1] * this.#lanes), size, this.#lanes);
    let level = 0;
    while (this.#levels.slice(level + 1).some((pieces) => pieces.length > 0)) {
      if (this.#levels[level].length > 0) yield* this.#close(level);
      level++;
    }
    const pieces = this.#levels[level];
    const head = size[0] === elements
      ? "const r = this.thread.y; const e = this.thread.x;"
      : "const i = this.thread.y * " + size[0] + " + this.thread.x; const r0 = Math.floor(i / " + elements + "); const e0 = i - r0 * " + elements + "; let r = r0; let e = e0; if (e0 < 0) { r = r0 - 1; e = e0 + " + elements + "; } if (e0 >= " + elements + ") { r = r0 + 1; e = e0 - " + elements + "; }";
    const rows = arity ** level;
    const row = this.#size[0] * this.#size[1];
    const source = "function (" + textureNames(arity) + ", count) { " + head + " let result = " + noneText(this.#lanes) + "; if (r < count) { " + (reverse ? "const u = count - 1 - r; " : "const u = r; ") + "const s = Math.floor((u + 0.5) / " + rows + "); const place = (u - s * " + rows + ") * " + row + " + e; " + this.#chosen(level) + " result = value; } return result; }";
    const made = yield* device.call(device.kernel(source, size, {}), [...padded(pieces, arity), this.#count]);
    for (const piece of pieces) device.release(piece);
    this.#levels = [];
    return made;
  }

  /** Lets go of what was pushed, where a run ends early. */
  release() {
    for (const pieces of this.#levels) for (const piece of pieces) this.#device.release(piece);
    this.#levels = [];
  }
}

function padded(pieces, count) {
  const last = pieces[pieces.length - 1];
  return Array.from({ length: count }, (_, i) => (pieces[i] ?? last).texture);
}

/**
 * Joins textures one after another; gives the texture, its size, and where each of them begins. The handles stay theirs.
 * Where places have four numbers in one of them, they have in what they become.
 */
function* packTextures(device, parts) {
  if (parts.length === 1) return { ...parts[0], starts: [0], own: false };
  const groups = [];
  for (let i = 0; i < parts.length; i += device.arity) groups.push(parts.slice(i, i + device.arity));
  const made = [];
  for (const group of groups) made.push(yield* packGroup(device, group));
  if (made.length === 1) return made[0];
  const all = yield* packTextures(device, made);
  for (const each of made) device.release(each.handle);
  return { ...all, starts: made.flatMap(({ starts }, i) => starts.map((start) => start + all.starts[i])) };
}

function* packGroup(device, parts) {
  const lanes = Math.max(...parts.map((part) => part.lanes));
  const starts = [];
  let total = 0;
  for (const { size, lanes: own } of parts) {
    starts.push(total);
    total += Math.ceil((size[0] * size[1] * own) / lanes);
  }
  const width = Math.min(1024, total);
  const size = [width, Math.ceil(total / width)];
  // Place (e) of what they become is one of the part's, or so many of them one after another.
  const at = (i, place, w) => {
    const y = "Math.floor((" + place + " + 0.5) / " + w + ")";
    return "t" + i + "[" + y + "][" + place + " - " + y + " * " + w + "]";
  };
  const choices = parts.map(({ size: [w], lanes: own }, i) => {
    const test = i === parts.length - 1 ? "" : "if (i < " + (starts[i + 1] - 0.5) + ") ";
    const local = "const e" + i + " = i - " + starts[i] + ";";
    const value = own === lanes ? at(i, "e" + i, w) : valueText(Array.from({ length: lanes }, (_, k) => at(i, "(e" + i + " * " + lanes + " + " + k + ")", w)));
    return (i === 0 ? "" : " else ") + test + "{ " + local + " value = " + value + "; }";
  });
  const source = "function (" + textureNames(parts.length) + ") { const i = this.thread.y * " + width + " + this.thread.x; let value = " + noneText(lanes) + "; if (i < " + (total - 0.5) + ") { " + choices.join("") + " } return value; }";
  const handle = yield* device.call(device.kernel(source, size, {}), parts.map((part) => part.handle.texture));
  return { handle, size, lanes, starts: starts.map((start) => start * lanes), own: true };
}
`.trimStart();
