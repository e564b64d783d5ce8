/**
 * Reads the text form that print.ts writes. What is read prints to the same text; a text written by hand may leave out the
 * types that the shape rules give, use any numbers for its nodes, and contain comments (# to the end of a line; behind a
 * node a comment is its name).
 *
 * The parser makes nodes through the builder, so types are inferred and compared with the ones written. It does not look
 * for what the verifier looks for.
 */
import { GraphBuilder, type Origin } from "./builder.js";
import { ShapeError } from "./infer.js";
import type { Length } from "./length.js";
import type { Attributes, Dim, Graph, GraphOutput, Initialiser, Kind, Node, NodeOf, Op, Region, ValueType } from "./node.js";
import { readInitialiser, readLength } from "./parse-parts.js";
import { attributeSyntax, kinds, type AttributeReader, type HeaderOp } from "./syntax.js";
import { GraphSyntaxError, TokenReader, type Token } from "./tokens.js";
import { sameType, typeText } from "./types.js";

export { GraphSyntaxError } from "./tokens.js";

export function parseGraph(text: string): Graph {
  return new Parser(text).graph();
}

type BodyOp = Exclude<Op, HeaderOp>;

function isBodyOp(word: string): word is BodyOp {
  return Object.hasOwn(attributeSyntax, word);
}

/** What the block of a scan has said so far. */
interface Block {
  readonly id: number;
  readonly step: Node;
  readonly sequences: Node[];
  readonly items: NodeOf<"item">[];
  readonly starts: Node[];
  readonly states: NodeOf<"state">[];
  readonly stateNames: string[];
  readonly nexts: Node[];
  readonly outputs: Node[];
  readonly outputNames: string[];
}

class Parser implements AttributeReader {
  private readonly builder = new GraphBuilder();
  private readonly tokens: TokenReader;
  private readonly nodes = new Map<string, Node>();
  /** By the label as it is written, in its canonical spelling. */
  private readonly dimsByLabel = new Map<string, Dim>();
  private readonly open = new Map<string, number>();
  private readonly closed = new Map<string, Region>();
  private readonly inputs: NodeOf<"input">[] = [];

  constructor(text: string) {
    this.tokens = new TokenReader(text);
  }

  graph(): Graph {
    const { tokens } = this;
    tokens.expect("graph");
    const name = tokens.string();
    tokens.expect("{");
    const outputs: GraphOutput[] = [];
    let inputs: readonly NodeOf<"input">[] = this.inputs;
    while (!tokens.skip("}")) {
      if (tokens.skip("output")) outputs.push(this.output());
      else if (tokens.skip("inputs")) inputs = this.list((node) => this.asInput(node));
      else this.statement(undefined);
    }
    if (tokens.peek().kind !== "end") tokens.miss("the end");
    return { name, inputs, outputs };
  }

  private output(): GraphOutput {
    const name = this.tokens.string();
    this.tokens.expect("=");
    const node = this.reference();
    const place = this.tokens.peek();
    const type = this.optionalType();
    if (type === undefined) return { name, node };
    if (!sameType(type, node.type)) this.tokens.fail(`the value is ${typeText(node.type)}`, place);
    return type.dims.every((dim, i) => dim === node.type.dims[i]) ? { name, node } : { name, node, dims: type.dims };
  }

  private asInput(node: Node): NodeOf<"input"> {
    return node.op === "input" ? node : this.tokens.fail("this is no input");
  }

  /** @param block the scan that it stands in */
  private statement(block: Block | undefined): void {
    const token = this.tokens.peek();
    if (token.kind === "reference") this.node(block);
    else if (this.tokens.skip("dim")) this.dimension();
    else if (this.tokens.skip("scan")) this.scan();
    else this.tokens.miss(block === undefined ? 'a node, "dim", "scan", "output" or "}"' : 'a node, "dim", "scan", "next", "output" or "}"');
  }

  // ---- Dimensions.

  private dimension(): void {
    const place = this.tokens.peek();
    const { name, label } = this.label();
    if (this.dimsByLabel.has(label)) this.tokens.fail(`the dimension ${label} is declared twice`, place);
    this.tokens.expect("=");
    const dim = this.declaration(name);
    if (dim.name !== name) this.tokens.fail(`it is a part of ${dim.name}, so its name must be that, too`, place);
    if ([...this.dimsByLabel.values()].includes(dim)) this.tokens.fail(`the same dimension is declared under another label`, place);
    this.dimsByLabel.set(label, dim);
  }

  private declaration(name: string): Dim {
    const { tokens } = this;
    if (tokens.skip("index")) {
      const level = tokens.integer();
      tokens.expect("of");
      return this.builder.indexDim(this.dim(), level);
    }
    if (tokens.skip("window")) {
      const start = this.reference();
      tokens.expect("to");
      const end = this.reference();
      tokens.expect("of");
      return this.builder.windowDim(this.dim(), start, end);
    }
    return this.builder.dim(name, this.length());
  }

  /** `time`, `time#2`, `"odd name"#2`. */
  private label(): { name: string; label: string } {
    const token = this.tokens.peek();
    if (token.kind === "label") {
      this.tokens.take();
      const cut = token.text.lastIndexOf("#");
      const written = token.text.slice(0, cut);
      const name = written.startsWith('"') ? String(JSON.parse(written)) : written;
      return { name, label: `${JSON.stringify(name)}${token.text.slice(cut)}` };
    }
    const name = this.tokens.name();
    return { name, label: JSON.stringify(name) };
  }

  // ---- Nodes.

  private node(block: Block | undefined): void {
    const { tokens } = this;
    const number = tokens.take();
    if (this.nodes.has(number.text)) tokens.fail(`%${number.text} is defined twice`, number);
    tokens.expect("=");
    const op = tokens.peek();
    const node = tokens.skip("item") ? this.item(this.inside(block, op))
      : tokens.skip("state") ? this.state(this.inside(block, op))
      : tokens.skip("step") ? this.step(this.inside(block, op))
      : this.bodyNode();
    this.nodes.set(number.text, node);
    if (node.op === "input" && !this.inputs.includes(node)) this.inputs.push(node);
  }

  private inside(block: Block | undefined, token: Token): Block {
    return block ?? this.tokens.fail(`${token.text} stands outside of a scan`, token);
  }

  private item(block: Block): Node {
    const sequence = this.reference();
    const type = this.type();
    const item = this.builder.make("item", [], { region: block.id, slot: block.items.length, type }, this.name());
    block.sequences.push(sequence);
    block.items.push(item);
    return item;
  }

  private state(block: Block): Node {
    block.stateNames.push(this.string());
    this.tokens.expect("=");
    block.starts.push(this.reference());
    const type = this.type();
    const state = this.builder.make("state", [], { region: block.id, slot: block.states.length, type }, this.name());
    block.states.push(state);
    return state;
  }

  private step(block: Block): Node {
    this.optionalType();
    return block.step;
  }

  private bodyNode(): Node {
    const place = this.tokens.take();
    if (place.kind !== "word" || !isBodyOp(place.text)) this.tokens.miss("an op", place);
    return this.make(place.text, place);
  }

  private make<O extends BodyOp>(op: O, place: Token): Node {
    const attributes = (attributeSyntax[op] as { read(reader: AttributeReader): (type: ValueType) => Attributes[O] }).read(this);
    const args = this.tokens.skip("(") ? this.list((node) => node, ")") : [];
    const typePlace = this.tokens.peek();
    const written = attributeSyntax[op].typed === true ? this.type() : this.optionalType();
    const made = this.guard(place, () => this.finish(op, args, attributes(written ?? { kind: "real", dims: [], shape: [1] })));
    if (written !== undefined && !sameType(written, made.type)) this.tokens.fail(`the type is ${typeText(made.type)}`, typePlace);
    return made;
  }

  private finish<O extends BodyOp>(op: O, args: readonly Node[], attributes: Attributes[O]): Node {
    const name = this.name();
    if (op !== "scanOutput" && op !== "scanFinal") return this.builder.make(op, args, attributes, name);
    const { region, slot } = attributes as Attributes["scanOutput"];
    return op === "scanOutput" ? this.builder.scanOutput(region, slot, name) : this.builder.scanFinal(region, slot, name);
  }

  private guard<T>(place: Token, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (error instanceof ShapeError) throw new GraphSyntaxError(place.line, place.column, error.message);
      throw error;
    }
  }

  private name(): Origin {
    return { name: this.tokens.comment() };
  }

  private reference(): Node {
    const token = this.tokens.peek();
    if (token.kind !== "reference") this.tokens.miss("a node");
    this.tokens.take();
    return this.nodes.get(token.text) ?? this.tokens.fail(`%${token.text} is not defined before`, token);
  }

  /** References between commas, up to a closing sign if there is one. */
  private list<T>(each: (node: Node) => T, close?: string): T[] {
    const result: T[] = [];
    if (close !== undefined && this.tokens.skip(close)) return result;
    do result.push(each(this.reference()));
    while (this.tokens.skip(","));
    if (close !== undefined) this.tokens.expect(close);
    return result;
  }

  // ---- Types.

  private optionalType(): ValueType | undefined {
    return this.tokens.is(":") ? this.type() : undefined;
  }

  private type(): ValueType {
    const { tokens } = this;
    tokens.expect(":");
    const dims = tokens.is("{") ? this.dims() : [];
    tokens.expect("[");
    const shape: number[] = [];
    do shape.push(tokens.integer());
    while (tokens.skip(","));
    tokens.expect("]");
    const kind = kinds.find((word) => word !== "real" && tokens.skip(word)) ?? "real";
    return { kind: kind satisfies Kind, dims, shape };
  }

  // ---- Scans.

  private scan(): void {
    const { tokens } = this;
    const place = tokens.peek();
    const label = tokens.name();
    if (this.open.has(label) || this.closed.has(label)) tokens.fail(`there are two scans ${label}`, place);
    tokens.expect("over");
    const over = this.dim();
    const reverse = tokens.skip("reverse");
    const { id, step } = this.builder.openRegion(over, [], []);
    this.open.set(label, id);
    const block: Block = { id, step, sequences: [], items: [], starts: [], states: [], stateNames: [], nexts: [], outputs: [], outputNames: [] };
    tokens.expect("{");
    while (!tokens.is("}")) {
      if (tokens.skip("next")) this.next(block);
      else if (tokens.skip("output")) {
        block.outputNames.push(this.string());
        tokens.expect("=");
        block.outputs.push(this.reference());
      } else this.statement(block);
    }
    if (block.nexts.length < block.states.length) tokens.fail(`the state ${block.stateNames[block.nexts.length]} has no next value`);
    tokens.expect("}");
    this.open.delete(label);
    this.closed.set(label, { over, reverse, ...withoutStep(block) });
  }

  private next(block: Block): void {
    const place = this.tokens.peek();
    const name = this.string();
    const due = block.stateNames[block.nexts.length];
    if (due === undefined) this.tokens.fail("there are more next values than states", place);
    if (due !== name) this.tokens.fail(`the next value of ${JSON.stringify(due)} is due here`, place);
    this.tokens.expect("=");
    block.nexts.push(this.reference());
  }

  // ---- What attributes are made of.

  string(): string {
    return this.tokens.string();
  }

  number(): number {
    return this.tokens.number();
  }

  integer(): number {
    return this.tokens.integer();
  }

  word(what: string, words: readonly string[]): string {
    return this.tokens.word(what, words);
  }

  flag(name: string): boolean {
    return this.tokens.skip(name);
  }

  key(name: string): boolean {
    if (!this.tokens.is(name) || !this.tokens.is("=", 1)) return false;
    this.tokens.take();
    this.tokens.take();
    return true;
  }

  expectKey(name: string): void {
    if (!this.key(name)) this.tokens.miss(`"${name}="`);
  }

  dim(): Dim {
    const place = this.tokens.peek();
    const { label } = this.label();
    return this.dimsByLabel.get(label) ?? this.tokens.fail(`there is no dimension ${place.text}`, place);
  }

  dims(): readonly Dim[] {
    this.tokens.expect("{");
    const dims: Dim[] = [];
    do dims.push(this.dim());
    while (this.tokens.skip(","));
    this.tokens.expect("}");
    return dims;
  }

  openScan(): number {
    const place = this.tokens.peek();
    const label = this.tokens.name();
    return this.open.get(label) ?? this.tokens.fail(`this does not stand in a scan ${label}`, place);
  }

  closedScan(): Region {
    const place = this.tokens.peek();
    const label = this.tokens.name();
    return this.closed.get(label) ?? this.tokens.fail(`there is no scan ${label} before`, place);
  }

  initialiser(): Initialiser {
    return readInitialiser(this.tokens);
  }

  length(): Length {
    return readLength(this.tokens);
  }
}

function withoutStep({ step: _, ...rest }: Block): Omit<Block, "step"> {
  return rest;
}
