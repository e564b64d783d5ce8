/** What a caller sees of a module of JavaScript. */
import { emitJs } from "../../../src/backends/js/module.js";
import { jsProgramPasses } from "../../../src/passes/program/pipelines.js";
import { testModules } from "../modules.js";

testModules({ passes: jsProgramPasses, emit: emitJs, exports: 3, weightPieces: (unit) => emitJs(unit).files[0]?.text.match(/^const w_/gm)?.length ?? 0 });
