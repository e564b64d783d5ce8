/**
 * The passes of each target, in order: the table of contents of the middle of the compiler.
 */
import type { GraphPass } from "./pass.js";
import { canonicalise } from "./graph/canonicalise.js";
import { dropDead } from "./graph/drop-dead.js";
import { foldConstants } from "./graph/fold-constants.js";
import { share } from "./graph/share.js";
import { simplify } from "./graph/simplify.js";

/** From what the front end made to the canonical graph; the same for all targets. */
export const graphPasses: readonly GraphPass[] = [simplify, foldConstants, share, dropDead, canonicalise, dropDead];
