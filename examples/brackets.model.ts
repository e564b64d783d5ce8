/**
 * A net that reads source text and knows which bracket is open: a cell that no framework has, in a dozen lines.
 *
 * It is a stack-augmented recurrent net (Joulin & Mikolov, 2015). Its memory is a stack of LEVELS vectors. At each
 * character it decides how much to push and how much to pop, both between 0 and 1, and every level becomes a blend of
 * the level above, the level below and itself. So it can be trained by gradients; with weights set by hand, which make
 * the decisions certain, it counts brackets of three kinds exactly.
 */
import { at, concat, embedding, linear, map, max, range, relu, scan, sigmoid, split, sum, zeros, type Id, type Seq } from "gatefold";

const [CHARACTERS, FEATURES, KINDS, LEVELS] = [128, 6, 3, 32] as const;

export function brackets(text: Seq<"time", Id<typeof CHARACTERS>>) {
  const characters = embedding(text, FEATURES);
  const empty = map(range("level", LEVELS), () => zeros(KINDS));
  return scan(characters, { stack: empty }, (x, { stack }) => {
    const actions = sigmoid(linear(x, 2));
    const [push, pop] = split(actions, 2);
    const kind = sigmoid(linear(x, KINDS));
    const next = map(range("level", LEVELS), (level) => {
      const above = level === 0 ? kind : at(stack, level - 1);
      const below = at(stack, level + 1);
      return push * above + pop * below + (1 - push - pop) * at(stack, level);
    });
    return {
      stack: next,
      depth: sum(concat(next, "level")),
      /** What a closing bracket expects on top of the stack, and does not find there. */
      fault: pop * max(relu(kind - at(stack, 0))),
    };
  }, { over: "time" });
}
