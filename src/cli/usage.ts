/** Errors of generated modules, as the command line tells them. */
import { fail } from "../support/diagnostics.js";

/** What a generated module refuses - weights or inputs that do not fit - is the call's fault. */
export async function asUsage<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (thrown) {
    // The module throws plain errors with a message for people; anything else is a mistake in it, which is ours.
    if (thrown instanceof Error && ["Error", "RangeError"].includes(memberFault(thrown).name) && !("code" in thrown)) fail("GF8007", thrown.message, { help: "gatefold inspect shows the inputs and the parameters of the model" });
    throw thrown;
  }
}

/** The error itself, where a module says of it which member of a batch is at fault. */
function memberFault(error: Error): Error {
  return error.cause instanceof Error && /^member \d+: /.test(error.message) ? error.cause : error;
}
