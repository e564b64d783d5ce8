/** What the exercise gives of a module whose code is a file beside it: once that was fetched, `load` has it, too. */
import * as sample from "./sample.js";
import { exercise } from "./exercise.js";

export async function exerciseBeside() {
  const early = refusal(() => sample.load({}));
  const late = await sample.loadAsync({}).then(() => "", (error) => error.message);
  return { early, late, ...exercise(sample) };
}

function refusal(call) {
  try {
    call();
    return "";
  } catch (error) {
    return error.message;
  }
}
