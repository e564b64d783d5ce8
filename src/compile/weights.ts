/** Weights of models that were compiled: held against their parameters, or drawn where nothing was learned yet. */
import { fitWeights, type GivenWeights } from "../formats/fit-weights.js";
import { initialValues } from "../ir/graph/initialise.js";
import { fail } from "../support/diagnostics.js";
import { shown } from "../support/shown.js";
import type { ModelReport } from "./report.js";

/**
 * Holds weights against the parameters of models, and gives those that they need as single-precision floats.
 * @throws DiagnosticError (GF7016, GF7017, GF7018) with everything that does not fit
 */
export function fitModels(models: readonly Pick<ModelReport, "parameters" | "unusedParameters">[], weights: GivenWeights, options: { readonly source?: string; readonly prefix?: string; readonly strict?: boolean } = {}): Map<string, Float32Array> {
  const given: unknown = models;
  if (!Array.isArray(given)) fail("GF5009", "fitModels takes an array of reports of models", { help: "give those of a compilation, report.models, or some of them: [report.models[0]]" });
  models.forEach((model) => checkReport(model, "fitModels"));
  const parameters = new Map(models.flatMap((model) => model.parameters.map((parameter) => [parameter.name, parameter] as const)));
  return fitWeights([...parameters.values()], weights, { ...options, unused: models.flatMap((model) => model.unusedParameters) });
}

/** Parameters that nothing was learned with yet, each drawn as the model says. */
export function initialWeights(model: Pick<ModelReport, "parameters">, seed = 0): Record<string, Float32Array> {
  checkReport(model, "initialWeights");
  return Object.fromEntries(model.parameters.map((parameter) => [parameter.name, initialValues(parameter, seed)]));
}

/** The report of a compilation has models, one of which is meant. */
function checkReport(model: unknown, whose: string): void {
  if (typeof model === "object" && model !== null && "parameters" in model && Array.isArray(model.parameters)) return;
  const found = typeof model === "object" && model !== null && "models" in model ? "the report of all models" : typeof model === "object" && model !== null && "report" in model ? "a whole compilation" : shown(model);
  fail("GF5009", `${whose} takes the report of a model, and got ${found}`, { help: "it is in the report of the compilation: compilation.report.models[0]; where the compilation failed there is none" });
}
