/**
 * Takes the time of several contenders by turns. On a shared machine two times taken apart may differ by 2 for no reason of
 * theirs, so in each round everyone works for a few milliseconds, in an order that changes from round to round, and what
 * counts are ratios within a round. Whoever is slow sits out rounds: it takes part in as many as its share of time allows.
 */
import type { Contender } from "../peers/peer.js";

/** Microseconds for one call, by name, of those who took part. */
export type Round = Readonly<Record<string, number>>;

export interface Settings {
  readonly rounds: number;
  /** Milliseconds that a contender works in a round; one call at least. */
  readonly slice: number;
  /** Milliseconds for all rounds of a contender together. */
  readonly budget: number;
  /** Milliseconds of calls before the first round; some libraries are slow until the engine has optimised all of them. */
  readonly warm: number;
  /** Milliseconds before each turn: threads of the one before go on spinning for a while. */
  readonly pause: number;
  /** Milliseconds that may be spent, in all, on waiting for a core of our own, and on rounds that somebody disturbed. */
  readonly patience: number;
}

export interface Interleaved {
  readonly rounds: readonly Round[];
  /** In how many of them the core was not ours alone, when there was no patience left. */
  readonly disturbed: number;
}

interface Entry {
  readonly name: string;
  readonly contender: Contender;
  /** Calls in a round. */
  readonly calls: number;
  /** It takes part in every so manieth round. */
  readonly every: number;
}

/** @param isAlone tells whether anyone else uses our core just now */
export async function interleave(contenders: ReadonlyMap<string, Contender>, settings: Settings, isAlone: () => boolean = () => true): Promise<Interleaved> {
  const entries: Entry[] = [];
  for (const [name, contender] of contenders) entries.push(await prepare(name, contender, settings));
  const rounds: Round[] = [];
  let [patience, disturbed] = [settings.patience, 0];
  while (rounds.length < settings.rounds) {
    const begun = performance.now();
    let isQuiet = isAlone();
    if (isQuiet || patience <= 0) {
      const round = await takeRound(entries, rounds.length, settings);
      isQuiet &&= isAlone();
      if (isQuiet || patience <= 0) {
        rounds.push(round);
        if (!isQuiet) disturbed += 1;
        continue;
      }
    }
    await sleep(10);
    patience -= performance.now() - begun;
  }
  return { rounds, disturbed };
}

async function takeRound(entries: readonly Entry[], round: number, { pause }: Settings): Promise<Round> {
  const here = entries.filter(({ every }) => round % every === 0);
  const order = here.map((_, i) => here[(i + round) % here.length]).filter((entry) => entry !== undefined);
  if (round % 2 === 1) order.reverse();
  const times: Record<string, number> = {};
  for (const { name, contender, calls } of order) {
    if (pause > 0) await sleep(pause);
    times[name] = (1000 * (await contender.work(calls))) / calls;
  }
  return times;
}

async function sleep(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Runs until the engine has optimised what it runs, and finds out how long a call takes. */
async function prepare(name: string, contender: Contender, { rounds, slice, budget, warm }: Settings): Promise<Entry> {
  let calls = 1;
  let each = await contender.work(1);
  for (let spent = each; spent < warm; ) {
    calls = Math.max(1, Math.min(2 * calls, Math.round(warm / 4 / Math.max(each, 1e-4))));
    const taken = await contender.work(calls);
    spent += taken;
    each = taken / calls;
  }
  const inRound = Math.max(1, Math.round(slice / Math.max(each, 1e-4)));
  const affordable = Math.max(1, Math.floor(budget / (inRound * each)));
  return { name, contender, calls: inRound, every: Math.max(1, Math.ceil(rounds / affordable)) };
}
