/**
 * From a model's function to its graph: inputs from the annotations, the body, outputs from the keys of the result, and at
 * the end the names of the parameters, which are known only when all of the model is.
 */
import { fixedLength, freeLength } from "../../ir/graph/length.js";
import type { Graph, GraphOutput, NodeOf } from "../../ir/graph/node.js";
import { rewriteGraph } from "../../ir/graph/rewrite.js";
import { sameShape, visibleTypeText as typeText, type Dim, type ValueType } from "../../ir/graph/types.js";
import { isInt32 } from "../../support/int32.js";
import { defined } from "../../support/invariant.js";
import type { Span } from "../../support/span.js";
import { leafText, type Annotation } from "./annotations.js";
import type { Parameter } from "../syntax/ast.js";
import { refuse } from "../catalogue.js";
import { broadcastTo } from "../values/dims.js";
import { Evaluator } from "../evaluate/expressions.js";
import { enterFrame, Environment, type Frame } from "../values/frame.js";
import { Lowering } from "../values/lowering.js";
import { initialOf, type Models, type ModelSignature, type Setting } from "./find.js";
import type { Modules } from "../files/modules.js";
import { parameterNames } from "../values/names.js";
import { describe, leaves, RecordValue, Tensor, type Value } from "../values/values.js";

/** A value of a model's parameter that is known at compile time. */
export interface SettingDeclaration {
  readonly name: string;
  readonly value: Setting;
  /** What it is where the caller sets nothing. */
  readonly initial: Setting;
}

/** One model of a file. */
export interface ModelDeclaration {
  readonly name: string;
  readonly graph: Graph;
  /** It returns one real for one example: what training makes small. */
  readonly objective: boolean;
  /** The names of all parameters that the source has, also of those that no output needs. */
  readonly parameters: readonly string[];
  readonly settings: readonly SettingDeclaration[];
  readonly doc?: string;
  readonly span: Span;
}

/** The output of a model that returns one value and no record. */
const onlyOutput = "output";

export function buildModel(name: string, signature: ModelSignature, modules: Modules, models: Models): ModelDeclaration {
  const lowering = new Lowering();
  const evaluator = new Evaluator(lowering, modules, models);
  const { module, syntax } = signature;
  const frame: Frame<Value> = { module, environment: new Environment<Value>(undefined, signature), scope: evaluator.root(syntax), turns: [] };
  evaluator.active.add(syntax);
  const inputs = new Inputs(evaluator, frame);
  const settings: SettingDeclaration[] = [];
  for (const each of signature.parameters) {
    const { pattern, initial, span } = each.parameter;
    if (each.kind === "setting") {
      const value = evaluator.evaluate(each.initial, enterFrame(frame, each.initial, each.name));
      if (typeof value !== "number" && typeof value !== "string" && typeof value !== "boolean") return refuse("GF4005", `${each.name} is neither an input nor a setting: its default is ${describe(value)}`, each.initial.span, "annotate it as an input, or give it a number, string or boolean");
      const set = models.setting(module, syntax, each.name) ?? value;
      if (typeof set !== typeof value) refuse("GF4006", `${each.name} is a ${typeof value}, it was set to ${describe(set)}`, span, `give a ${typeof value}`);
      if (each.parameter.type !== undefined) models.check(each.parameter.type, module, set, each.name, span, true);
      settings.push({ name: each.name, value: set, initial: value });
      evaluator.bind(pattern, set, frame, frame.environment, true, span);
    } else {
      const hint = pattern.kind === "name" ? pattern.name : undefined;
      const given = initial === undefined ? undefined : { value: evaluator.evaluate(initial, enterFrame(frame, initial, hint)), span: initial.span };
      const value = inputs.make(each.annotation, hint === undefined ? [] : [hint], each.parameter, given);
      evaluator.bind(pattern, value, frame, frame.environment, true, span);
    }
  }
  const { body } = syntax;
  const result = body.kind === "block" ? evaluator.runBlock(body, frame)?.value : evaluator.evaluate(body, enterFrame(frame, body, undefined));
  const outputs = outputsOf(lowering, result, syntax.span);
  const names = parameterNames(evaluator.scopes);
  // The names of the parameters are put in by a last walk, which leaves out what no output needs.
  const graph = rewriteGraph({ name, inputs: inputs.nodes, outputs }, (node, _, rewriter) => {
    if (node.op !== "param") return undefined;
    const { name: key, per, shape, init } = node.attributes;
    const place = defined(names.get(key), "the name of a parameter");
    return rewriter.builder.make("param", [], { name: place.name, per: per.map((dim) => rewriter.dim(dim)), shape, ...(init === undefined ? {} : { init }) }, place);
  });
  const objective = result instanceof Tensor && result.type.kind === "real" && result.type.dims.length === 0 && sameShape(result.type.shape, [1]);
  return { name, graph, objective, parameters: [...names.values()].map((place) => place.name), settings, span: syntax.span, ...(syntax.doc === undefined ? {} : { doc: syntax.doc }) };
}

/** The inputs of a model, in the order of declaration. */
class Inputs {
  readonly nodes: NodeOf<"input">[] = [];
  private readonly lengths = new Map<string, number | undefined>();

  constructor(private readonly evaluator: Evaluator, private readonly frame: Frame<Value>) {}

  make(annotation: Annotation, path: readonly string[], parameter: Parameter, given: { readonly value: Value; readonly span: Span } | undefined): Value {
    if (annotation.kind === "value") return this.input(annotation, path.join("."), parameter.span, given);
    if (annotation.kind !== "record") return refuse("GF4005", "this input is not understood", parameter.span, "annotate it as Vec<N>, Real, Id<N>, Seq<\"name\", ...>, or a record of these");
    const entries = new Map<string, Value>();
    for (const [key, member] of annotation.members) {
      const property = path.length <= 1 ? initialOf(parameter.pattern, key) : undefined;
      const whole = given?.value instanceof RecordValue ? given.value.get(key) : undefined;
      const initial = whole !== undefined && given !== undefined ? { value: whole, span: given.span } : property?.initial === undefined ? undefined : { value: this.evaluator.evaluate(property.initial, enterFrame(this.frame, property.initial, key)), span: property.initial.span };
      entries.set(key, this.make(member.type, [...path, key], { ...parameter, pattern: property?.pattern ?? { kind: "name", name: key, span: parameter.span } }, initial));
    }
    return new RecordValue(entries, new Map(), true);
  }

  private input({ leaf, dims: along }: Annotation & { readonly kind: "value" }, name: string, span: Span, given: { readonly value: Value; readonly span: Span } | undefined): Tensor {
    const { lowering } = this.evaluator;
    if (this.nodes.some((node) => node.attributes.name === name)) refuse("GF4005", `two inputs are called ${name}`, span, "give one of them another name");
    const dims = along.map(({ name: dim, length }) => this.dim(dim, length, span));
    if (new Set(dims).size < dims.length) refuse("GF4005", `${name} runs along one dimension twice`, span, "give each dimension a name of its own");
    const size = leaf.kind === "real" ? leaf.size ?? 1 : 1;
    const type: ValueType = { kind: leaf.kind === "real" ? "real" : "int", dims, shape: [size] };
    const args = given === undefined || given.value === undefined ? [] : [this.initial(given.value, type, `${name} is ${leafText(leaf)}`, given.span)];
    const classes = leaf.kind === "id" ? leaf.classes : undefined;
    const node = lowering.builder.make("input", args, { name, type, ...(classes === undefined ? {} : { classes }) }, { name, span });
    this.nodes.push(node);
    return new Tensor(node, { classes, id: leaf.kind === "id" ? true : undefined });
  }

  /** What an input is where the caller leaves it out, as a node of the input's type. */
  private initial(value: Value, type: ValueType, what: string, span: Span) {
    const { lowering } = this.evaluator;
    const mismatch = () => refuse("GF4005", `${what}, its default is ${describe(value)}`, span, "give a default of the same kind and size");
    if (typeof value === "number") {
      if (type.kind === "int" && !isInt32(value)) mismatch();
      return broadcastTo(lowering, lowering.builder.constant(value, type.kind, type.shape), type.dims);
    }
    if (!(value instanceof Tensor) || !sameShape(value.type.shape, type.shape) || value.type.dims.some((dim) => !type.dims.includes(dim))) return mismatch();
    if (value.type.kind === "condition" || (value.type.kind === "real" && type.kind === "int")) return mismatch();
    return broadcastTo(lowering, type.kind === "real" ? lowering.toReal(value.node) : value.node, type.dims);
  }

  private dim(name: string, length: number | undefined, span: Span): Dim {
    if (name === "") refuse("GF4005", "a dimension has no name", span, "give it one, as in Seq<\"time\", ...>");
    if (this.lengths.has(name) && this.lengths.get(name) !== length) refuse("GF4005", `two lengths under the name "${name}"`, span, "give one of the dimensions a name of its own, or both the same length");
    this.lengths.set(name, length);
    return this.evaluator.lowering.builder.dim(name, length === undefined ? freeLength(name) : fixedLength(length));
  }
}

/** The leaves of the result, by dotted name. */
function outputsOf(lowering: Lowering, result: Value, span: Span): GraphOutput[] {
  const outputs: GraphOutput[] = [];
  const names = new Set<string>();
  const all = leaves(result);
  if (all.length === 0) refuse("GF4007", "the model gives nothing", span, "return a value, or a record of values");
  for (const { path, value, span: place = span } of all) {
    const name = path.length === 0 ? onlyOutput : path.join(".");
    const what = path.length === 0 ? "the result of a model" : `output ${name}`;
    if (!(value instanceof Tensor) && typeof value !== "number") refuse("GF4007", `${what} must be a value, this is ${describe(value)}`, place, "return numbers, sequences, and records of these; leave other keys out");
    const node = lowering.lift(value, place);
    const { type } = node;
    if (type.kind === "condition") refuse("GF4007", `${what} is ${typeText(type)}, and a condition is no number`, place, "write condition ? 1 : 0");
    if (type.dims.some((dim) => dim.origin.kind === "window")) refuse("GF4007", `${what} runs along a part of "${type.dims.find((dim) => dim.origin.kind === "window")?.name}"`, place, "reduce over the slice, or give the elements a range of their own: map(range(\"part\", n), (i) => at(xs, start + i))");
    if (new Set(type.dims.map((dim) => dim.name)).size < type.dims.length) refuse("GF4007", `${what} runs along two dimensions of one name`, place, "rename one of them");
    if (names.has(name)) refuse("GF4007", `two outputs are called ${name}`, place, "give one of them another name");
    names.add(name);
    const layout = value instanceof Tensor ? value.facts.layout : undefined;
    outputs.push({ name, node, dims: layout ?? type.dims });
  }
  return outputs;
}
