import * as sample from "./sample.js";
import { exercise } from "./exercise.js";

/** What the policy of the page forbids; a module that needed it would fail. */
function evaluated() {
  try {
    return new Function("return true")();
  } catch (error) {
    return error.name;
  }
}

const inWorker = new Promise((resolve, reject) => {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => reject(new Error(`the worker failed: ${event.message}`));
});
globalThis.results = inWorker.then((worker) => ({ page: exercise(sample), worker, evaluated: evaluated() }));
