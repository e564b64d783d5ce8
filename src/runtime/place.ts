/**
 * Where buffers lie whose sizes are known only when the model runs. The rule is that of the compiler's planner
 * (src/passes/program/plan-buffers.ts): largest first, each at the lowest place where nothing that is alive at the same
 * time lies.
 */
export const placeText = `
function placeSlots(sizes, from, to, offsets) {
  const order = sizes.map((_, i) => i).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const placed = [];
  let total = 0;
  for (const slot of order) {
    const alive = placed.filter((other) => from[other] <= to[slot] && from[slot] <= to[other]);
    alive.sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const other of alive) {
      if (offsets[other] - offset >= sizes[slot]) break;
      offset = Math.max(offset, offsets[other] + sizes[other]);
    }
    offsets[slot] = offset;
    total = Math.max(total, offset + sizes[slot]);
    placed.push(slot);
  }
  return total;
}
`.trimStart();
