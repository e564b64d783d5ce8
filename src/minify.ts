/**
 * What `--minify` runs: Terser, for generated modules. The package offers it as `gatefold/minify`, by itself, because it is
 * large and most compilations do without:
 *
 *     import { minifier } from "gatefold/minify";
 *     compile(source, { minify: minifier });
 */
import { minify_sync as terser } from "terser";
import type { Minifier } from "./backends/minify.js";
import { defined } from "./support/invariant.js";

export type { Minifier };

/**
 * Leaves out comments and spaces, and shortens the names that nobody outside knows. The code itself stays: its loops were
 * measured as they are.
 */
export const minifier: Minifier = (module, ownProperties) => {
  const properties = { regex: new RegExp(`^(?:${ownProperties.join("|")})$`) };
  return defined(terser(module, { module: true, ecma: 2020, compress: false, mangle: { properties } }).code, "a module made shorter");
};
