/**
 * What is done with a generated module, wherever it runs: the same text in Node and in a page. It loads the module's model in
 * a mode, runs what the task says, and gives numbers, and what the module says of its device.
 */
export interface Task {
  readonly mode: string;
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** Inputs of one run, or of the members of a batch, repeated so often; the outputs are those of the last, of all members one after another. */
  readonly run?: { readonly inputs: Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[]; readonly times: number };
  /** Inputs of each step of one stream; the outputs are those of all steps, one after another. */
  readonly steps?: readonly Readonly<Record<string, unknown>>[];
}

export interface Device {
  readonly mode: string;
  readonly kernelClass: string;
  readonly fallbackReason: string | null;
  readonly dispatches: number;
  readonly readBacks: number;
  readonly liveTextures: number;
}

export interface Evaluated {
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** After the first run, and at the end. */
  readonly first: Device;
  readonly device: Device;
  readonly milliseconds: number;
  /** Of each run. */
  readonly times: readonly number[];
  /** Of GL, all contexts of the task together. */
  readonly errors: readonly number[];
}

/** A function of `load` and of the task, as text. */
export const evaluateText = `async (load, task) => {
  const weights = Object.fromEntries(Object.entries(task.weights).map(([name, data]) => [name, Float32Array.from(data)]));
  const model = await load(weights, { mode: task.mode });
  const outputs = {};
  let first;
  const times = [];
  const started = performance.now();
  if (task.run !== undefined) {
    for (let i = 0; i < task.run.times; i++) {
      const begun = performance.now();
      const result = await model.run(task.run.inputs);
      times.push(performance.now() - begun);
      first ??= model.device;
      if (i < task.run.times - 1) continue;
      for (const member of Array.isArray(result) ? result : [result]) for (const [name, data] of Object.entries(member)) outputs[name] = (outputs[name] ?? []).concat(Array.from(data));
    }
  }
  if (task.steps !== undefined) {
    const stream = await model.stream();
    for (const inputs of task.steps) {
      const result = await stream.step(inputs);
      first ??= model.device;
      for (const [name, data] of Object.entries(result)) (outputs[name] ??= []).push(...data);
    }
    stream.dispose();
  }
  const milliseconds = performance.now() - started;
  const device = model.device;
  // Asked before the contexts are given up.
  const errors = globalThis.glErrors?.() ?? [];
  await model.dispose();
  return { outputs, first, device, milliseconds, times, errors };
}`;
