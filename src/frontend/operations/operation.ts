/** The form of the table of operations: what an operation is called, how many arguments it takes, how it is lowered. */
import { refuse } from "../catalogue.js";
import type { Call } from "./call.js";
import type { Value } from "../values/values.js";

export interface Builtin {
  readonly name: string;
  /** For messages: `at(xs, index, { over? })`. */
  readonly signature: string;
  readonly least: number;
  readonly most: number;
  readonly lower: (call: Call) => Value;
}

/** Reads the bounds of a call from its signature: `?` marks what may be left out, `...` what may be repeated. */
export function builtin(signature: string, lower: (call: Call) => Value): Builtin {
  const open = signature.indexOf("(");
  const list = signature.slice(open + 1, -1).replace(/\{[^}]*\}/g, "options?");
  const parameters = list === "" ? [] : list.split(", ");
  const least = parameters.filter((each) => !each.includes("?") && !each.startsWith("...")).length;
  return { name: signature.slice(0, open), signature, least, most: parameters.some((each) => each.startsWith("...")) ? Infinity : parameters.length, lower };
}

/** An operation that calls a function gives it more than every function takes; so extra arguments are dropped there. */
export function checkArguments({ signature, least, most }: Builtin, call: Call, callback: boolean): void {
  const given = call.args.length;
  if (given >= least && (given <= most || callback)) return;
  const wanted = least === most ? `${least}` : most === Infinity ? `${least} or more` : `${least} to ${most}`;
  refuse("GF2005", `${call.name} takes ${wanted} ${wanted === "1" ? "argument" : "arguments"}, not ${given}`, call.calleeSpan, `write ${signature}`);
}
