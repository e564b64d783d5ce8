/** What a call of a task must do at least, counted; ./floor.ts takes the time of it. */
import { extent, shape, type Case } from "../cases.js";
import { nets, type Work } from "../nets/nets.js";

/** What one call of the task must do. */
export interface Floor {
  /** How many times, and how many bytes each time. */
  readonly walks: number;
  readonly bytes: number;
  /** Multiplications and additions, beside those with the weights that are walked through. */
  readonly operations: number;
  readonly activations: number;
}

export function floorOf({ net, hidden, task }: Pick<Case, "net" | "hidden" | "task">): Floor {
  const { recurrentWeights, inputWeights, activations, products = 0 }: Work = nets[net].work(hidden, shape);
  const { turns, members } = extent(task);
  const steps = turns * members;
  switch (task) {
    case "step":
      return { walks: 1, bytes: 4 * (recurrentWeights + inputWeights), operations: 2 * products, activations };
    case "sequence":
      return { walks: turns, bytes: 4 * recurrentWeights, operations: 2 * steps * (inputWeights + products), activations: steps * activations };
    case "batch":
      return { walks: 0, bytes: 0, operations: 2 * steps * (recurrentWeights + inputWeights + products), activations: steps * activations };
  }
}
