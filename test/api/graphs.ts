/** Graphs made with the public builder, for the tests of the public interface. */
import { freeLength, type Graph, GraphBuilder } from "../../src/index.js";
import { at } from "../../src/support/invariant.js";

/** Elman's net (1990) over a sequence: h = tanh(W x + U h). */
export function elmanGraph(inputs = 3, hidden = 4, name = "net"): Graph {
  const b = new GraphBuilder();
  const time = b.dim("time", freeLength("time"));
  const x = b.make("input", [], { name: "x", type: { kind: "real", dims: [time], shape: [inputs] } });
  const w = b.make("param", [], { name: "w", per: [], shape: [hidden, inputs] });
  const u = b.make("param", [], { name: "u", per: [], shape: [hidden, hidden] });
  const open = b.openRegion(time, [x], [{ kind: "real", dims: [], shape: [hidden] }]);
  const sum = b.apply("add", [b.make("contract", [w, at(open.items, 0)], { dims: [], axis: true }), b.make("contract", [u, at(open.states, 0)], { dims: [], axis: true })]);
  const h = b.apply("tanh", [sum]);
  const region = b.closeRegion(open, { reverse: false, starts: [b.constant(0, "real", [hidden])], nexts: [h], outputs: [h], stateNames: ["h"], outputNames: ["h"] });
  return { name, inputs: [x], outputs: [{ name: "h", node: b.scanOutput(region, 0) }] };
}
