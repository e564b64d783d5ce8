import { exerciseBeside } from "./beside.js";

const inWorker = new Promise((resolve, reject) => {
  const worker = new Worker(new URL("./beside-worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => reject(new Error(`the worker failed: ${event.message}`));
});
globalThis.results = Promise.all([exerciseBeside(), inWorker]).then(([page, worker]) => ({ page, worker }));
