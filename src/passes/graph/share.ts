/**
 * Share: what is computed twice is computed once.
 *
 * The builder shares nodes as they are made. What it cannot see is here: two scans that do the same on the same sequences
 * from the same starts become one; a sequence that a scan reads twice, an output that it hands out twice, and states that
 * begin and go on alike (each next value being the same if the states are) are kept once. Exact.
 */
import { at, defined } from "../../support/invariant.js";
import type { Attributes, Graph, Node, Op, Region } from "../../ir/graph/node.js";
import { rewriteGraph, type RegionEdit } from "../../ir/graph/rewrite.js";
import { graphRegions, regionOf } from "../../ir/graph/traverse.js";
import { typeText } from "../../ir/graph/types.js";
import type { GraphPass } from "../pass.js";
import { commutative } from "./canonical/colours.js";
import { regionsRead } from "./regions-read.js";

export const share: GraphPass = {
  name: "share",
  run: (graph) => mergeTwins(graph, { reassociate: false }),
};

export interface ShareOptions {
  /** Sums of three terms and more count as equal in any order, too: their results may differ by rounding. */
  readonly reassociate: boolean;
}

export function mergeTwins(graph: Graph, options: ShareOptions): Graph {
  const edits = new Map(graphRegions(graph).map((region) => [region.id, withoutTwins(region, options)]));
  const byText = new Map<string, Region>();
  return rewriteGraph(graph, () => undefined, {
    edit: (region) => edits.get(region.id),
    close: (region) => {
      const text = regionText(region, options);
      const twin = byText.get(text);
      if (twin === undefined) byText.set(text, region);
      return twin ?? region;
    },
  });
}

// ---- Twins within a scan.

interface Slots {
  readonly kept: readonly number[];
  readonly alias: ReadonlyMap<number, number>;
}

/** Of the slots with one key, the first. */
function firstOfEach(keys: readonly (string | number)[]): Slots {
  const first = new Map<string | number, number>();
  const kept: number[] = [];
  const alias = new Map<number, number>();
  for (const [slot, key] of keys.entries()) {
    const known = first.get(key);
    if (known === undefined) {
      first.set(key, slot);
      kept.push(slot);
    } else alias.set(slot, known);
  }
  return { kept, alias };
}

function withoutTwins(region: Region, options: ShareOptions): RegionEdit {
  const sequences = firstOfEach(region.sequences.map((xs) => xs.id));
  const classes = stateClasses(region, sequences, options);
  const states = firstOfEach(classes);
  const text = bodyText(region, sequences, classes, options);
  const outputs = firstOfEach(region.outputs.map((output) => text.of(output)));
  return { sequences: sequences.kept, sequenceAlias: sequences.alias, outputs: outputs.kept, outputAlias: outputs.alias, states: states.kept, stateAlias: states.alias };
}

/**
 * States are assumed to be twins if they begin alike, until their next values, written with the assumed twins as one,
 * differ; then they are told apart, and the question is asked again.
 */
function stateClasses(region: Region, sequences: Slots, options: ShareOptions): readonly number[] {
  let classes = numbered(region.starts.map((start, slot) => `${start.id} ${typeText(at(region.states, slot).type)}`));
  for (;;) {
    const text = bodyText(region, sequences, classes, options);
    const next = numbered(region.nexts.map((value, slot) => `${at(classes, slot)} ${text.of(value)}`));
    if (new Set(next).size === new Set(classes).size) return classes;
    classes = next;
  }
}

/** The body, where elements of one sequence are one, and so are states of one class. */
function bodyText(region: Region, sequences: Slots, classes: readonly number[], options: ShareOptions): BodyText {
  return new BodyText(region, options, (slot) => String(sequences.alias.get(slot) ?? slot), (slot) => String(at(classes, slot)));
}

function numbered(keys: readonly string[]): readonly number[] {
  const numbers = new Map<string, number>();
  return keys.map((key) => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  });
}

// ---- Twin scans.

/** What a scan does, in words that are the same for two scans exactly if they do the same. */
function regionText(region: Region, options: ShareOptions): string {
  const text = new BodyText(region, options, String, String);
  return [
    region.over.label,
    region.reverse,
    region.sequences.map((xs) => xs.id).join(","),
    region.starts.map((start) => start.id).join(","),
    region.states.map((state) => typeText(state.type)).join(","),
    region.nexts.map((next) => text.of(next)).join(","),
    region.outputs.map((output) => text.of(output)).join(","),
    text.lines.join(";"),
  ].join("|");
}

/**
 * The values of a region's body as lines of text, equal lines being one. What stands outside is known by its id, and so is
 * the result of a scan inside, or what runs along a window of the region's own: those have no twins.
 */
class BodyText {
  readonly lines: string[] = [];
  private readonly lineNumbers = new Map<string, number>();
  private readonly known = new Map<Node, string>();

  constructor(private readonly region: Region, private readonly options: ShareOptions, private readonly itemName: (slot: number) => string, private readonly stateName: (slot: number) => string) {}

  of(node: Node): string {
    const stack: Node[] = [node];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const missing = this.isOpen(top) ? top.args.find((arg) => !this.known.has(arg)) : undefined;
      if (missing !== undefined) {
        stack.push(missing);
        continue;
      }
      if (!this.known.has(top)) this.known.set(top, this.name(top));
      stack.pop();
    }
    return defined(this.known.get(node), "a line");
  }

  private isOpen(node: Node): boolean {
    return regionOf(node) === undefined && regionsRead(node).has(this.region.id);
  }

  private name(node: Node): string {
    if ((node.op === "item" || node.op === "state" || node.op === "step") && node.attributes.region === this.region.id) {
      return node.op === "step" ? "t" : node.op === "item" ? `i${this.itemName(node.attributes.slot)}` : `s${this.stateName(node.attributes.slot)}`;
    }
    if (!this.isOpen(node)) return `n${node.id}`;
    const args = node.args.map((arg) => defined(this.known.get(arg), "a line"));
    // Two terms may stand either way; three would be rounded otherwise.
    if (commutative.has(node.op) && (args.length === 2 || this.options.reassociate)) args.sort();
    const line = `${node.op}(${args.join(",")})${attributesText(node.attributes, this.region.id)}`;
    const number = this.lineNumbers.get(line) ?? this.lines.length;
    if (number === this.lines.length) {
      this.lineNumbers.set(line, number);
      this.lines.push(line);
    }
    return `l${number}`;
  }
}

function attributesText(attributes: Attributes[Op], here: number): string {
  return JSON.stringify(attributes, (key, value: unknown) => {
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) return `#${Object.is(value, -0) ? "-0" : value}`;
    if (key === "region") return value === here ? "here" : value;
    return typeof value === "object" && value !== null && "label" in value ? value.label : value;
  });
}

