/**
 * Draws: Threefry-2x32 with 20 rounds, keyed by the seed and fed with the place and its counters, as src/ir/graph/draw.ts
 * defines it. The two words of the state are variables of the module, so a draw allocates nothing: drawBegin, drawMix for
 * every two counters, drawEnd.
 */
export const drawText = `
let drawX = 0;
let drawY = 0;

function threefry(k0, k1, x, y) {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  x = (x + k0) | 0;
  y = (y + k1) | 0;
${[0, 1, 2, 3, 4].map(group).join("\n")}
  drawX = x;
  drawY = y;
}

function drawBegin(k0, k1, site, count) {
  threefry(k0, k1, site, count);
}

function drawMix(c0, c1) {
  threefry(drawX, drawY, c0, c1);
}

function drawEnd() {
  return (2 * (drawX >>> 9) + 1) / 16777216;
}
`.trimStart();

/** Four rounds and the key injection after them. */
function group(index: number): string {
  const rotations = index % 2 === 0 ? [13, 15, 26, 6] : [17, 29, 16, 24];
  const rounds = rotations.map((bits) => `  x = (x + y) | 0; y = ((y << ${bits}) | (y >>> ${32 - bits})) ^ x;`);
  const keys = ["k0", "k1", "k2"];
  const injection = `  x = (x + ${keys[(index + 1) % 3] ?? ""}) | 0; y = (y + ${keys[(index + 2) % 3] ?? ""} + ${index + 1}) | 0;`;
  return [...rounds, injection].join("\n");
}
