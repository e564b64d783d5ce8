/**
 * onnxruntime, native and in WebAssembly: both packages have one interface. A stream feeds the states that a step gave to
 * the next one, as tensors that it got.
 */
import type { InferenceSession, Tensor, TypedTensor } from "onnxruntime-node";
import { extent, type Threads } from "../cases.js";
import { checkedOf, checkedSteps, elementCount, rows, sequence, timeMajor, type CaseData } from "../measure/data.js";
import { onnxFile } from "../onnx/model.js";
import { onnxNets, type OnnxNet } from "../onnx/nets.js";
import { joined, noSuchNet, stopwatch, type Absent, type Contender } from "./peer.js";

/** What the packages have in common. */
export interface Onnxruntime {
  readonly Tensor: typeof Tensor;
  readonly InferenceSession: { create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> };
}

export function sessionOptions(threads: Threads): InferenceSession.SessionOptions {
  return threads === "one" ? { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential" } : {};
}

export async function enterOnnxruntime({ Tensor, InferenceSession }: Onnxruntime, data: CaseData): Promise<Contender | Absent> {
  const { task, net, threads } = data.case;
  const build = onnxNets[net];
  if (build === undefined) return noSuchNet;
  const { turns, members } = extent(task);
  const made = build(data, { turns, members });
  const session = await InferenceSession.create(onnxFile(made.graph), sessionOptions(threads));
  const tensor = (values: Float32Array, shape: readonly number[]): TypedTensor<"float32"> => new Tensor("float32", values, shape);
  const fixed = Object.fromEntries(Object.entries(made.fixed ?? {}).map(([name, { shape, data }]) => [name, tensor(data, shape)]));
  const close = (): void => void session.release();
  if (task === "step") return { ...streaming(session, made, rows(sequence(data.members[0], "xs")).map((row) => tensor(row, made.x)), fixed, tensor), close };
  const feeds = { X: tensor(timeMajor(data.members, "xs").data, made.x), ...fixed };
  return {
    outputs: async () => checkedOf(numbersOf(await session.run(feeds), made.output), turns, members),
    async work(times) {
      const elapsed = stopwatch();
      for (let i = 0; i < times; i++) await session.run(feeds);
      return elapsed();
    },
    close,
  };
}

function numbersOf(results: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const found = results[name];
  if (found === undefined || !(found.data instanceof Float32Array)) throw new Error(`onnxruntime gave no ${name}`);
  return found.data;
}

function streaming(session: InferenceSession, { states, output }: OnnxNet, xs: readonly Tensor[], fixed: Readonly<Record<string, Tensor>>, tensor: (values: Float32Array, shape: readonly number[]) => Tensor): Contender {
  const start = (): Record<string, Tensor> => Object.fromEntries(states.map(({ input, shape }) => [input, tensor(new Float32Array(elementCount(shape)), shape)]));
  const step = async (x: Tensor | undefined, state: Record<string, Tensor>): Promise<Float32Array> => {
    if (x === undefined) throw new Error("a stream needs inputs");
    const results = await session.run({ X: x, ...state, ...fixed });
    for (const { input, output } of states) state[input] = results[output] as Tensor;
    return numbersOf(results, output);
  };
  const state = start();
  let row = 0;
  return {
    async outputs() {
      const fresh = start();
      const shown: Float32Array[] = [];
      for (const x of xs.slice(0, checkedSteps)) shown.push(await step(x, fresh));
      return joined(shown);
    },
    async work(times) {
      const elapsed = stopwatch();
      for (let i = 0; i < times; i++) {
        await step(xs[row], state);
        row = row + 1 === xs.length ? 0 : row + 1;
      }
      return elapsed();
    },
  };
}
