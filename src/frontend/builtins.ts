/** The operations of the language, in one table. What can be written with them is in the library of model files instead. */
import type { Builtin } from "./builtin.js";
import { elementwiseBuiltins } from "./builtins-elementwise.js";
import { parameterBuiltins } from "./builtins-parameters.js";
import { reductionBuiltins } from "./builtins-reductions.js";
import { sequenceBuiltins } from "./builtins-sequences.js";
import { vectorBuiltins } from "./builtins-vectors.js";
import { mapBuiltin } from "./map.js";
import { scanBuiltin } from "./scan.js";

export { checkArguments, type Builtin } from "./builtin.js";

export const builtins: ReadonlyMap<string, Builtin> = new Map(
  [...parameterBuiltins, scanBuiltin, mapBuiltin, ...sequenceBuiltins, ...vectorBuiltins, ...reductionBuiltins, ...elementwiseBuiltins].map((each) => [each.name, each]),
);
