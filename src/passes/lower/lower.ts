/**
 * From a graph to a program: decide what is stored, make an expression for each stored value, level the stored values into
 * stages, and group those of one stage and one index space into kernels.
 *
 * Within a place (at load, once a run, or the step of a scan) the stage of a stored value is the longest path to it: to
 * read another stored value costs one stage, unless it is read at the very position that is being computed - then both can
 * share a kernel. A scan inside the place takes part as one unit.
 */
import type { Graph, GraphOutput, Node, NodeOf, Region } from "../../ir/graph/node.js";
import { freeNames } from "../../ir/graph/length.js";
import { graphNodes, regionOf } from "../../ir/graph/traverse.js";
import { outputType, sameDims, sameShape, type Dim, type ValueType } from "../../ir/graph/types.js";
import type { Axis, Buffer, BufferRole, Kernel } from "../../ir/kernel/kernel.js";
import type { Carried, Instruction, Loop, Program, ProgramInput, ProgramOutput, ProgramParameter, StreamProgram } from "../../ir/program/program.js";
import { defined, invariant } from "../../support/invariant.js";
import { dimIndex, withDim, type ExprPosition } from "./access.js";
import { Buffers } from "./buffers.js";
import { evenScans } from "./even-scans.js";
import { Expressions } from "./expressions.js";
import { makeKernel } from "./kernels.js";
import { Places, type Place } from "./places.js";
import { joinedParts, layoutIndex, peel, windowsAround, type StoreRequest } from "./requests.js";
import { schedule, type KernelUnit, type LoopUnit, type Unit } from "./schedule.js";
import { sameIndex, type Site } from "./sites.js";
import { Storage } from "./storage.js";
import { Values } from "./values.js";

export function lowerGraph(graph: Graph): Program {
  return new Lowering(evenScans(graph), undefined).program();
}

/** A graph in single-scan form, each output a sequence of the one scan: its loop is driven from outside. */
export function lowerStream(uneven: Graph): StreamProgram {
  const graph = evenScans(uneven);
  const first = graph.outputs[0];
  const region = first === undefined ? undefined : regionOf(first.node);
  invariant(region !== undefined && graph.outputs.every(({ node }) => node.op === "scanOutput" && node.attributes.region === region), "a streamed graph has one scan, whose sequences are its outputs");
  const lowering = new Lowering(graph, region);
  const program = lowering.program();
  const loop = program.body.at(-1);
  invariant(loop?.op === "loop", "a streamed program ends with its loop");
  const stepInputs = graph.inputs.filter((input) => input.type.dims.includes(region.over)).map((input) => input.attributes.name);
  const histories = lowering.histories();
  const rows = region.over.length.terms[0]?.atom;
  return { program, loop, stepInputs, histories, rows: rows?.kind === "free" && (histories.length > 0 || looksBack(graph, region.over, rows.name)) ? rows.name : undefined };
}

/** Whether a step looks at the steps so far, kept or not: a window over them ends where the rows do. */
function looksBack(graph: Graph, over: Dim, name: string): boolean {
  const isWindow = (dim: Dim | undefined): boolean => dim !== undefined && dim !== over && freeNames(dim.length).has(name);
  return graphNodes(graph).some((node) => node.type.dims.some(isWindow) || isWindow(regionOf(node)?.over));
}

class Lowering {
  private readonly places: Places;
  private readonly exprs = new Expressions();
  private readonly buffers = new Buffers();
  private readonly values: Values;
  private readonly storage: Storage;
  private readonly sites = new Map<string, Site>();
  private readonly loopAxes = new Map<number, Axis>();
  private readonly carried = new Map<number, Carried[]>();
  private readonly requests: StoreRequest[] = [];
  private readonly fallbacks = new Map<NodeOf<"input">, StoreRequest>();
  private readonly ranks = new Map<Node, number>();
  private readonly kept = new Map<Node, Buffer>();
  private readonly kernelCount = new Map<string, number>();

  constructor(private readonly graph: Graph, private readonly streamed: Region | undefined) {
    this.places = new Places(graph);
    for (const node of this.places.order) this.ranks.set(node, this.ranks.size);
    this.values = new Values(this.exprs, this.places.regions, (region) => this.loopAxis(region), (node) => this.ranks.get(node) ?? 0);
    this.placeLeaves();
    this.askForOutputs();
    for (const region of this.places.regions.values()) this.askForRegion(region);
    const asked = this.peelRequests();
    this.storage = new Storage(this.places, asked.requests, new Set(asked.joined.keys()));
    this.placeAsked(asked.requests, asked.joined);
    this.placeRoots();
    for (const request of asked.requests) this.site(request);
    this.siteRoots();
  }

  // ---- Buffers.

  private placeLeaves(): void {
    for (const node of this.places.order) {
      if (node.op === "param") {
        const buffer = this.buffers.make(node.attributes.name, "parameter", node.type);
        this.values.locations.set(node, { buffer, index: (position) => layoutIndex(node.type, position) });
      }
      if (node.op === "input") {
        const type = this.perStep(node.type);
        const buffer = this.buffers.make(node.attributes.name, "input", type);
        if (node.attributes.classes !== undefined) this.exprs.limit(buffer, node.attributes.classes);
        this.values.locations.set(node, { buffer, index: (position) => layoutIndex(type, position) });
        const fallback = node.args[0];
        if (fallback !== undefined) this.fallbacks.set(node, { node: fallback, type, place: "run", buffer, stays: false, index: (position) => layoutIndex(type, position) });
      }
    }
  }

  /** In a stream, a sequence along the streamed dimension is one element at a time. */
  private perStep(type: ValueType): ValueType {
    return this.streamed === undefined ? type : { ...type, dims: type.dims.filter((dim) => dim !== this.streamed?.over) };
  }

  private askForOutputs(): void {
    for (const output of this.graph.outputs) {
      const { name, node } = output;
      if (this.streamed !== undefined && node.op === "scanOutput") {
        const inside = defined(this.streamed.outputs[node.attributes.slot], "an output");
        const layout = this.perStep(outputType(output));
        const buffer = this.buffers.make(name, "output", layout);
        this.requests.push({ node: inside, type: inside.type, place: this.streamed.id, buffer, stays: true, index: (position) => layoutIndex(layout, position) });
        continue;
      }
      const layout = outputType(output);
      const buffer = this.buffers.make(name, "output", layout);
      this.requests.push({ node, type: node.type, place: "run", buffer, stays: true, index: (position) => layoutIndex(layout, position) });
    }
  }

  private askForRegion(region: Region): void {
    const axis = this.exprs.axis(this.loopAxis(region));
    const carried: Carried[] = [];
    region.states.forEach((state, slot) => {
      const source = region.stateNames[slot];
      const name = source ?? `state${slot}`;
      const current = this.buffers.make(name, "state", state.type, source);
      const next = this.buffers.make(`${name}.next`, "state", state.type, source);
      const index = (position: ExprPosition) => layoutIndex(state.type, position);
      this.values.locations.set(state, { buffer: current, index });
      this.requests.push({ node: defined(region.starts[slot], "a start"), type: state.type, place: this.places.parent(region.id), buffer: current, index, stays: false });
      this.requests.push({ node: defined(region.nexts[slot], "a next state"), type: state.type, place: region.id, buffer: next, index, stays: true });
      carried.push({ current, next, source });
    });
    this.carried.set(region.id, carried);
    this.askForHistories(region);
    if (region === this.streamed) return;
    const rows = new Map<number, Buffer>();
    for (const node of this.places.order) {
      if (regionOf(node)?.id !== region.id) continue;
      if (node.op === "scanFinal") {
        const { current } = defined(carried[node.attributes.slot], "a state");
        this.values.locations.set(node, { buffer: current, index: (position) => layoutIndex(node.type, position) });
      }
      if (node.op === "scanOutput" && !rows.has(node.attributes.slot)) {
        const inside = defined(region.outputs[node.attributes.slot], "an output");
        const ready = this.outputBuffer(node);
        const layout = ready === undefined ? node.type : outputType(ready.output);
        const buffer = ready?.buffer ?? this.buffers.make(node.name ?? region.outputNames[node.attributes.slot] ?? "row", "temporary", node.type);
        rows.set(node.attributes.slot, buffer);
        this.values.locations.set(node, { buffer, index: (position) => layoutIndex(layout, position) });
        this.requests.push({ node: inside, type: inside.type, place: region.id, buffer, stays: true, index: (position) => layoutIndex(layout, { dims: withDim(position, region.over, axis), axes: position.axes }) });
      }
    }
  }

  /** Values whose earlier steps are read: one row a step. */
  private askForHistories(region: Region): void {
    const axis = this.exprs.axis(this.loopAxis(region));
    for (const node of this.places.order) {
      if (node.op !== "history" || node.attributes.region !== region.id) continue;
      const value = defined(node.args[0], "what a history keeps");
      let buffer = this.kept.get(value);
      if (buffer === undefined) {
        const rows: ValueType = { ...value.type, dims: [region.over, ...value.type.dims] };
        buffer = this.buffers.make(`${value.name ?? "kept"}.history`, "state", rows, value.name);
        this.kept.set(value, buffer);
        this.requests.push({ node: value, type: value.type, place: region.id, buffer, stays: true, index: (position) => [axis, ...layoutIndex(value.type, position)] });
      }
      const { dim } = node.attributes;
      const found = buffer;
      this.values.locations.set(node, { buffer: found, index: (position) => [dimIndex(position, dim), ...layoutIndex(value.type, position)] });
    }
  }

  histories(): readonly Buffer[] {
    return [...this.kept.values()];
  }

  /** A sequence that goes straight to the caller is written where the caller reads it. */
  private outputBuffer(node: Node): { buffer: Buffer; output: GraphOutput } | undefined {
    if (node.type.dims.some((dim) => dim.origin.kind === "window")) return undefined;
    const at = this.requests.findIndex((request) => request.node === node && request.place === "run" && request.buffer.role === "output");
    const buffer = at === -1 ? undefined : this.requests.splice(at, 1)[0]?.buffer;
    const output = buffer === undefined ? undefined : this.graph.outputs[this.buffers.outputNumber(buffer)];
    return buffer === undefined || output === undefined ? undefined : { buffer, output };
  }

  private loopAxis(region: Region): Axis {
    const known = this.loopAxes.get(region.id);
    if (known !== undefined) return known;
    const around = this.places.around(this.places.parent(region.id));
    const extent = this.values.extent(region.over, { dims: new Map(), axes: [] });
    const axis: Axis = { name: around.length === 0 ? "t" : `t${around.length + 1}`, extent };
    this.loopAxes.set(region.id, axis);
    return axis;
  }

  // ---- Sites.

  private peelRequests(): { requests: StoreRequest[]; joined: Map<Node, StoreRequest> } {
    const requests: StoreRequest[] = [];
    const joined = new Map<Node, StoreRequest>();
    for (const request of this.requests) {
      const peeled = peel(request, this.places, this.exprs);
      requests.push(...peeled.requests);
      for (const each of peeled.joined) if (!joined.has(each.node)) joined.set(each.node, each);
    }
    for (const request of this.fallbacks.values()) requests.push(request);
    return { requests, joined };
  }

  /** The first buffer that a value is stored to at home is where its readers find it. */
  private placeAsked(requests: readonly StoreRequest[], joined: ReadonlyMap<Node, StoreRequest>): void {
    for (const request of [...joined.values(), ...requests]) {
      const { node } = request;
      if (!request.stays || windowsAround(request).length > 0 || this.values.locations.has(node) || !this.storage.isRoot(node) || request.place !== this.places.of(node)) continue;
      if (!sameDims(request.type.dims, node.type.dims) || !sameShape(request.type.shape, node.type.shape)) continue;
      this.values.locations.set(node, { buffer: request.buffer, index: (position) => request.index(position) });
    }
  }

  /** Values that the storage rule keeps and nobody asked for get buffers of their own. */
  private placeRoots(): void {
    for (const node of this.places.order) {
      if (!this.storage.isRoot(node) || !this.storage.isRead(node) || this.values.locations.has(node)) continue;
      const place = this.places.of(node);
      const role: BufferRole = place === "prepare" ? "prepared" : "temporary";
      const buffer = this.buffers.make(node.name ?? node.op, role, node.type, node.name);
      const index = (position: ExprPosition) => layoutIndex(node.type, position);
      this.values.locations.set(node, { buffer, index });
      const request: StoreRequest = { node, type: node.type, place, buffer, stays: true, index };
      this.ownRequests.push(...joinedParts(request, this.places, this.exprs).requests);
    }
  }

  private readonly ownRequests: StoreRequest[] = [];

  private siteRoots(): void {
    for (const request of this.ownRequests) this.site(request);
  }

  private site(request: StoreRequest): void {
    const { node, place, buffer } = request;
    const within = windowsAround(request);
    const type = { ...request.type, dims: request.type.dims.map((dim) => (within.includes(dim) ? wholeOf(dim) : dim)) };
    const { space, position: own } = this.values.space(type.dims, type.shape);
    const position = within.length === 0 ? own : { dims: new Map([...own.dims, ...within.map((dim) => [dim, dimIndex(own, wholeOf(dim))] as const)]), axes: own.axes };
    const store = { buffer, index: request.index(position) };
    const fallback = this.isFallback(request) ? `fallback ${buffer.name}` : String(place);
    const key = `${node.id} ${fallback} ${space.map((axis) => this.exprs.id(this.exprs.axis(axis))).join(",")}`;
    const known = this.sites.get(key);
    if (known !== undefined) {
      if (!known.stores.some((each) => each.buffer === buffer && sameIndex(each.index, store.index))) known.stores.push(store);
      return;
    }
    const axes = type.shape.length === node.type.shape.length ? position.axes : position.axes.slice(type.shape.length - node.type.shape.length);
    const inner = { dims: position.dims, axes: axes.map((index, i) => (node.type.shape[i] === 1 ? this.values.zero : index)) };
    const home = within.length === 0 && place === this.places.of(node) && this.storage.isRoot(node) && !this.carriesOver(node);
    const value = this.values.within(within, inner, node.type.kind, () => (home ? this.values.compute(node, inner) : this.values.at(node, inner)));
    this.sites.set(key, { order: this.sites.size, node, place, space, value, stores: [store] });
  }

  /** States, items and other leaves are never computed, only read. */
  private carriesOver(node: Node): boolean {
    return node.op === "scanOutput" || node.op === "scanFinal" || node.op === "state" || node.op === "input" || node.op === "param";
  }

  private isFallback(request: StoreRequest): boolean {
    return [...this.fallbacks.values()].includes(request);
  }

  // ---- Instructions.

  program(): Program {
    const fallbackSites = new Map<Buffer, Site[]>();
    const byPlace = new Map<Place, Site[]>();
    for (const site of this.sites.values()) {
      const buffer = site.stores[0]?.buffer;
      if (buffer?.role === "input") fallbackSites.set(buffer, [...(fallbackSites.get(buffer) ?? []), site]);
      else byPlace.set(site.place, [...(byPlace.get(site.place) ?? []), site]);
    }
    const instructions = this.instructions("run", byPlace);
    // The loop that the caller drives comes last: nothing of what runs once reads what it gives.
    const driven = this.streamed === undefined ? undefined : this.loopAxis(this.streamed);
    const isDriven = (instruction: Instruction): boolean => instruction.op === "loop" && instruction.axis === driven;
    const body = [...instructions.filter((each) => !isDriven(each)), ...instructions.filter(isDriven)];
    return {
      name: this.graph.name,
      inputs: this.graph.inputs.map((input) => this.programInput(input, fallbackSites)),
      parameters: this.programParameters(),
      outputs: this.programOutputs(),
      lengths: this.freeLengths(),
      prepare: this.instructions("prepare", byPlace),
      body,
      arena: undefined,
    };
  }

  private instructions(place: Place, byPlace: ReadonlyMap<Place, readonly Site[]>): Instruction[] {
    const loops: LoopUnit[] = [];
    for (const region of this.places.regions.values()) {
      if (this.places.parent(region.id) !== place || place === "prepare") continue;
      loops.push({ kind: "loop", region, body: this.instructions(region.id, byPlace), carried: this.carried.get(region.id) ?? [], sites: this.sitesInside(region.id, byPlace), bounds: extentBounds(this.loopAxis(region)) });
    }
    const planned = schedule(byPlace.get(place) ?? [], loops);
    return planned.flatMap(({ stage, unit }) => this.emit(place, stage, unit));
  }

  private sitesInside(region: number, byPlace: ReadonlyMap<Place, readonly Site[]>): Site[] {
    const inner = [...this.places.regions.keys()].filter((id) => this.places.parent(id) === region);
    return [...(byPlace.get(region) ?? []), ...inner.flatMap((id) => this.sitesInside(id, byPlace))];
  }

  private emit(place: Place, stage: number, unit: Unit): Instruction[] {
    if (unit.kind === "kernel") return [{ op: "kernel", kernel: this.kernel(place, stage, unit) }];
    const { region } = unit;
    const loop: Loop = { op: "loop", axis: this.loopAxis(region), reverse: region.reverse, carried: unit.carried, body: unit.body, dimension: region.over.name };
    return [loop];
  }

  private kernel(place: Place, stage: number, { space, sites }: KernelUnit): Kernel {
    const base = typeof place === "number" ? "step" : place;
    const count = this.kernelCount.get(base) ?? 0;
    this.kernelCount.set(base, count + 1);
    return makeKernel(`${base}${count}`, stage, space, sites, this.exprs);
  }

  private programInput(input: NodeOf<"input">, fallbackSites: ReadonlyMap<Buffer, readonly Site[]>): ProgramInput {
    const { buffer } = defined(this.values.locations.get(input), "an input's buffer");
    const sites = fallbackSites.get(buffer);
    const fallback = sites === undefined ? undefined : [makeKernel(`default_${input.attributes.name}`, 0, sites[0]?.space ?? [], sites, this.exprs)];
    return { name: input.attributes.name, buffer, type: this.perStep(input.attributes.type), classes: input.attributes.classes, fallback };
  }

  private programParameters(): ProgramParameter[] {
    const parameters: ProgramParameter[] = [];
    for (const node of this.places.order) {
      if (node.op !== "param") continue;
      const { buffer } = defined(this.values.locations.get(node), "a parameter's buffer");
      const shape = [...node.type.dims.map((dim) => dim.length.constant), ...node.type.shape];
      parameters.push({ name: node.attributes.name, buffer, shape, initialiser: node.attributes.init });
    }
    return parameters.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  private programOutputs(): ProgramOutput[] {
    return this.graph.outputs.map((output, i) => {
      const buffer = this.buffers.output(i);
      invariant(buffer !== undefined, "an output without a buffer");
      return { name: output.name, buffer, type: this.perStep(outputType(output)) };
    });
  }

  private freeLengths(): string[] {
    const names = new Set<string>();
    for (const input of this.graph.inputs) {
      for (const dim of input.attributes.type.dims) for (const { atom } of dim.length.terms) if (atom.kind === "free") names.add(atom.name);
    }
    return [...names];
  }
}

function wholeOf(dim: Dim): Dim {
  return dim.origin.kind === "window" ? wholeOf(dim.origin.of) : dim;
}

function extentBounds(axis: Axis) {
  return axis.extent.kind === "window" ? [axis.extent.start, axis.extent.end] : [];
}
