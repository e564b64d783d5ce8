import { isMainThread, parentPort, Worker } from "node:worker_threads";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.on("message", (result) => console.log(JSON.stringify(result)));
} else {
  const [{ exercise }, sample] = await Promise.all([import("./exercise.js"), import("./sample.js")]);
  parentPort.postMessage(exercise(sample));
}
