/**
 * Stages: the order in which the stored values of one place are computed.
 *
 * The units of a place are its sites and its scans. A unit's stage is the longest path of reads that leads to it: reading a
 * site of the same space at the very position that is computed costs nothing, every other read costs one stage. Sites of
 * one stage and space form a kernel; the kernels of a stage don't read each other, nor the scans of their stage.
 */
import type { Region } from "../../ir/graph/node.js";
import type { Buffer, Expr } from "../../ir/kernel/kernel.js";
import type { Carried, Instruction } from "../../ir/program/program.js";
import { loadsOf, sameIndex, sameSpace, siteRoots, type Site } from "./sites.js";

export interface LoopUnit {
  readonly kind: "loop";
  readonly region: Region;
  readonly body: readonly Instruction[];
  readonly carried: readonly Carried[];
  /** Every site inside, those of inner loops included. */
  readonly sites: readonly Site[];
  readonly bounds: readonly Expr[];
}

export interface KernelUnit {
  readonly kind: "kernel";
  readonly sites: readonly Site[];
}

export type Unit = LoopUnit | KernelUnit;

type Piece = { readonly kind: "site"; readonly site: Site } | LoopUnit;

interface Need {
  readonly piece: Piece;
  readonly cost: 0 | 1;
}

export function schedule(sites: readonly Site[], loops: readonly LoopUnit[]): { stage: number; unit: Unit }[] {
  const pieces: Piece[] = [...sites.map((site) => ({ kind: "site" as const, site })), ...loops];
  const stages = levels(pieces);
  const units: { stage: number; unit: Unit; order: number }[] = [];
  for (const [order, piece] of pieces.entries()) {
    const stage = stages.get(piece) ?? 0;
    if (piece.kind === "loop") {
      units.push({ stage, unit: piece, order });
      continue;
    }
    const shared = units.find((each) => each.stage === stage && each.unit.kind === "kernel" && sameSpace(each.unit.sites[0]?.space ?? [], piece.site.space));
    if (shared !== undefined && shared.unit.kind === "kernel") (shared.unit.sites as Site[]).push(piece.site);
    else units.push({ stage, unit: { kind: "kernel", sites: [piece.site] }, order });
  }
  return units.sort((a, b) => a.stage - b.stage || a.order - b.order);
}

function levels(pieces: readonly Piece[]): Map<Piece, number> {
  const writers = new Map<Buffer, Piece[]>();
  const write = (buffer: Buffer, piece: Piece) => {
    const list = writers.get(buffer) ?? [];
    if (!list.includes(piece)) writers.set(buffer, [...list, piece]);
  };
  for (const piece of pieces) {
    if (piece.kind === "site") for (const store of piece.site.stores) write(store.buffer, piece);
    else {
      for (const site of piece.sites) for (const store of site.stores) write(store.buffer, piece);
      for (const { current } of piece.carried) write(current, piece);
    }
  }
  const needs = new Map<Piece, Need[]>();
  for (const piece of pieces) needs.set(piece, needsOf(piece, writers));
  const stages = new Map<Piece, number>();
  const visit = (piece: Piece): number => {
    const known = stages.get(piece);
    if (known !== undefined) return known;
    let stage = 0;
    for (const need of needs.get(piece) ?? []) stage = Math.max(stage, visit(need.piece) + need.cost);
    stages.set(piece, stage);
    return stage;
  };
  for (const piece of pieces) visit(piece);
  return stages;
}

function needsOf(piece: Piece, writers: ReadonlyMap<Buffer, readonly Piece[]>): Need[] {
  const needs: Need[] = [];
  if (piece.kind === "site") {
    for (const load of loadsOf(siteRoots(piece.site))) {
      for (const writer of writers.get(load.buffer) ?? []) {
        if (writer === piece) continue;
        needs.push({ piece: writer, cost: writer.kind === "site" && readsInPlace(piece.site, load, writer.site) ? 0 : 1 });
      }
    }
    return needs;
  }
  const read = new Set(loadsOf([...piece.bounds, ...piece.sites.flatMap(siteRoots)]).map((load) => load.buffer));
  for (const { current } of piece.carried) read.add(current);
  for (const buffer of read) {
    for (const writer of writers.get(buffer) ?? []) if (writer !== piece) needs.push({ piece: writer, cost: 1 });
  }
  return needs;
}

function readsInPlace(reader: Site, load: Extract<Expr, { op: "load" }>, writer: Site): boolean {
  return sameSpace(reader.space, writer.space) && writer.stores.some((store) => store.buffer === load.buffer && sameIndex(store.index, load.index));
}
