/**
 * The whole module: WebAssembly in one or two bodies (with and without relaxed SIMD), and the JavaScript around it, whose
 * interface is that of the target `js`. The text depends on nothing but the programs and the options.
 */
import type { Buffer, Kernel } from "../../ir/kernel/kernel.js";
import type { Instruction, Program } from "../../ir/program/program.js";
import { instructionBuffers } from "../../ir/program/traverse.js";
import { describeText } from "../../runtime/describe.js";
import { embeddedMemoryText } from "../../runtime/embedded-memory.js";
import { bodyFileText, embeddedBodyText, engineText } from "../../runtime/engine.js";
import { examplesText, statesText } from "../../runtime/examples.js";
import { feedText } from "../../runtime/feed.js";
import { finiteText } from "../../runtime/finite.js";
import { inputsText } from "../../runtime/inputs.js";
import { machineBatchText } from "../../runtime/machine-batch.js";
import { membersText } from "../../runtime/members.js";
import { machineModelText, machineText } from "../../runtime/machine.js";
import { machineStreamText } from "../../runtime/machine-stream.js";
import { paddedText } from "../../runtime/padded.js";
import { erfText } from "../../runtime/special.js";
import { base64 } from "../../support/base64.js";
import { fail } from "../../support/diagnostics.js";
import { defined, invariant } from "../../support/invariant.js";
import { declarations } from "../declarations.js";
import { commentText, propertyKey, stringLiteral } from "../names.js";
import { featuresOf } from "../features.js";
import { placeHelpers } from "../place-text.js";
import { layoutPrepared } from "../prepare.js";
import { ordersText, runtimeTexts, weightsReader } from "../runtime-text.js";
import { declarationExtension, moduleFormat } from "../module-files.js";
import type { TargetResult, TargetUnit } from "../target.js";
import { hexadecimal } from "./hexadecimal.js";
import { type EmbeddedMemory, embeddedCut, embeddedMemory, type Preparation } from "./embedded-memory.js";
import type { FunctionReference } from "./encoder/instructions.js";
import { WasmModule } from "./encoder/module.js";
import { moduleText as wasmText } from "./encoder/text.js";
import { importedFunctions, type ImportedName } from "./functions.js";
import { arenaBuffers, firstBlock, ProgramBlock, WeightsLayout, type ParameterPlace, type Place } from "./layout.js";
import { importModule, Library } from "./library.js";
import { modelDefinition, type RunFunctionMaker } from "./model.js";
import { emitRunFunction } from "./run-function.js";
import { countWords } from "./words.js";

export function emitWasm(unit: TargetUnit): TargetResult {
  const { moduleName, extension = "js", relaxedSimd = true } = unit;
  const types = `${moduleName}.${declarationExtension[extension]}`;
  const plain = emitBody(unit, false);
  const bodies = [{ name: "code", path: `${moduleName}.wasm`, bytes: plain.bytes }, ...(relaxedSimd ? [{ name: "relaxedCode", path: `${moduleName}.relaxed.wasm`, bytes: emitBody(unit, true).bytes }] : [])];
  return {
    files: [
      { path: `${moduleName}.${extension}`, text: moduleText(unit, types, plain, bodies) },
      { path: types, text: declarations(unit, { asynchronous: true }) },
      ...(unit.wasm === "beside" ? bodies.map(({ path, bytes }) => ({ path, text: "", bytes })) : []),
    ],
    code: () => wasmText(plain.module),
  };
}

interface BodyFile {
  /** The constant that holds it, or says where it is. */
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** 4 GiB less one page. */
const mostMemory = 2 ** 32 - 2 ** 16;

/** One body of a module, and what JavaScript must know of it. */
export interface Body {
  readonly module: WasmModule;
  readonly bytes: Uint8Array;
  readonly parameters: readonly ParameterPlace[];
  readonly heap: number;
  /** How many bytes there must be while weights are prepared. */
  readonly top: number;
  readonly imports: readonly ImportedName[];
  /** The definition of each model, as text. */
  readonly definitions: readonly string[];
  /** What the module brings along of quantised weights: the same for every body. */
  readonly embedded?: EmbeddedMemory;
}

export function emitBody(unit: TargetUnit, relaxed: boolean): Body {
  const programs = unit.models.flatMap(({ program, batched, stream }) => [program, ...(batched !== undefined && "program" in batched ? [batched.program] : []), ...("program" in stream ? [stream.program] : [])]);
  const parts = programs.map((program) => ({ program, body: wholeBody(program) }));
  const blocks = new Map<Program, ProgramBlock>();
  let next = firstBlock;
  for (const { program, body } of parts) {
    const block = new ProgramBlock(next, program, arenaBuffers(program), countWords(body));
    blocks.set(program, block);
    next = block.end;
  }
  const prepareBlock = new ProgramBlock(next, undefined, [], countWords(programs.flatMap(({ prepare }) => prepare)));
  const weights = new WeightsLayout(prepareBlock.end);
  weights.addParameters(parts);
  const { left } = layoutPrepared(parts.map(({ program, body }) => ({ parameters: program.parameters, prepare: program.prepare, body })), weights);
  weights.placeRest();
  if (weights.top > mostMemory) fail("GF5006", `the module needs ${weights.top} bytes of memory, more than the ${mostMemory} that WebAssembly has`, { help: "check the sizes; the target js has more room" });

  const module = new WasmModule(Math.ceil((weights.heap + 16) / 65536));
  const functions = new Library(module, relaxed);
  const placement = (block: ProgramBlock) => (buffer: Buffer): Place => block.place(buffer) ?? defined(weights.place(buffer), `the place of ${buffer.name}`);
  let count = 0;
  const run: RunFunctionMaker = (hint, block, instructions, loop) => {
    const name = `${hint}${count++}`;
    emitRunFunction({ name, exported: name, instructions, module, context: { block, placement: placement(block), functions, relaxed }, ...(loop === undefined ? {} : { carried: loop.carried, turn: loop.axis }) });
    return name;
  };
  const preparing = { module, context: { block: prepareBlock, placement: placement(prepareBlock), functions, relaxed }, made: new Map<Kernel, FunctionReference>() };
  emitRunFunction({ name: "prepare", exported: "prepare", instructions: left, ...preparing });
  const { weightsToQuantise } = unit;
  const preparation = weightsToQuantise === undefined ? undefined : preparationOf(parts, left, (buffer) => weights.place(buffer));
  const cut = preparation === undefined ? undefined : embeddedCut(preparation);
  if (cut !== undefined) emitRunFunction({ name: "finish", exported: "finish", instructions: cut.finish, ...preparing });
  const embedded = preparation === undefined || cut === undefined || weightsToQuantise === undefined || relaxed ? undefined : embeddedMemory(cut, preparation, weightsToQuantise);
  const definitions = unit.models.map((model) => modelDefinition(model, { run, blocks, batch: unit.batch }));
  return { module, bytes: module.encode(), parameters: weights.parameters, heap: weights.heap, top: weights.top, imports: functions.used, definitions, ...(embedded === undefined ? {} : { embedded }) };
}

function preparationOf(parts: readonly { readonly program: Program; readonly body: readonly Instruction[] }[], instructions: readonly Instruction[], place: (buffer: Buffer) => Place | undefined): Preparation {
  const isWeight = ({ role }: Buffer): boolean => role === "parameter" || role === "prepared";
  return {
    instructions,
    parameters: parts.flatMap(({ program }) => program.parameters),
    kept: new Set(parts.flatMap(({ body }) => [...instructionBuffers(body)].filter(isWeight))),
    address: (buffer) => {
      const found = place(buffer);
      invariant(found?.kind === "static", () => `${buffer.name} has no fixed place`);
      return found.address;
    },
  };
}

/** Everything that runs after the weights were loaded. */
function wholeBody(program: Program): readonly Instruction[] {
  const fallbacks = program.inputs.flatMap(({ fallback }) => fallback ?? []);
  return [...fallbacks.map((kernel): Instruction => ({ op: "kernel", kernel })), ...program.body];
}

function moduleText(unit: TargetUnit, types: string, body: Body, bodies: readonly BodyFile[]): string {
  const { models, moduleName, stamp, layout, embeddedWeights } = unit;
  const { embedded } = body;
  const read = "readWeights(weights, parameters, unusedWeights, options)";
  const arrays = embedded === undefined ? read : `weights === undefined ? undefined : ${read}`;
  const quantised = [...new Set(models.flatMap(({ quantisedParameters = [] }) => quantisedParameters))];
  const features = featuresOf(unit, body.definitions);
  const runtime = runtimeTexts([
    ...(body.imports.includes("erf") ? [erfText] : []), ...placeHelpers(body.definitions), inputsText, describeText, examplesText, machineText, machineModelText,
    ...(features.has("batches") ? [membersText, machineBatchText] : []),
    ...(layout === undefined ? [] : [paddedText]), ...(features.has("streams") ? [statesText, machineStreamText, feedText] : []), ...weightsReader(unit), ...(quantised.length === 0 ? [] : [finiteText]), ...(embedded === undefined ? [] : [embeddedMemoryText]), engineText, unit.wasm === "beside" ? bodyFileText : embeddedBodyText,
  ], features);
  const orders = layout === undefined ? "" : ordersText(layout);
  const made = models.map(({ name }, i) => ({ name, text: layout === undefined ? `new Model(definitions[${i}], machine)` : `new PaddedModel(${orders}, definitions[${i}], machine)` }));
  const given = embedded !== undefined ? "" : embeddedWeights !== undefined ? " = unpackWeights(embeddedWeights, parameters)" : body.parameters.length === 0 ? " = {}" : "";
  const [only] = made;
  const result = made.length === 1 && only !== undefined ? [`  return ${only.text};`] : ["  return {", ...made.map(({ name, text }) => `    ${propertyKey(name)}: ${text},`), "  };"];
  return [
    `// @ts-self-types="./${commentText(types)}"`,
    `// ${commentText(`${moduleName}: made by ${stamp.generator} ${stamp.version}. Do not edit.`)}`,
    `export const stamp = Object.freeze({ format: ${moduleFormat}, generator: ${stringLiteral(stamp.generator)}, version: ${stringLiteral(stamp.version)} });`,
    "",
    ...runtime,
    // Bundlers know the form of the second one, and take the file along.
    ...bodies.map(({ name, path, bytes }) => `const ${name} = ${unit.wasm === "beside" ? `new URL(${stringLiteral(`./${path}`)}, import.meta.url)` : stringLiteral(hexadecimal(bytes))};`),
    `const heap = ${body.heap};`,
    `const imports = { ${importModule}: { ${body.imports.map((name) => `${name}: ${importedFunctions[name].text}`).join(", ")} } };`,
    "",
    "/** The shapes of the weights, by name. */",
    "export const parameters = {",
    ...body.parameters.map(({ name, shape }) => `  ${propertyKey(name)}: [${shape.join(", ")}],`),
    "};",
    `const unusedWeights = [${unusedWeights(models, body.parameters).map(stringLiteral).join(", ")}];`,
    "",
    `const places = [${body.parameters.map(({ name, address }) => `[${stringLiteral(name)}, ${address / 4}]`).join(", ")}];`,
    "",
    "const definitions = [",
    ...body.definitions.map((text) => `${text},`),
    "];",
    "",
    ...(embedded === undefined ? [] : [`const embeddedMemory = ${stringLiteral(base64(embedded.bytes))};`, ""]),
    ...(embeddedWeights === undefined ? [] : [`const embeddedWeights = ${stringLiteral(embeddedWeights)};`, ""]),
    "function start(compiled, arrays) {",
    ...(quantised.length === 0 ? [] : [`  ${embedded === undefined ? "" : "if (arrays !== undefined) "}checkFinite(arrays, [${quantised.map(stringLiteral).join(", ")}]);`]),
    "  const machine = new Machine(compiled, imports);",
    `  machine.reserve(${body.top});`,
    ...(embedded === undefined ? preparing("  ") : [
      "  if (arrays === undefined) {",
      `    placeEmbedded(machine, embeddedMemory, [${embedded.places.map(({ address, bytes }) => `[${address}, ${bytes}]`).join(", ")}]);`,
      "    machine.exports.finish();",
      "  } else {",
      ...preparing("    "),
      "  }",
    ]),
    ...result,
    "}",
    "",
    `export function load(weights${given}, options) {`,
    `  return start(compileNow(options), ${arrays});`,
    "}",
    "",
    `export async function loadAsync(weights${given}, options) {`,
    `  return start(await compileLater(options), ${arrays});`,
    "}",
    "",
  ].join("\n");
}

function preparing(indent: string): string[] {
  return [`${indent}for (const [name, at] of places) machine.F.set(arrays[name], at);`, `${indent}machine.exports.prepare();`];
}

/** Parameters that the source has and nothing depends on: their weights may be given, and are not needed. */
function unusedWeights(models: TargetUnit["models"], parameters: readonly ParameterPlace[]): readonly string[] {
  const used = new Set(parameters.map(({ name }) => name));
  return [...new Set(models.flatMap(({ unusedParameters = [] }) => unusedParameters.filter((name) => !used.has(name))))];
}
