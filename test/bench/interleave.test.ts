/** Who works when: by turns, and the slow ones less often. */
import { expect, test } from "vitest";
import { interleave, type Settings } from "../../bench/measure/interleave.js";
import type { Contender } from "../../bench/peers/peer.js";

const settings: Settings = { rounds: 8, slice: 4, budget: 40, warm: 10, pause: 0, patience: 200 };

/** One whose calls take so many milliseconds, by its own account. */
function taking(milliseconds: number, name: string, log: string[] = []): Contender {
  return {
    outputs: async () => [],
    async work(times) {
      log.push(name);
      return times * milliseconds;
    },
  };
}

test("everyone's time for a call, in microseconds, in each round", async () => {
  const { rounds } = await interleave(new Map([["a", taking(1, "a")], ["b", taking(0.5, "b")]]), settings);
  expect(rounds).toEqual(Array.from({ length: 8 }, () => ({ a: 1000, b: 500 })));
});

test("whoever is slow sits out rounds, but the first", async () => {
  const { rounds } = await interleave(new Map([["a", taking(1, "a")], ["slow", taking(20, "slow")], ["slowest", taking(500, "slowest")]]), settings);
  expect(rounds.map((round) => Object.keys(round).sort().join("+"))).toEqual(["a+slow+slowest", "a", "a", "a", "a+slow", "a", "a", "a"]);
});

test("nobody is always first", async () => {
  const log: string[] = [];
  await interleave(new Map(["a", "b", "c"].map((name) => [name, taking(1, name, log)])), settings);
  const firsts = log.slice(-24).filter((_, i) => i % 3 === 0);
  expect(new Set(firsts)).toEqual(new Set(["a", "b", "c"]));
});

test("rounds that somebody disturbed are taken again, as long as there is patience", async () => {
  const contenders = new Map([["a", taking(1, "a")]]);
  let asked = 0;
  const now = await interleave(contenders, settings, () => ++asked > 3);
  expect(now).toEqual({ rounds: Array.from({ length: 8 }, () => ({ a: 1000 })), disturbed: 0 });
  expect(asked).toBe(3 + 16);
  let between = 0;
  expect(await interleave(contenders, settings, () => ++between !== 2)).toMatchObject({ disturbed: 0 });
  expect(between).toBe(2 + 16);
});

test("then they count, and it is told how many they are", async () => {
  const { rounds, disturbed } = await interleave(new Map([["a", taking(1, "a")]]), settings, () => false);
  expect([rounds.length, disturbed]).toEqual([8, 8]);
});
