/** What a caller sees of a module of JavaScript, as people read it and minified. */
import { describe } from "vitest";
import { emitJs } from "../../../src/backends/js/module.js";
import { jsProgramPasses } from "../../../src/passes/program/pipelines.js";
import { testModules } from "../modules.js";
import { minified } from "./run-module.js";

describe.each([{ what: "readable", emit: emitJs }, { what: "minified", emit: minified(emitJs) }])("$what", ({ emit }) => {
  testModules({ passes: jsProgramPasses, emit, exports: 3, weightPieces: (unit) => emitJs(unit).files[0]?.text.match(/^const w_/gm)?.length ?? 0 });
});
