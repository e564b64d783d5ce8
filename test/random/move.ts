/**
 * What a random graph can do next. Each move adds to the values at hand; where the shape rules refuse it, nothing happens.
 */
import type { Feature, GraphMaker } from "./graph-maker.js";

export interface Move {
  readonly name: string;
  readonly feature?: Feature;
  /** How often it is chosen, relative to the others. */
  readonly weight: number;
  make(g: GraphMaker): void;
}

/** Makes so many moves, or as many as there are choices for. */
export function play(g: GraphMaker, moves: readonly Move[], times: number): void {
  const allowed = moves.filter((move) => move.feature === undefined || g.allows(move.feature));
  const tickets = allowed.flatMap((move) => new Array<Move>(move.weight).fill(move));
  for (let i = 0; i < times && !g.choices.exhausted; i++) {
    const move = g.choices.pick(tickets);
    g.attempt(() => move.make(g));
  }
}
