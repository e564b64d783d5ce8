/** Ourselves: the module that the compiler made for a target, used as its documentation says. */
import { pathToFileURL } from "node:url";
import { checkedMembers, checkedSteps, rows, sequence, type CaseData, type Member } from "../measure/data.js";
import { joined, repeat, streamWork, type Contender } from "./peer.js";

type Values = Readonly<Record<string, Float32Array>>;

interface Stream {
  step(inputs: Values): { readonly output: Float32Array };
}

interface Loaded {
  run(inputs: Values): { readonly output: Float32Array };
  run(inputs: readonly Values[]): readonly { readonly output: Float32Array }[];
  stream(inputs?: Values): Stream;
}

interface Module {
  load(weights: Values): Loaded | Promise<Loaded>;
}

const plain = (arrays: Member): Values => Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data]));

export async function enterGatefold(data: CaseData, modulePath: string): Promise<Contender> {
  const module = (await import(pathToFileURL(modulePath).href)) as Module;
  const model = await module.load(plain(data.weights));
  const members = data.members.map(plain);
  const [first = {}] = members;
  switch (data.case.task) {
    case "step":
      return streaming(model, data);
    case "sequence":
      return { outputs: async () => model.run(first).output, work: repeat(() => model.run(first)) };
    case "batch":
      return {
        outputs: async () => {
          const results = model.run(members);
          return joined(checkedMembers(members.length).map((b) => results[b]?.output ?? []));
        },
        work: repeat(() => model.run(members)),
      };
  }
}

function streaming(model: Loaded, { members: [member] }: CaseData): Contender {
  const xs = rows(sequence(member, "xs"));
  const { xs: _, ...fixed } = plain(member ?? {});
  const open = (): Stream => (Object.keys(fixed).length > 0 ? model.stream(fixed) : model.stream());
  const stream = open();
  const empty = new Float32Array(0);
  const record: Record<string, Float32Array> = { xs: empty };
  return {
    outputs: async () => {
      const checked = open();
      return joined(xs.slice(0, checkedSteps).map((row) => checked.step({ xs: row }).output.slice()));
    },
    work: streamWork(xs.length, (t) => {
      record.xs = xs[t] ?? empty;
      stream.step(record);
    }),
  };
}
