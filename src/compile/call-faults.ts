/** Whose fault a diagnostic is: that of the model, or that of the call. */
import type { Code } from "../support/catalogue.js";
import type { Diagnostic } from "../support/diagnostics.js";

/** Whether a diagnostic is about how the compiler was called, and not about the model. */
export function isCallFault({ code }: Diagnostic): boolean {
  return callCodes.has(code) || code.startsWith("GF7");
}

const callCodes: ReadonlySet<Code> = new Set(["GF4004", "GF4006", "GF5001", "GF5002", "GF5003", "GF5005", "GF5008", "GF5009", "GF5010", "GF6101", "GF6102", "GF6103"]);
