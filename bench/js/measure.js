// One net at one shape, in a process of its own: the generated module against the version written by hand.
//   node measure.js MODULE NET HIDDEN step|sequence ROUNDS
// Prints one line of JSON. Both sides run in the same rounds, one after the other, and change places from round to round;
// what counts is the median of the rounds' ratios, since on a shared machine two times taken apart may differ by 2. Times
// are processor time, not wall time: what other processes take of the processor is neither side's.
import { pathToFileURL } from "node:url";

const [modulePath, net, hiddenText, what, roundsText] = process.argv.slice(2);
const hidden = Number(hiddenText), rounds = Number(roundsText);
const input = 64, turns = 100, gates = { lstm: 4, gru: 3 }[net];
const slice = 8; // ms that a side runs in a round

let seed = 12345;
const random = (n, scale) => Float32Array.from({ length: n }, () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1) * scale);

const weights = {
  weight_ih: random(gates * hidden * input, 1 / Math.sqrt(input)), weight_hh: random(gates * hidden * hidden, 1 / Math.sqrt(hidden)),
  bias_ih: random(gates * hidden, 0.5), bias_hh: random(gates * hidden, 0.5),
};
const xs = random(turns * input, 1);
const rows = Array.from({ length: turns }, (_, t) => xs.slice(t * input, t * input + input));

const byHand = (await import(`../hand/${net}.js`)).create(weights, { input, hidden });
const generated = (await import(pathToFileURL(modulePath).href)).load({
  "scan.ofInput.weight": weights.weight_ih, "scan.ofHidden.weight": weights.weight_hh,
  "scan.ofInput.bias": weights.bias_ih, "scan.ofHidden.bias": weights.bias_hh,
});

/** Each side: a function that does the work once, for turn t, and gives h. */
function sides() {
  if (what === "sequence") {
    return { hand: () => byHand.run(xs, turns), ours: () => generated.run({ xs }).h };
  }
  const state = byHand.state(), stream = generated.stream(), record = { xs: rows[0] };
  return {
    hand: (t) => byHand.step(rows[t], state),
    ours: (t) => {
      record.xs = rows[t];
      return stream.step(record).h;
    },
  };
}

const { hand, ours } = sides();
const steps = what === "sequence" ? 1 : turns;
let worst = 0;
for (let t = 0; t < steps; t++) {
  const a = hand(t), b = ours(t);
  if (a.length !== b.length) worst = Infinity;
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i] - b[i]) / Math.max(1, Math.abs(a[i]));
    if (!(error <= worst)) worst = error;
  }
}

function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

let consumed = 0;
function time(side, count) {
  const start = processorTime();
  for (let i = 0; i < count; i++) consumed += side(i % turns)[0];
  return (processorTime() - start) / count;
}

// Warm: every function optimised, and as many runs a round as fill a slice.
const counts = [hand, ours].map((side) => {
  const end = processorTime() + 150;
  do time(side, 10); while (processorTime() < end);
  return Math.max(1, Math.round(slice / time(side, Math.max(1, 10 * steps))));
});
const count = Math.min(...counts);
const times = { hand: [], ours: [] };
for (let round = -2; round < rounds; round++) {
  const order = round % 2 === 0 ? ["hand", "ours"] : ["ours", "hand"];
  for (const name of order) {
    const taken = time(name === "hand" ? hand : ours, count);
    if (round >= 0) times[name].push(taken);
  }
}
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const ratio = median(times.hand.map((t, i) => t / times.ours[i]));
console.log(JSON.stringify({ hand: 1000 * median(times.hand), ours: 1000 * median(times.ours), ratio, error: worst === Infinity ? "lengths differ" : worst, consumed: Number.isFinite(consumed) }));
