/**
 * gpu.js in its mode `webasm`, the one that needs no GPU. It has no nets, so it computes the kernels that our own compiler
 * writes for it: with them it does as well as we know how.
 */
import { pathToFileURL } from "node:url";
import { checkedMembers, checkedSteps, rows, sequence, type CaseData, type Member } from "../measure/data.js";
import { joined, stopwatch, type Contender } from "./peer.js";

type Values = Readonly<Record<string, Float32Array>>;
type Result = { readonly output: Float32Array };

interface Loaded {
  run(inputs: Values): Promise<Result>;
  run(inputs: readonly Values[]): Promise<readonly Result[]>;
  stream(inputs: Values): Promise<{ step(inputs: Values): Promise<Result> }>;
  dispose(): Promise<void>;
}

interface Module {
  load(weights: Values, options: { readonly mode: string }): Promise<Loaded>;
}

const plain = (arrays: Member): Values => Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data]));

export async function enterGpu(data: CaseData): Promise<Contender> {
  const module = (await import(pathToFileURL(data.gpuModule).href)) as Module;
  const model = await module.load(plain(data.weights), { mode: "webasm" });
  const members = data.members.map(plain);
  const [first = {}] = members;
  const close = (): void => void model.dispose();
  const timed = (call: () => Promise<unknown>): Contender["work"] => async (times) => {
    const elapsed = stopwatch();
    for (let i = 0; i < times; i++) await call();
    return elapsed();
  };
  switch (data.case.task) {
    case "step":
      return { ...(await streaming(model, data)), close };
    case "sequence":
      return { outputs: async () => (await model.run(first)).output, work: timed(() => model.run(first)), close };
    case "batch":
      return {
        outputs: async () => {
          const results = await model.run(members);
          return joined(checkedMembers(members.length).map((b) => results[b]?.output ?? []));
        },
        work: timed(() => model.run(members)),
        close,
      };
  }
}

async function streaming(model: Loaded, { members: [member] }: CaseData): Promise<Contender> {
  const xs = rows(sequence(member, "xs"));
  const { xs: _, ...fixed } = plain(member ?? {});
  const stream = await model.stream(fixed);
  let at = 0;
  return {
    outputs: async () => {
      const checked = await model.stream(fixed);
      const given: Float32Array[] = [];
      for (const row of xs.slice(0, checkedSteps)) given.push((await checked.step({ xs: row })).output.slice());
      return joined(given);
    },
    work: async (times) => {
      const elapsed = stopwatch();
      for (let i = 0; i < times; i++) {
        await stream.step({ xs: xs[at] ?? new Float32Array(0) });
        at = at + 1 === xs.length ? 0 : at + 1;
      }
      return elapsed();
    },
  };
}
