/**
 * Where buffers lie whose sizes are known only when the model runs. The rule is that of the compiler's planner
 * (src/ir/program/place-slots.ts), and a test holds one against the other.
 */
export const placeText = `
function placeSlots(sizes, from, to, offsets) {
  const orders = [
    (a, b) => sizes[b] - sizes[a],
    (a, b) => sizes[b] * (to[b] - from[b] + 1) - sizes[a] * (to[a] - from[a] + 1),
    (a, b) => to[b] - from[b] - (to[a] - from[a]) || sizes[b] - sizes[a],
    (a, b) => from[a] - from[b] || sizes[b] - sizes[a],
  ];
  const slots = sizes.map((_, slot) => slot);
  const enough = 1.1 * Math.max(0, ...slots.map((i) => slots.reduce((live, j) => (from[j] <= from[i] && from[i] <= to[j] ? live + sizes[j] : live), 0)));
  let best = slots.length === 0 ? 0 : Infinity;
  for (const order of orders) {
    let sequence = slots.slice().sort((a, b) => order(a, b) || a - b);
    for (let round = 0; round <= (slots.length > 256 ? 0 : 16) && best > enough; round++) {
      const { found, total } = firstFit(sizes, from, to, sequence);
      if (total < best) {
        best = total;
        for (const i of slots) offsets[i] = found[i];
      }
      const last = sequence.filter((i) => found[i] + sizes[i] === total);
      sequence = last.concat(sequence.filter((i) => !last.includes(i)));
    }
  }
  return best;
}

function firstFit(sizes, from, to, sequence) {
  const found = new Array(sizes.length).fill(0);
  const placed = [];
  let total = 0;
  for (const i of sequence) {
    const alive = placed.filter((j) => from[j] <= to[i] && from[i] <= to[j]).sort((a, b) => found[a] - found[b]);
    let offset = 0;
    for (const j of alive) {
      if (found[j] - offset >= sizes[i]) break;
      offset = Math.max(offset, found[j] + sizes[j]);
    }
    found[i] = offset;
    total = Math.max(total, offset + sizes[i]);
    placed.push(i);
  }
  return { found, total };
}
`.trimStart();

/** Places that are known for the length 1, when all sizes grow with one length. */
export const scaleText = `
function scaleSlots(places, total, length, offsets) {
  places.forEach((place, slot) => { offsets[slot] = place * length; });
  return total * length;
}
`.trimStart();
