/** From one number, a place counted row by row, back to a position along each axis: quotients and remainders of floats. */
import { at } from "../../support/invariant.js";
import type { Fresh } from "./functions.js";

/**
 * @param names of the positions, outermost first
 * @param sizes of the axes; that of the outermost is not asked for
 * @param large whether places may be so large that half a unit is lost in them
 */
export function positionLines(place: string, names: readonly string[], sizes: readonly (() => string)[], large: boolean, fresh: Fresh): readonly string[] {
  const lines: string[] = [];
  let rest = place;
  for (const [i, name] of [...names.entries()].reverse()) {
    if (i === 0) {
      lines.push(`const ${name} = ${rest};`);
      break;
    }
    const size = at(sizes, i)();
    const [whole, quotient] = [fresh("place"), fresh("rest")];
    lines.push(`const ${whole} = ${rest};`);
    if (!large) lines.push(`const ${quotient} = Math.floor((${whole} + 0.5) / ${size});`, `const ${name} = ${whole} - ${quotient} * ${size};`);
    else {
      // The quotient may be off by one: it is put right.
      const left = fresh("left");
      lines.push(
        `let ${quotient} = Math.floor(${whole} / ${size});`, `let ${left} = ${whole} - ${quotient} * ${size};`,
        `if (${left} < 0) {`, `  ${quotient} = ${quotient} - 1;`, `  ${left} = ${left} + ${size};`, "}",
        `if (${left} >= ${size}) {`, `  ${quotient} = ${quotient} + 1;`, `  ${left} = ${left} - ${size};`, "}",
        `const ${name} = ${left};`,
      );
    }
    rest = quotient;
  }
  return lines;
}
