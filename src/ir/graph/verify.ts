/**
 * The verifier: what holds of every graph, whoever made it. It runs after each pass in tests and where debugging is on. A
 * violation is a mistake of the compiler, never of the model.
 *
 * Nodes
 *  1. order: no value depends on itself, through arguments, window bounds or regions.
 *  2. ids: they differ, and arguments and window bounds have smaller ids than what uses them.
 *  3. arity: an op has as many arguments as it takes.
 *  4. attributes: sizes, axes, slots, classes and sites are whole numbers in range; names are not empty.
 *  5. types: a node's type is what its op's shape rule gives; sizes are whole numbers above 0.
 *
 * Dimensions
 *  6. identity: one label is one dimension; an index and a window have the name and the length of what they are made of.
 *  7. bounds: those of a window are single integers.
 *  8. meeting: a value runs along a dimension once, along no two parts or lengths of one name, and along everything that
 *     the bounds of its windows vary along.
 *
 * The interface
 *  9. inputs: the graph lists each input that it reaches, once; names differ; they run along sequences; a default can be
 *     repeated to the input's type.
 * 10. parameters: one name is one shape; dimensions stored in front are sequences of a fixed length.
 * 11. outputs: names differ; the layout names the dimensions of the value; none stands inside a region.
 *
 * Regions
 * 12. slots: sequences and items, starts, states and nexts, outputs and names go together in number; parameters say their
 *     own region and slot; one id is one region; a parameter that is read belongs to a scan of the graph.
 * 13. arguments: those of a scan's results are the sequences, then the starts.
 * 14. carried types: a start and a next state have the type of the state; an item has that of its sequence without the
 *     scanned dimension, which the sequence must have; over a slice whose bounds vary, states vary along the same.
 * 15. closed: sequences, starts, the scanned dimension, and the windows along which states, outputs and histories run
 *     don't depend on the region's parameters.
 * 16. nesting: the regions that a value depends on lie within each other.
 * 17. history: of a value that does not stand in a further region, along the scanned dimension or a part of it.
 */
import { InternalError } from "../../support/invariant.js";
import { broadcastShapes, checkDims, inferType, ShapeError, windowDims } from "./infer.js";
import { sameLength, staticLength } from "./length.js";
import { regionNesting, type Nesting } from "./nesting.js";
import type { Attributes, Dim, Graph, Node, NodeOf, Op, Region, ValueType } from "./node.js";
import { attributeDims } from "./attribute-dims.js";
import { dependencies, graphNodes, regionOf, regionResults } from "./traverse.js";
import { elementCount, hasDim, sameDims, sameShape, sameType, typeText } from "./types.js";

/** The invariants of the header, by number. */
export const graphInvariants = {
  1: "order", 2: "ids", 3: "arity", 4: "attributes", 5: "types", 6: "identity", 7: "bounds", 8: "meeting", 9: "inputs",
  10: "parameters", 11: "outputs", 12: "slots", 13: "arguments", 14: "carried types", 15: "closed", 16: "nesting", 17: "history",
} as const;

export type GraphInvariant = keyof typeof graphInvariants;

/** Every violation that was found, each with the invariant and the node. Of a sound graph: none. */
export function verifyGraph(graph: Graph): string[] {
  return new Verifier(graph).violations;
}

/** @param whatRan the pass, or whatever else made the graph */
export function checkGraph(graph: Graph, whatRan: string): void {
  const violations = verifyGraph(graph);
  if (violations.length === 0) return;
  const shown = violations.slice(0, 20);
  const more = violations.length > shown.length ? [`and ${violations.length - shown.length} more`] : [];
  throw new InternalError(`after ${whatRan}, the graph "${graph.name}" is broken:\n${[...shown, ...more].map((line) => `  ${line}`).join("\n")}`);
}

// ---- Tables over the ops.

const one = [1, 1] as const;
const two = [2, 2] as const;
const none = [0, 0] as const;

/** The least and the greatest number of arguments. Those of scans are invariant 13. */
const arities: { readonly [O in Op]: readonly [number, number] } = {
  input: [0, 1], param: none, constant: none, iota: none, index: none, length: none, item: none, state: none, step: none,
  negate: one, exp: one, log: one, log1p: one, sqrt: one, absolute: one, sin: one, cos: one, tanh: one, sigmoid: one, erf: one,
  floor: one, not: one, toReal: one, stopGradient: one,
  subtract: two, divide: two, modulo: two, power: two, minimum: two, maximum: two,
  less: two, lessEqual: two, equal: two, notEqual: two, and: two, or: two,
  add: [2, Infinity], multiply: [2, Infinity], select: [3, 3],
  contract: two, reduce: one, argmax: one, top: one,
  sliceAxis: one, concat: [1, Infinity], axisToDim: one, dimToAxis: one, view: one, broadcast: one, at: two, pick: two,
  draw: [0, Infinity], history: one, scanOutput: [0, Infinity], scanFinal: [0, Infinity],
};

const whole = (what: string, n: number, least = 0): string[] => (Number.isInteger(n) && n >= least ? [] : [`${what} is ${n}`]);
const sizes = (what: string, shape: readonly number[]): string[] =>
  shape.length === 0 ? [`${what} has no axis`] : shape.flatMap((size) => whole(`a size of ${what}`, size, 1));
const named = (name: string): string[] => (name === "" ? ["the name is empty"] : []);
const distinct = (dims: readonly Dim[]): string[] => (new Set(dims).size === dims.length ? [] : ["a dimension is named twice"]);
const nothing = (): string[] => [];

/** What is wrong with the attributes of each op, as far as its shape rule does not see it. */
const attributeFaults: { readonly [O in Op]: (attributes: Attributes[O]) => string[] } = {
  input: ({ name, type, classes }) => [
    ...named(name), ...sizes("the input", type.shape),
    ...(classes === undefined ? [] : type.kind === "int" ? whole("the number of classes", classes, 1) : ["only integers have classes"]),
  ],
  param: ({ name, per, shape }) => [...named(name), ...sizes("the parameter", shape), ...distinct(per)],
  constant: ({ value, kind, shape }) => [
    ...sizes("the constant", shape),
    ...(kind === "condition" && value !== 0 && value !== 1 ? [`a condition is ${value}`] : []),
    ...(kind === "int" && !Number.isInteger(value) ? [`an integer is ${value}`] : []),
  ],
  iota: ({ size }) => whole("the size", size, 1),
  index: nothing, length: nothing,
  item: ({ slot }) => whole("the slot", slot), state: ({ slot }) => whole("the slot", slot), step: nothing,
  negate: nothing, exp: nothing, log: nothing, log1p: nothing, sqrt: nothing, absolute: nothing, sin: nothing, cos: nothing,
  tanh: nothing, sigmoid: nothing, erf: nothing, floor: nothing, not: nothing, toReal: nothing, stopGradient: nothing,
  subtract: nothing, divide: nothing, modulo: nothing, power: nothing, minimum: nothing, maximum: nothing,
  less: nothing, lessEqual: nothing, equal: nothing, notEqual: nothing, and: nothing, or: nothing,
  add: nothing, multiply: nothing, select: nothing,
  contract: ({ dims }) => distinct(dims), reduce: ({ dims }) => distinct(dims), argmax: nothing, top: ({ k }) => whole("k", k, 1),
  sliceAxis: ({ axis, start, size }) => [...whole("the axis", axis), ...whole("the start", start), ...whole("the size", size, 1)],
  concat: ({ axis }) => whole("the axis", axis),
  axisToDim: ({ axis }) => whole("the axis", axis), dimToAxis: ({ axis }) => whole("the axis", axis),
  view: nothing, broadcast: ({ dims }) => distinct(dims), at: nothing, pick: nothing,
  draw: ({ site }) => whole("the site", site), history: nothing,
  scanOutput: ({ slot }) => whole("the slot", slot), scanFinal: ({ slot }) => whole("the slot", slot),
};

// ---- The walk.

class Verifier {
  readonly violations: string[] = [];
  private readonly order: readonly Node[];
  private readonly nesting: Nesting;
  private readonly regions = new Map<number, Region>();

  constructor(private readonly graph: Graph) {
    this.order = graphNodes(graph);
    this.nesting = regionNesting(this.order);
    this.checkOrder();
    if (this.violations.length > 0) return; // the other checks follow dependencies
    for (const node of this.order) this.checkNode(node);
    this.checkDimensions();
    this.checkInputs();
    this.checkParameters();
    this.checkOutputs();
    for (const node of this.order) this.checkRegionResult(node);
    for (const region of this.regions.values()) this.checkRegion(region);
    for (const node of this.order) this.checkPlace(node);
  }

  private report(invariant: GraphInvariant, where: Node | string, fault: string): void {
    const place = typeof where === "string" ? where : `${where.op} ${where.id}${where.name === undefined ? "" : ` (${where.name})`}`;
    this.violations.push(`invariant ${invariant} (${graphInvariants[invariant]}), ${place}: ${fault}`);
  }

  // ---- Nodes.

  private checkOrder(): void {
    const position = new Map(this.order.map((node, i) => [node, i]));
    for (const [i, node] of this.order.entries()) {
      const region = regionOf(node);
      for (const need of region === undefined ? dependencies(node) : [...dependencies(node), ...regionResults(region)]) {
        if ((position.get(need) ?? Infinity) >= i) this.report(1, node, `it depends on ${need.op} ${need.id}, which depends on it`);
      }
    }
  }

  private checkNode(node: Node): void {
    for (const need of dependencies(node)) if (need.id >= node.id) this.report(2, node, `${need.op} ${need.id}, which it needs, has no smaller id`);
    const [least, most] = arities[node.op];
    const count = node.args.length;
    if (count < least || count > most) {
      this.report(3, node, `it has ${count} arguments`);
      return;
    }
    const faults = (attributeFaults[node.op] as (attributes: Attributes[Op]) => string[])(node.attributes);
    for (const fault of faults) this.report(4, node, fault);
    if (faults.length === 0) this.checkType(node);
  }

  private checkType(node: Node): void {
    for (const fault of sizes("its type", node.type.shape)) this.report(5, node, fault);
    try {
      const expected = inferType(node.op, node.args, node.attributes as Attributes[typeof node.op]);
      if (!sameType(expected, node.type)) this.report(5, node, `its type is ${typeText(node.type)}; its arguments give ${typeText(expected)}`);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      this.report(5, node, error.message);
    }
    if (distinct(node.type.dims).length > 0) this.report(8, node, "its type names a dimension twice");
    try {
      checkDims(node.type);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      this.report(8, node, error.message);
    }
  }

  // ---- Dimensions.

  private checkDimensions(): void {
    const ids = new Map<number, Node>();
    const labels = new Map<string, Dim>();
    const check = (dim: Dim, node: Node): void => {
      const known = labels.get(dim.label);
      if (known === dim) return;
      labels.set(dim.label, dim);
      if (known !== undefined) this.report(6, node, `two dimensions have the label "${dim.label}"`);
      const { origin } = dim;
      if (origin.kind === "sequence") return;
      check(origin.of, node);
      if (dim.name !== origin.of.name) this.report(6, node, `"${dim.label}" is made of "${origin.of.name}" and has another name`);
      if (!sameLength(dim.length, origin.of.length)) this.report(6, node, `"${dim.label}" is not as long as what it is made of`);
      if (origin.kind === "index") {
        if (whole("the level", origin.level).length > 0) this.report(6, node, `"${dim.label}" is at level ${origin.level}`);
        return;
      }
      for (const bound of [origin.start, origin.end]) {
        if (bound.type.kind !== "int" || elementCount(bound.type.shape) !== 1) this.report(7, node, `a bound of "${dim.label}" is ${typeText(bound.type)}`);
      }
    };
    for (const node of this.order) {
      const twin = ids.get(node.id);
      if (twin !== undefined) this.report(2, node, `${twin.op} ${twin.id} has the same id`);
      ids.set(node.id, node);
      for (const dim of [...node.type.dims, ...attributeDims(node)]) check(dim, node);
    }
  }

  // ---- The interface.

  private checkInputs(): void {
    const listed = new Set<Node>();
    const names = new Set<string>();
    for (const node of this.graph.inputs) {
      const { name, type } = node.attributes;
      if (listed.has(node as Node)) this.report(9, node as Node, "it is listed twice");
      else if (names.has(name)) this.report(9, node as Node, `two inputs are called ${name}`);
      listed.add(node as Node);
      names.add(name);
      if (type.dims.some((dim) => dim.origin.kind !== "sequence")) this.report(9, node as Node, `${typeText(type)} runs along a part of a sequence`);
      const fallback = node.args[0]?.type;
      if (fallback !== undefined && !repeatable(fallback, type)) this.report(9, node as Node, `the default ${typeText(fallback)} cannot be repeated to ${typeText(type)}`);
    }
    for (const node of this.order) if (node.op === "input" && !listed.has(node)) this.report(9, node, "the graph does not list it");
  }

  private checkParameters(): void {
    const known = new Map<string, NodeOf<"param">>();
    for (const node of this.order) {
      if (node.op !== "param") continue;
      const { name, per, shape } = node.attributes;
      for (const dim of per) if (dim.origin.kind !== "sequence" || staticLength(dim.length) === undefined) this.report(10, node, `it is stored along "${dim.label}", which has no fixed length`);
      const other = known.get(name)?.attributes;
      const same = other === undefined || (sameShape(other.shape, shape) && other.per.length === per.length && other.per.every((dim, i) => dim === per[i]));
      if (!same) this.report(10, node, `the parameter ${name} has two shapes`);
      known.set(name, node);
    }
  }

  private checkOutputs(): void {
    const names = new Set<string>();
    for (const { name, node, dims } of this.graph.outputs) {
      if (name === "") this.report(11, node, "the output has no name");
      if (names.has(name)) this.report(11, node, `two outputs are called ${name}`);
      names.add(name);
      if (dims !== undefined && !(sameDims(dims, node.type.dims) && distinct(dims).length === 0)) this.report(11, node, `the layout of output ${name} does not name the dimensions of ${typeText(node.type)}`);
      if (this.nesting.reads(node).size > 0) this.report(11, node, `output ${name} stands inside a region`);
    }
  }

  // ---- Regions.

  private checkRegionResult(node: Node): void {
    const region = regionOf(node);
    if (region === undefined) return;
    const known = this.regions.get(region.id);
    if (known !== undefined && known !== region) this.report(12, node, `two regions have the id ${region.id}`);
    this.regions.set(region.id, region);
    const expected = [...region.sequences, ...region.starts];
    if (!(expected.length === node.args.length && expected.every((arg, i) => arg === node.args[i]))) this.report(13, node, "its arguments are not the sequences and the starts of its region");
  }

  private checkRegion(region: Region): void {
    const { over, sequences, items, starts, states, nexts, outputs, stateNames, outputNames } = region;
    const where = `region ${region.id}`;
    if (sequences.length !== items.length) this.report(12, where, `it has ${sequences.length} sequences and ${items.length} items`);
    if (![starts, nexts, stateNames].every((list) => list.length === states.length)) this.report(12, where, `it has ${starts.length} starts, ${states.length} states, ${nexts.length} next states and ${stateNames.length} names of them`);
    if (outputNames.length !== outputs.length) this.report(12, where, `it has ${outputs.length} outputs and ${outputNames.length} names of them`);
    for (const list of [items, states]) {
      for (const [slot, { attributes }] of list.entries()) {
        if (attributes.region !== region.id || attributes.slot !== slot) this.report(12, where, `at slot ${slot} stands the parameter of region ${attributes.region}, slot ${attributes.slot}`);
      }
    }
    for (const [slot, xs] of sequences.entries()) {
      const item = items[slot]?.type;
      if (!hasDim(xs.type, over)) this.report(14, xs, `it is scanned along "${over.label}", along which it does not run`);
      else if (item !== undefined && !sameType(item, { ...xs.type, dims: xs.type.dims.filter((dim) => dim !== over) })) this.report(14, xs, `its item is ${typeText(item)}`);
    }
    for (const [slot, state] of states.entries()) {
      for (const [what, node] of [["starts", starts[slot]], ["continues", nexts[slot]]] as const) {
        if (node !== undefined && !sameType(node.type, state.type)) this.report(14, node, `the state ${stateNames[slot]} is ${typeText(state.type)} and ${what} as ${typeText(node.type)}`);
      }
      if (windowDims(over).some((dim) => !hasDim(state.type, dim))) this.report(14, where, `the state ${stateNames[slot]} does not vary along what the bounds of "${over.label}" vary along`);
    }
    const around = this.nesting.parent(region.id);
    if (this.nesting.chain(around).includes(region.id)) this.report(16, where, `it lies within region ${around}, which lies within it`);
    for (const node of [...sequences, ...starts]) if (this.nesting.reads(node).has(region.id)) this.report(15, node, `${where} begins with it, and it depends on the region`);
    for (const dim of [over, ...[...states, ...outputs].flatMap((node) => node.type.dims)]) this.checkOutside(dim, region.id, where);
  }

  /** The bounds that a dimension is made with don't change from step to step. */
  private checkOutside(dim: Dim, region: number, where: Node | string): void {
    for (let each = dim; each.origin.kind !== "sequence"; each = each.origin.of) {
      if (each.origin.kind !== "window") continue;
      for (const bound of [each.origin.start, each.origin.end]) {
        if (this.nesting.reads(bound).has(region)) this.report(15, where, `"${dim.label}" has other bounds in each step`);
      }
    }
  }

  private checkPlace(node: Node): void {
    if (node.op === "item" || node.op === "state" || node.op === "step" || node.op === "history") {
      const region = this.regions.get(node.attributes.region);
      if (region === undefined) this.report(12, node, `no scan of the graph has region ${node.attributes.region}`);
      else if (node.op === "item" || node.op === "state") {
        const own: readonly Node[] = node.op === "item" ? region.items : region.states;
        if (own[node.attributes.slot] !== node) this.report(12, node, `region ${region.id} has another ${node.op} at slot ${node.attributes.slot}`);
      } else if (node.op === "history") this.checkHistory(node, region);
    }
    const chain = this.nesting.chain(this.nesting.home(node));
    for (const region of this.nesting.reads(node)) if (!chain.includes(region)) this.report(16, node, `it depends on regions ${chain.join(", ")} and on region ${region}, which is not around them`);
  }

  private checkHistory(node: NodeOf<"history"> & Node, region: Region): void {
    let root = node.attributes.dim;
    while (root !== region.over && root.origin.kind !== "sequence") root = root.origin.of;
    if (root !== region.over) this.report(17, node, `"${node.attributes.dim.label}" is no part of "${region.over.label}", along which region ${region.id} runs`);
    const past = node.args[0];
    if (past === undefined) return;
    const home = this.nesting.home(past);
    if (home !== undefined && !this.nesting.chain(region.id).includes(home)) this.report(17, node, `it is of a value inside region ${home}`);
    for (const dim of past.type.dims) this.checkOutside(dim, region.id, node);
  }
}

function repeatable(from: ValueType, to: ValueType): boolean {
  const shape = broadcastShapes(from.shape, to.shape);
  return from.kind === to.kind && from.dims.every((dim) => hasDim(to, dim)) && shape !== undefined && sameShape(shape, to.shape);
}
