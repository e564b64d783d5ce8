/** How a program in TypeScript sees the module; it is checked, and run. */
import { load, parameters, stamp, type ReaderStream, type TaggerOutputs } from "./sample.js";

const weights = Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, new Float32Array(shape.reduce((size: number, n: number) => size * n, 1)).fill(0.5)]));
const { tagger, reader } = load(weights);
const one: TaggerOutputs = tagger.run({ frames: [[1, 2, 3, 4]] });
const several: TaggerOutputs[] = tagger.run([{ frames: [[1, 2, 3, 4]] }, { frames: new Float32Array(8) }], { seed: [1, 2] });
const scores: Float32Array = one.scores;
const stream: ReaderStream = reader.stream();
const logits: Float32Array = stream.step({ text: 3 }).logits;
const version: string = stamp.version;
console.log([scores.length, several.length, several[1]?.scores.length, logits.length, stream.position, version].join(" "));
