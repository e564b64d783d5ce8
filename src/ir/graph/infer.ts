/**
 * The shape rule of each op: from the types of the arguments to the type of the result, or an error that shows both.
 * The table is exhaustive, so a new op without a rule is a type error.
 */
import { sameLength, staticLength } from "./length.js";
import type { Attributes, BinaryOp, Node, Op, UnaryOp } from "./node.js";
import { dimText, elementCount, hasDim, sameShape, visibleTypeText as typeText, unionDims, type Dim, type Kind, type ValueType } from "./types.js";

/** The arguments of an op don't fit. The message shows their types; whoever knows the source adds the place. */
export class ShapeError extends Error {
  constructor(message: string, readonly help?: string) {
    super(message);
    this.name = "ShapeError";
  }
}

/** Two different dimensions of one name must not meet: their lengths differ, or nothing shows that they are the same. */
export function meet(types: readonly ValueType[]): readonly Dim[] {
  let dims: readonly Dim[] = [];
  for (const type of types) dims = unionDims(dims, type.dims);
  for (const [i, a] of dims.entries()) {
    for (const b of dims.slice(i + 1)) {
      if (a.name !== b.name || !conflict(a, b)) continue;
      if (sameLength(a.length, b.length)) {
        throw new ShapeError(`a window of "${a.name}" meets another part of it: ${types.map(typeText).join(" and ")}`, `take the same slice of both, or give one of them a name of its own with rename(xs, "name")`);
      }
      throw new ShapeError(`two lengths under the name "${a.name}": ${dimText(a)} and ${dimText(b)}`, `give one of them a name of its own`);
    }
  }
  return dims;
}

/** An index dimension (a map's own position) stands beside the sequence that it indexes; windows and other lengths don't. */
function conflict(a: Dim, b: Dim): boolean {
  if (a.origin.kind === "index" || b.origin.kind === "index") return false;
  return true;
}

/** NumPy's rule: aligned right, sizes equal or 1. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

function elementwise(args: readonly Node[], kind: Kind): ValueType {
  const dims = meet(args.map((arg) => arg.type));
  let shape: readonly number[] = [1];
  for (const arg of args) {
    const next = broadcastShapes(shape, arg.type.shape);
    if (next === undefined) throw new ShapeError(`the sizes of ${args.map((each) => typeText(each.type)).join(" and ")} differ`, "the vectors of both sides must have one size, or size 1");
    shape = next;
  }
  return { kind, dims, shape };
}

function expectKind(op: Op, args: readonly Node[], ...kinds: readonly Kind[]): void {
  for (const arg of args) {
    if (kinds.includes(arg.type.kind)) continue;
    const words = { real: "a real", int: "an integer", condition: "a condition" } as const;
    throw new ShapeError(`${op} wants ${kinds.map((kind) => words[kind]).join(" or ")}, this is ${typeText(arg.type)}`, arg.type.kind === "condition" ? "write condition ? 1 : 0" : undefined);
  }
}

function argument(args: readonly Node[], index: number): Node {
  const arg = args[index];
  if (arg === undefined) throw new ShapeError(`argument ${index + 1} is missing`);
  return arg;
}

function axisSize(type: ValueType, axis: number): number {
  const size = type.shape[axis];
  if (size === undefined) throw new ShapeError(`${typeText(type)} has no axis ${axis}`);
  return size;
}

function withAxis(shape: readonly number[], axis: number, size: number): readonly number[] {
  return shape.map((old, i) => (i === axis ? size : old));
}

function withoutDim(dims: readonly Dim[], dim: Dim): readonly Dim[] {
  return dims.filter((each) => each !== dim);
}

function staticDim(dim: Dim): number {
  const size = dim.origin.kind === "window" ? undefined : staticLength(dim.length);
  if (size === undefined) throw new ShapeError(`the length of "${dim.name}" must be known at compile time`);
  return size;
}

function scalarIndex(node: Node, what: string): void {
  if (node.type.kind !== "int") throw new ShapeError(`${what} must be an integer, this is ${typeText(node.type)}`, "floor(x) gives an integer");
  if (elementCount(node.type.shape) !== 1) throw new ShapeError(`${what} must be one integer, this is ${typeText(node.type)}`, `split(ids, n, "name") makes a dimension of a vector`);
}

/** Integers stay integers under + - * and %; everything else is real. */
function arithmetic(op: Op, args: readonly Node[]): ValueType {
  expectKind(op, args, "real", "int");
  return elementwise(args, args.every((arg) => arg.type.kind === "int") ? "int" : "real");
}

function realUnary(op: UnaryOp | BinaryOp, args: readonly Node[]): ValueType {
  expectKind(op, args, "real", "int");
  return elementwise(args, "real");
}

function comparison(op: BinaryOp, args: readonly Node[]): ValueType {
  if (!((op === "equal" || op === "notEqual") && args.every((arg) => arg.type.kind === "condition"))) expectKind(op, args, "real", "int");
  return elementwise(args, "condition");
}

function logical(op: Op, args: readonly Node[]): ValueType {
  expectKind(op, args, "condition");
  return elementwise(args, "condition");
}

/** What is left when the last axis is summed over: of a vector size 1, of a matrix a vector. */
export function withoutLastAxis(shape: readonly number[]): readonly number[] {
  return shape.length === 1 ? [1] : shape.slice(0, -1);
}

type Rule<O extends Op> = (args: readonly Node[], attributes: Attributes[O]) => ValueType;

const rules: { readonly [O in Op]: Rule<O> } = {
  input: (_, { type }) => type,
  param: (_, { per, shape }) => ({ kind: "real", dims: per, shape }),
  constant: (_, { kind, shape }) => ({ kind, dims: [], shape }),
  iota: (_, { size }) => ({ kind: "int", dims: [], shape: [size] }),
  index: (_, { dim }) => ({ kind: "int", dims: unionDims([dim], windowDims(dim)), shape: [1] }),
  length: () => ({ kind: "int", dims: [], shape: [1] }),
  item: (_, { type }) => type,
  state: (_, { type }) => type,
  step: () => ({ kind: "int", dims: [], shape: [1] }),

  negate: (args) => arithmetic("negate", args),
  absolute: (args) => arithmetic("absolute", args),
  exp: (args) => realUnary("exp", args),
  log: (args) => realUnary("log", args),
  log1p: (args) => realUnary("log1p", args),
  sqrt: (args) => realUnary("sqrt", args),
  sin: (args) => realUnary("sin", args),
  cos: (args) => realUnary("cos", args),
  tanh: (args) => realUnary("tanh", args),
  sigmoid: (args) => realUnary("sigmoid", args),
  erf: (args) => realUnary("erf", args),
  toReal: (args) => realUnary("toReal", args),
  stopGradient: (args) => arithmetic("stopGradient", args),
  floor: (args) => (expectKind("floor", args, "real", "int"), elementwise(args, "int")),
  not: (args) => logical("not", args),

  add: (args) => arithmetic("add", args),
  multiply: (args) => arithmetic("multiply", args),
  subtract: (args) => arithmetic("subtract", args),
  modulo: (args) => arithmetic("modulo", args),
  minimum: (args) => arithmetic("minimum", args),
  maximum: (args) => arithmetic("maximum", args),
  divide: (args) => realUnary("divide", args),
  power: (args) => realUnary("power", args),
  less: (args) => comparison("less", args),
  lessEqual: (args) => comparison("lessEqual", args),
  equal: (args) => comparison("equal", args),
  notEqual: (args) => comparison("notEqual", args),
  and: (args) => logical("and", args),
  or: (args) => logical("or", args),
  select: (args) => {
    const [condition, yes, no] = [argument(args, 0), argument(args, 1), argument(args, 2)];
    expectKind("select", [condition], "condition");
    const kind = yes.type.kind === no.type.kind ? yes.type.kind : "real";
    if (kind === "real") expectKind("select", [yes, no], "real", "int");
    return elementwise([condition, yes, no], kind);
  },

  contract: (args, { dims, axis }) => {
    const [a, b] = [argument(args, 0), argument(args, 1)];
    expectKind("contract", args, "real", "int");
    const all = meet([a.type, b.type]);
    for (const dim of dims) if (!all.includes(dim)) throw new ShapeError(`neither ${typeText(a.type)} nor ${typeText(b.type)} runs along "${dim.name}"`);
    const kept = all.filter((dim) => !dims.includes(dim));
    if (!axis) {
      const shape = broadcastShapes(a.type.shape, b.type.shape);
      if (shape === undefined) throw new ShapeError(`the sizes of ${typeText(a.type)} and ${typeText(b.type)} differ`);
      return { kind: "real", dims: kept, shape };
    }
    const [last, other] = [a.type.shape.at(-1), b.type.shape.at(-1)];
    if (last !== other) throw new ShapeError(`the last axes of ${typeText(a.type)} and ${typeText(b.type)} differ`, "dot contracts the last axis of both");
    if (a.type.shape.length > 1 && b.type.shape.length > 1) throw new ShapeError(`${typeText(a.type)} and ${typeText(b.type)} are both matrices`, "dot takes a vector and a vector, or a matrix and a vector");
    const shape = withoutLastAxis(a.type.shape.length > 1 ? a.type.shape : b.type.shape);
    return { kind: "real", dims: kept, shape };
  },
  reduce: (args, { f, dims, axis }) => {
    const x = argument(args, 0);
    expectKind("reduce", args, "real", "int");
    for (const dim of dims) if (!hasDim(x.type, dim)) throw new ShapeError(`${typeText(x.type)} does not run along "${dim.name}"`);
    return { kind: f === "sum" || x.type.kind === "int" ? x.type.kind : "real", dims: x.type.dims.filter((dim) => !dims.includes(dim)), shape: axis ? withoutLastAxis(x.type.shape) : x.type.shape };
  },
  argmax: (args, { dim }) => {
    const x = argument(args, 0);
    expectKind("argmax", args, "real", "int");
    if (dim === undefined) return { kind: "int", dims: x.type.dims, shape: withoutLastAxis(x.type.shape) };
    if (!hasDim(x.type, dim)) throw new ShapeError(`${typeText(x.type)} does not run along "${dim.name}"`);
    return { kind: "int", dims: withoutDim(x.type.dims, dim), shape: x.type.shape };
  },
  top: (args, { k, part }) => {
    const x = argument(args, 0);
    expectKind("top", args, "real", "int");
    if (x.type.shape.length !== 1) throw new ShapeError(`top takes a vector, this is ${typeText(x.type)}`);
    if (!(Number.isInteger(k) && k >= 1 && k <= axisSize(x.type, 0))) throw new ShapeError(`top ${k} of ${typeText(x.type)}: k must be a whole number from 1 to ${axisSize(x.type, 0)}`);
    return { kind: part === "ids" ? "int" : x.type.kind, dims: x.type.dims, shape: [k] };
  },

  sliceAxis: (args, { axis, start, size }) => {
    const { type } = argument(args, 0);
    const whole = axisSize(type, axis);
    if (!(start >= 0 && size >= 1 && start + size <= whole)) throw new ShapeError(`components ${start} to ${start + size} of ${typeText(type)} do not exist`);
    return { ...type, shape: withAxis(type.shape, axis, size) };
  },
  concat: (args, { axis }) => {
    const types = args.map((arg) => arg.type);
    const first = argument(args, 0).type;
    if (types.some((type) => type.kind !== first.kind)) throw new ShapeError(`the parts are of different kinds: ${types.map(typeText).join(", ")}`);
    const dims = meet(types);
    let size = 0;
    for (const type of types) {
      const part = axisSize(type, axis);
      if (!sameShape(withAxis(type.shape, axis, 0), withAxis(first.shape, axis, 0))) throw new ShapeError(`the other axes of ${typeText(first)} and ${typeText(type)} differ`);
      size += part;
    }
    return { kind: first.kind, dims, shape: withAxis(first.shape, axis, size) };
  },
  axisToDim: (args, { axis, dim }) => {
    const { type } = argument(args, 0);
    const [size, n] = [axisSize(type, axis), staticDim(dim)];
    if (n === 0 || size % n !== 0) throw new ShapeError(`${typeText(type)} cannot be cut into ${n} equal pieces`, `${size} is no multiple of ${n}`);
    if (type.dims.some((each) => each.name === dim.name)) throw new ShapeError(`${typeText(type)} runs along "${dim.name}" already`, "give the new dimension another name");
    return { kind: type.kind, dims: [...type.dims, dim], shape: withAxis(type.shape, axis, size / n) };
  },
  dimToAxis: (args, { axis, dim }) => {
    const { type } = argument(args, 0);
    if (!hasDim(type, dim)) throw new ShapeError(`${typeText(type)} does not run along "${dim.name}"`);
    return { kind: type.kind, dims: withoutDim(type.dims, dim), shape: withAxis(type.shape, axis, axisSize(type, axis) * staticDim(dim)) };
  },
  view: (args, { from, to }) => {
    const { type } = argument(args, 0);
    if (!hasDim(type, from)) throw new ShapeError(`${typeText(type)} does not run along "${from.name}"`);
    if (hasDim(type, to)) throw new ShapeError(`the result would run along "${to.name}" twice`, `rename(xs, "other") gives one of them a name of its own`);
    if (!sameLength(from.length, to.length)) throw new ShapeError(`"${from.name}" is as long as ${dimText(from)}, "${to.name}" as ${dimText(to)}`);
    const dims = type.dims.map((dim) => (dim === from ? to : dim));
    return { ...type, dims: unionDims(dims, windowDims(to)) };
  },
  broadcast: (args, { dims }) => {
    const { type } = argument(args, 0);
    for (const dim of dims) if (hasDim(type, dim)) throw new ShapeError(`the result would run along "${dim.name}" twice`);
    return { ...type, dims: [...dims, ...type.dims] };
  },
  at: (args, { dim }) => {
    const [xs, index] = [argument(args, 0), argument(args, 1)];
    if (!hasDim(xs.type, dim)) throw new ShapeError(`${typeText(xs.type)} does not run along "${dim.name}"`);
    scalarIndex(index, "an index");
    return { ...xs.type, dims: unionDims(withoutDim(xs.type.dims, dim), index.type.dims) };
  },
  pick: (args) => {
    const [table, id] = [argument(args, 0), argument(args, 1)];
    scalarIndex(id, "the place to pick");
    const shape = table.type.shape.length === 1 ? [1] : table.type.shape.slice(1);
    return { kind: table.type.kind, dims: meet([table.type, id.type]), shape };
  },
  draw: (args) => (expectKind("draw", args, "int"), elementwise(args, "real")),

  history: (args, { dim }) => {
    const { type } = argument(args, 0);
    if (hasDim(type, dim)) throw new ShapeError(`the result would run along "${dim.name}" twice`);
    return { ...type, dims: unionDims([dim, ...type.dims], windowDims(dim)) };
  },
  scanOutput: (_, { region, slot }) => {
    const inside = region.outputs[slot];
    if (inside === undefined) throw new ShapeError(`the scan has no output ${slot}`);
    if (hasDim(inside.type, region.over)) throw new ShapeError(`the result would run along "${region.over.name}" twice`, `rename(xs, "other") first`);
    return { ...inside.type, dims: unionDims([region.over, ...inside.type.dims], windowDims(region.over)) };
  },
  scanFinal: (_, { region, slot }) => {
    const state = region.states[slot];
    if (state === undefined) throw new ShapeError(`the scan has no state ${slot}`);
    return state.type;
  },
};

/** The dimensions that the extent of a dimension varies along: those of the bounds of the windows that it is made from. */
export function windowDims(dim: Dim): readonly Dim[] {
  const { origin } = dim;
  switch (origin.kind) {
    case "sequence": return [];
    case "index": return windowDims(origin.of);
    case "window": return unionDims(unionDims(origin.start.type.dims, origin.end.type.dims), windowDims(origin.of));
  }
}

/**
 * No name stands for two extents within a value, and a value that runs along a window runs along whatever the window's
 * bounds vary along, too: else the window would have no one extent.
 */
export function checkDims(type: ValueType): void {
  meet([type]);
  for (const dim of type.dims) {
    for (const needed of windowDims(dim)) {
      if (hasDim(type, needed)) continue;
      throw new ShapeError(`the result would run along a slice of "${dim.name}" but not along "${needed.name}", which the bounds of the slice depend on`, `reduce over "${dim.name}" first`);
    }
  }
}

export function inferType<O extends Op>(op: O, args: readonly Node[], attributes: Attributes[O]): ValueType {
  const rule: Rule<O> = rules[op];
  const type = rule(args, attributes);
  checkDims(type);
  return type;
}
