/** The small parts of the text form that have a syntax of their own: lengths and initialisers. */
import { addLengths, fixedLength, floorDivideLength, freeLength, scaleLength, type Length } from "./length.js";
import type { Initialiser } from "./node.js";
import type { TokenReader } from "./tokens.js";

/** `2*time+1`, `floor((time+2)/2)-1`. */
export function readLength(tokens: TokenReader): Length {
  let sign = tokens.skip("-") ? -1 : 1;
  let total = fixedLength(0);
  for (;;) {
    total = addLengths(total, scaleLength(readTerm(tokens), sign));
    if (tokens.skip("+")) sign = 1;
    else if (tokens.skip("-")) sign = -1;
    else return total;
  }
}

function readTerm(tokens: TokenReader): Length {
  if (tokens.peek().kind !== "number") return readAtom(tokens);
  const factor = tokens.integer();
  return tokens.skip("*") ? scaleLength(readAtom(tokens), factor) : fixedLength(factor);
}

function readAtom(tokens: TokenReader): Length {
  if (!tokens.skip("floor")) return freeLength(tokens.name());
  tokens.expect("(");
  tokens.expect("(");
  const numerator = readLength(tokens);
  tokens.expect(")");
  tokens.expect("/");
  const place = tokens.peek();
  const divisor = tokens.integer();
  if (divisor < 1) tokens.fail("a divisor is a whole number above 0", place);
  tokens.expect(")");
  return floorDivideLength(numerator, divisor);
}

/** How many numbers each initialiser has in parentheses; any number where it is not said. */
const initialisers: { readonly [K in Initialiser["kind"]]: number | undefined } = { constant: 1, constants: undefined, uniform: 2, normal: 1, glorot: 0, orthogonal: 0 };

export function readInitialiser(tokens: TokenReader): Initialiser {
  const kind = tokens.word("an initialiser", Object.keys(initialisers)) as Initialiser["kind"];
  const numbers: number[] = [];
  if (tokens.skip("(")) {
    do numbers.push(tokens.number());
    while (tokens.skip(","));
    tokens.expect(")");
  }
  if (initialisers[kind] !== undefined && numbers.length !== initialisers[kind]) tokens.fail(`${kind} takes ${initialisers[kind]} numbers`);
  const [first = NaN, second = NaN] = numbers;
  switch (kind) {
    case "constant": return { kind, value: first };
    case "constants": return { kind, values: numbers };
    case "uniform": return { kind, low: first, high: second };
    case "normal": return { kind, deviation: first };
    case "glorot": case "orthogonal": return { kind };
  }
}
