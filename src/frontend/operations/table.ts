/** The operations of the language, in one table. What can be written with them is in the library of model files instead. */
import type { Builtin } from "./operation.js";
import { elementwiseBuiltins } from "./elementwise.js";
import { parameterBuiltins } from "./parameters.js";
import { reductionBuiltins } from "./reductions.js";
import { sequenceBuiltins } from "./sequences.js";
import { vectorBuiltins } from "./vectors.js";
import { mapBuiltin } from "./map.js";
import { scanBuiltin } from "./scan.js";

export { checkArguments, type Builtin } from "./operation.js";

export const builtins: ReadonlyMap<string, Builtin> = new Map(
  [...parameterBuiltins, scanBuiltin, mapBuiltin, ...sequenceBuiltins, ...vectorBuiltins, ...reductionBuiltins, ...elementwiseBuiltins].map((each) => [each.name, each]),
);
