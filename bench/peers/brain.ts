/**
 * brain.js: one layer of what it calls an LSTM, and its linear output. Its network takes whole sequences and shows the output
 * of the last step; there is neither a stream nor a batch. It wants outputs of the size of the inputs.
 */
import { recurrent } from "brain.js";
import { shape } from "../cases.js";
import { rows, sequence, weight, type CaseData } from "../measure/data.js";
import { noSuchNet, repeat, type Contender, type Enter } from "./peer.js";

interface Matrix {
  readonly weights: Float32Array;
}

/** The parts of the network that are not in its types. */
interface Model {
  readonly hiddenLayers: readonly Readonly<Record<string, Matrix>>[];
  readonly outputConnector: Matrix;
  readonly output: Matrix;
}

export const enter: Enter = async (data) => {
  if (data.case.net !== "brain" || data.case.task !== "sequence") return noSuchNet;
  return contender(data);
};

function contender(data: CaseData): Contender {
  const { hidden } = data.case;
  const net = new recurrent.LSTMTimeStep({ inputSize: shape.input, hiddenLayers: [hidden], outputSize: shape.input });
  net.initialize();
  const model = net.model as unknown as Model;
  const set = (matrix: Matrix | undefined, name: string): void => {
    if (matrix === undefined) throw new Error(`brain.js has no matrix for ${name}`);
    matrix.weights.set(weight(data, name));
  };
  for (const gate of ["input", "forget", "output", "cellActivation"]) {
    const layer = model.hiddenLayers[0];
    set(layer?.[`${gate}Matrix`], `scan.${gate}.x.weight`);
    set(layer?.[`${gate}Hidden`], `scan.${gate}.h.weight`);
    set(layer?.[`${gate}Bias`], `scan.${gate}.x.bias`);
  }
  set(model.outputConnector, "result.weight");
  set(model.output, "result.bias");
  // It runs only what has equations, which training would have made.
  net.bindEquation();
  const xs = rows(sequence(data.members[0], "xs"));
  const run = (): ArrayLike<number> => net.run(xs as unknown as number[][]) as unknown as ArrayLike<number>;
  return { outputs: async () => run(), showsLast: true, work: repeat(run) };
}
