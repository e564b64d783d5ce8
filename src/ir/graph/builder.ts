/**
 * The builder makes nodes. It infers each type, refuses what does not fit with a ShapeError, and shares: the same op on the
 * same arguments with the same attributes is one node. It also keeps the dimensions, whose identity is what lets two
 * values meet: one dimension for each name and length, one index for each dimension and depth of map, one window for each
 * pair of bounds.
 */
import type { Span } from "../../support/span.js";
import { inferType } from "./infer.js";
import { fixedLength, lengthText, type Length } from "./length.js";
import type { Attributes, ElementwiseOp, Node, NodeOf, Op, Region } from "./node.js";
import type { Dim, DimOrigin, Kind, ValueType } from "./types.js";

/** Where a node comes from. The first origin of a shared node is kept. */
export interface Origin {
  readonly name?: string | undefined;
  readonly span?: Span | undefined;
}

const nothing: Origin = {};

export class GraphBuilder {
  private readonly nodes = new Map<string, Node>();
  private readonly dims = new Map<string, Dim>();
  private readonly labels = new Map<string, number>();
  private nextId = 0;
  private nextRegion = 0;
  private nextSite = 0;

  /** How many nodes were made. */
  get size(): number {
    return this.nextId;
  }

  // ---- Dimensions.

  /** A sequence dimension. A second call with the same name and length gives the same dimension. */
  dim(name: string, length: Length | number): Dim {
    const form = typeof length === "number" ? fixedLength(length) : length;
    return this.internDim(`sequence ${JSON.stringify(name)} ${lengthText(form)}`, name, form, { kind: "sequence" });
  }

  /** The running position of the level-th nested map over `of`. */
  indexDim(of: Dim, level: number): Dim {
    return this.internDim(`index ${of.label} ${level}`, of.name, of.length, { kind: "index", of, level });
  }

  /** The positions of `of` from start up to, not including, end. */
  windowDim(of: Dim, start: Node, end: Node): Dim {
    return this.internDim(`window ${of.label} ${start.id} ${end.id}`, of.name, of.length, { kind: "window", of, start, end });
  }

  private internDim(key: string, name: string, length: Length, origin: DimOrigin): Dim {
    const known = this.dims.get(key);
    if (known !== undefined) return known;
    const count = this.labels.get(name) ?? 0;
    this.labels.set(name, count + 1);
    const dim: Dim = { name, label: count === 0 ? name : `${name}#${count + 1}`, length, origin };
    this.dims.set(key, dim);
    return dim;
  }

  // ---- Nodes.

  make<O extends Op>(op: O, args: readonly Node[], attributes: Attributes[O], origin: Origin = nothing): NodeOf<O> & Node {
    // The arguments of a scan are those of its region, which the attributes name.
    const key = "region" in attributes && typeof attributes.region === "object" ? `${op}${attributesKey(attributes)}` : `${op}(${args.map((arg) => arg.id).join(",")})${attributesKey(attributes)}`;
    const known = this.nodes.get(key);
    if (known !== undefined) return known as NodeOf<O> & Node;
    const type = inferType(op, args, attributes);
    const node = { id: this.nextId++, op, args, attributes, type, name: origin.name, span: origin.span } as NodeOf<O> & Node;
    this.nodes.set(key, node);
    return node;
  }

  constant(value: number, kind: Kind = "real", shape: readonly number[] = [1]): Node {
    return this.make("constant", [], { value, kind, shape });
  }

  /** An elementwise op without attributes. */
  apply(op: ElementwiseOp, args: readonly Node[], origin: Origin = nothing): Node {
    return this.make(op, args, {}, origin);
  }

  /** A fresh number for a place that draws. */
  site(): number {
    return this.nextSite++;
  }

  // ---- Scans.

  /** Opens the region of a scan: the parameters that stand for the elements, the states and the position. */
  openRegion(over: Dim, sequences: readonly Node[], stateTypes: readonly ValueType[]): OpenRegion {
    const region = this.nextRegion++;
    const items = sequences.map((xs, slot) => {
      const type = { ...xs.type, dims: xs.type.dims.filter((dim) => dim !== over) };
      return this.make("item", [], { region, slot, type }, { name: xs.name, span: xs.span });
    });
    const states = stateTypes.map((type, slot) => this.make("state", [], { region, slot, type }));
    return { id: region, over, sequences, items, states, step: this.make("step", [], { region }) };
  }

  /** Closes it. Every next state must have the type of its state; the verifier holds this. */
  closeRegion(open: OpenRegion, body: RegionBody): Region {
    const { id, over, sequences, items, states } = open;
    return { id, over, sequences, items, states, ...body };
  }

  scanOutput(region: Region, slot: number, origin: Origin = nothing): Node {
    return this.make("scanOutput", [...region.sequences, ...region.starts], { region, slot }, origin);
  }

  scanFinal(region: Region, slot: number, origin: Origin = nothing): Node {
    return this.make("scanFinal", [...region.sequences, ...region.starts], { region, slot }, origin);
  }
}

export interface OpenRegion {
  readonly id: number;
  readonly over: Dim;
  readonly sequences: readonly Node[];
  readonly items: readonly NodeOf<"item">[];
  readonly states: readonly NodeOf<"state">[];
  readonly step: NodeOf<"step">;
}

export interface RegionBody {
  readonly reverse: boolean;
  readonly starts: readonly Node[];
  readonly nexts: readonly Node[];
  readonly outputs: readonly Node[];
  readonly stateNames: readonly string[];
  readonly outputNames: readonly string[];
}

/** Attributes as text. Dimensions and regions stand for themselves by their label or id, which are unique in a builder. */
function attributesKey(attributes: Attributes[Op]): string {
  return JSON.stringify(attributes, (key, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value)) return `#${value}`;
    if (Object.is(value, -0)) return "#-0";
    if (typeof value !== "object" || value === null) return value;
    if ("label" in value) return `dim ${String(value.label)}`;
    if (key === "region" && "id" in value) return `region ${String(value.id)}`;
    return value;
  });
}
