/**
 * Stages: the order in which the stored values of one place are computed.
 *
 * The units of a place are its sites and its scans. A unit's stage is the longest path of reads that leads to it: reading a
 * site of the same space at the very position that is computed costs nothing, every other read costs one stage. Sites of
 * one stage and space form a kernel; the kernels of a stage don't read each other, nor the scans of their stage.
 *
 * A site whose space is only the outer part of another one's (the mean of a row, beside the components of the row) is
 * stored on the way, by the kernel of its first such reader: it takes neither a kernel nor a stage of its own.
 */
import type { Region } from "../../ir/graph/node.js";
import type { Axis, Buffer, Expr } from "../../ir/kernel/kernel.js";
import { isNeverEmpty } from "../../ir/kernel/traverse.js";
import type { Carried, Instruction } from "../../ir/program/program.js";
import { defined } from "../../support/invariant.js";
import { boundLoads, loadsOf, sameIndex, sameSpace, siteRoots, type Site } from "./sites.js";

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
  readonly space: readonly Axis[];
  readonly sites: readonly Site[];
}

export type Unit = LoopUnit | KernelUnit;

/** So many sites at most pass a value on from one to the next within a kernel. */
const longestChain = 64;

type Load = Extract<Expr, { op: "load" }>;

type Piece = { readonly kind: "site"; readonly site: Site } | LoopUnit;

/** Can a reader take a value that another site stores from the kernel that it is in itself? */
type Shares = (reader: Site, load: Load, writer: Site) => boolean;

interface Need {
  readonly piece: Piece;
  readonly cost: 0 | 1;
}

export function schedule(sites: readonly Site[], loops: readonly LoopUnit[]): { stage: number; unit: Unit }[] {
  const pieces: Piece[] = [...sites.map((site) => ({ kind: "site" as const, site })), ...loops];
  const readsOwn = ownReads(sites);
  const hosts = findHosts(pieces, readsOwn);
  // Who was thought to share a kernel and then came to different ones of a stage is kept apart, until nothing changes.
  const apart = new Map<Site, Set<Site>>();
  for (;;) {
    const shares: Shares = (reader, load, writer) => readsOwn(reader, load, writer) && sameSpace(kernelSpace(reader, hosts), kernelSpace(writer, hosts)) && !(apart.get(reader)?.has(writer) ?? false);
    const needs = allNeeds(pieces, shares);
    const stages = levels(pieces, needs);
    delayHosted(pieces, needs, stages, hosts);
    if (cutLongChains(pieces, needs, apart)) continue;
    const units = group(pieces, stages, hosts);
    if (!separate(needs, stages, units, apart)) return units.map(({ stage, unit }) => ({ stage, unit }));
  }
}

interface PlacedUnit {
  readonly stage: number;
  readonly unit: Unit;
  readonly order: number;
}

function group(pieces: readonly Piece[], stages: ReadonlyMap<Piece, number>, hosts: ReadonlyMap<Site, Site>): PlacedUnit[] {
  const pieceOf = new Map(pieces.flatMap((piece) => (piece.kind === "site" ? [[piece.site, piece] as const] : [])));
  const stageOf = (site: Site) => stages.get(defined(pieceOf.get(site), "the piece of a site")) ?? 0;
  /** A hosted site is in its host's kernel if they came to one stage. */
  const spaceInKernel = (site: Site): readonly Axis[] => {
    const host = hosts.get(site);
    return host !== undefined && stageOf(host) === stageOf(site) ? spaceInKernel(host) : site.space;
  };
  const axisIds = new Map<Axis, number>();
  const idOf = (axis: Axis) => axisIds.get(axis) ?? (axisIds.set(axis, axisIds.size), axisIds.size - 1);
  const kernels = new Map<string, Site[]>();
  const units: PlacedUnit[] = [];
  for (const [order, piece] of pieces.entries()) {
    const stage = stages.get(piece) ?? 0;
    if (piece.kind === "loop") {
      units.push({ stage, unit: piece, order });
      continue;
    }
    const space = spaceInKernel(piece.site);
    const key = `${stage} ${space.map(idOf).join(",")}`;
    const shared = kernels.get(key);
    if (shared !== undefined) shared.push(piece.site);
    else {
      const inKernel = [piece.site];
      kernels.set(key, inKernel);
      units.push({ stage, unit: { kind: "kernel", space, sites: inKernel }, order });
    }
  }
  return units.sort((a, b) => a.stage - b.stage || a.order - b.order);
}

/** Finds reads that were counted as within a kernel and are not; true if there were any. */
function separate(needs: ReadonlyMap<Piece, readonly Need[]>, stages: ReadonlyMap<Piece, number>, units: readonly PlacedUnit[], apart: Map<Site, Set<Site>>): boolean {
  const kernelOf = new Map(units.flatMap(({ unit }) => (unit.kind === "kernel" ? unit.sites.map((site) => [site, unit] as const) : [])));
  let found = false;
  for (const [reader, list] of needs) {
    if (reader.kind !== "site") continue;
    for (const { piece, cost } of list) {
      if (cost === 1 || piece.kind !== "site" || stages.get(piece) !== stages.get(reader) || kernelOf.get(piece.site) === kernelOf.get(reader.site)) continue;
      separateSites(apart, reader.site, piece.site);
      found = true;
    }
  }
  return found;
}

/**
 * Sites that pass values on within one kernel become one expression, and the walks over expressions go as deep as those
 * are. So a chain of very many is cut into kernels of so many each; true if there was one.
 */
function cutLongChains(pieces: readonly Piece[], needs: ReadonlyMap<Piece, readonly Need[]>, apart: Map<Site, Set<Site>>): boolean {
  const links = new Map<Piece, readonly Need[]>();
  for (const [reader, list] of needs) links.set(reader, list.filter(({ piece, cost }) => cost === 0 && piece.kind === "site").map((need) => ({ ...need, cost: 1 })));
  const places = levels(pieces, links);
  const block = (piece: Piece): number => Math.floor((places.get(piece) ?? 0) / longestChain);
  let found = false;
  for (const [reader, list] of links) {
    if (reader.kind !== "site") continue;
    for (const { piece } of list) {
      if (piece.kind !== "site" || block(piece) === block(reader)) continue;
      separateSites(apart, reader.site, piece.site);
      found = true;
    }
  }
  return found;
}

function separateSites(apart: Map<Site, Set<Site>>, reader: Site, writer: Site): void {
  apart.set(reader, (apart.get(reader) ?? new Set<Site>()).add(writer));
}

/** For each site, the earliest reader with a deeper space that reads it at its own position, if there is one. */
function findHosts(pieces: readonly Piece[], readsOwn: Shares): Map<Site, Site> {
  const sites = pieces.flatMap((piece) => (piece.kind === "site" ? [piece] : []));
  const writers = new Map<Buffer, Site[]>();
  for (const { site } of sites) for (const store of site.stores) writers.set(store.buffer, [...(writers.get(store.buffer) ?? []), site]);
  const mayShare = (reader: Site, load: Load, writer: Site) => isOuterPart(writer.space, reader.space) && readsOwn(reader, load, writer);
  // As if every reader had what it needs in its own kernel: that shows which of them comes first.
  const stages = levels(pieces, allNeeds(pieces, mayShare));
  const hosts = new Map<Site, Site>();
  for (const reader of [...sites].sort((a, b) => (stages.get(a) ?? 0) - (stages.get(b) ?? 0))) {
    for (const load of loadsOf(siteRoots(reader.site))) {
      for (const writer of writers.get(load.buffer) ?? []) {
        if (writer === reader.site || hosts.has(writer) || writer.space.length >= reader.site.space.length) continue;
        if (mayShare(reader.site, load, writer)) hosts.set(writer, reader.site);
      }
    }
  }
  return hosts;
}

/** In a loop that may have no turn nothing can be stored on the way. */
function isOuterPart(outer: readonly Axis[], whole: readonly Axis[]): boolean {
  return outer.length <= whole.length && whole.every((axis, i) => (i < outer.length ? axis === outer[i] : isNeverEmpty(axis)));
}

/** The longest path of needs to each piece. Not recursive: what is written out may wait for itself thousands of times. */
function levels(pieces: readonly Piece[], needs: ReadonlyMap<Piece, readonly Need[]>): Map<Piece, number> {
  const stages = new Map<Piece, number>();
  for (const start of pieces) {
    const stack = [{ piece: start, next: 0, stage: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const need = stages.has(top.piece) ? undefined : needs.get(top.piece)?.[top.next];
      const known = need === undefined ? undefined : stages.get(need.piece);
      if (need === undefined) {
        if (!stages.has(top.piece)) stages.set(top.piece, top.stage);
        stack.pop();
      } else if (known === undefined) stack.push({ piece: need.piece, next: 0, stage: 0 });
      else {
        top.stage = Math.max(top.stage, known + need.cost);
        top.next++;
      }
    }
  }
  return stages;
}

function allNeeds(pieces: readonly Piece[], shares: Shares): Map<Piece, Need[]> {
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
  for (const piece of pieces) needs.set(piece, needsOf(piece, writers, shares));
  return needs;
}

/** A hosted site that could run earlier waits for its host where nothing else needs it before. */
function delayHosted(pieces: readonly Piece[], needs: ReadonlyMap<Piece, readonly Need[]>, stages: Map<Piece, number>, hosts: ReadonlyMap<Site, Site>): void {
  const pieceOf = new Map(pieces.flatMap((piece) => (piece.kind === "site" ? [[piece.site, piece] as const] : [])));
  const readers = new Map<Piece, { reader: Piece; cost: number }[]>();
  for (const [reader, list] of needs) for (const { piece, cost } of list) readers.set(piece, [...(readers.get(piece) ?? []), { reader, cost }]);
  for (const piece of [...pieces].reverse()) {
    const host = piece.kind === "site" ? hosts.get(piece.site) : undefined;
    const hostPiece = host === undefined ? undefined : pieceOf.get(host);
    const target = hostPiece === undefined ? undefined : stages.get(hostPiece);
    if (target === undefined || target <= (stages.get(piece) ?? 0)) continue;
    if ((readers.get(piece) ?? []).every(({ reader, cost }) => (stages.get(reader) ?? 0) - cost >= target)) stages.set(piece, target);
  }
}

function needsOf(piece: Piece, writers: ReadonlyMap<Buffer, readonly Piece[]>, shares: Shares): Need[] {
  const needs: Need[] = [];
  const writersOf = (load: Load): readonly Piece[] => writers.get(load.buffer) ?? [];
  if (piece.kind === "site") {
    for (const load of loadsOf(siteRoots(piece.site))) {
      for (const writer of writersOf(load)) {
        if (writer === piece) continue;
        needs.push({ piece: writer, cost: writer.kind === "site" && shares(piece.site, load, writer.site) ? 0 : 1 });
      }
    }
    return needs;
  }
  const read = loadsOf([...piece.bounds, ...piece.sites.flatMap(siteRoots)]).flatMap(writersOf);
  const started = piece.carried.flatMap(({ current }) => writers.get(current) ?? []);
  for (const writer of new Set([...read, ...started])) if (writer !== piece) needs.push({ piece: writer, cost: 1 });
  return needs;
}

function kernelSpace(site: Site, hosts: ReadonlyMap<Site, Site>): readonly Axis[] {
  const host = hosts.get(site);
  return host === undefined ? site.space : kernelSpace(host, hosts);
}

/**
 * Whether a site reads what another one stores at the very position that is computed. What the length of a loop depends on
 * must be there before the kernel runs.
 */
function ownReads(sites: readonly Site[]): Shares {
  const bounds = new Map(sites.map((site) => [site, boundLoads(site)]));
  return (reader, load, writer) =>
    !(bounds.get(reader)?.has(load) ?? false) && writer.stores.some((store) => store.buffer === load.buffer && sameIndex(store.index, load.index));
}
