/** The option of a compilation that makes its module shorter, or none. */
import type { CompileOptions } from "../../src/compile.js";
import { minifier } from "../../src/minify.js";

export const minifying = (wanted: boolean): Pick<CompileOptions, "minify"> => (wanted ? { minify: minifier } : {});
