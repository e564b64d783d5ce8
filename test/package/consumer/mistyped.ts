/** Every line of this program is wrong, and TypeScript sees it: the types say something. */
import { load, type TaggerOutputs } from "./sample.js";

const { tagger, speaker } = load(new Uint8Array(8));
const inputs: number = tagger.run({ words: [1] });
const scores: string = ({} as TaggerOutputs).scores;
console.log(speaker, inputs, scores);
