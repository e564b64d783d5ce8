/** The text format of a module, for people and tests: flat instructions, blocks indented, locals by name and number. */
import type { Code, Instruction, Local } from "./instructions.js";
import type { WasmFunction, WasmModule } from "./module.js";
import { memoryOpcodes, type ValueType } from "./opcodes.js";

export function moduleText(module: WasmModule): string {
  const names = new Map<object, string>();
  const taken = new Set<string>();
  for (const each of [...module.imports, ...module.functions, ...module.globals]) names.set(each, fresh(each.name, taken));
  const lines = [
    "(module",
    ...module.imports.map((each) => `  (import ${quoted(each.module)} ${quoted(each.field)} (func $${names.get(each) ?? ""}${typeText("param", each.type.parameters)}${typeText("result", each.type.results)}))`),
    `  (memory (export "memory") ${module.pages})`,
    ...module.globals.map((each) => `  (global $${names.get(each) ?? ""} (mut ${each.type}) (${each.type}.const 0))`),
    ...module.functions.flatMap((each) => functionText(each, names)),
    ")",
    "",
  ];
  return lines.join("\n");
}

function functionText(made: WasmFunction, names: ReadonlyMap<object, string>): string[] {
  const locals = new Map<Local, string>();
  const taken = new Set<string>();
  const parameters = made.parameters.map((local) => {
    const name = fresh(local.name, taken);
    locals.set(local, name);
    return ` (param $${name} ${local.type})`;
  });
  const declared: string[] = [];
  const lines: string[] = [];
  const local = (each: Local): string => {
    const known = locals.get(each);
    if (known !== undefined) return known;
    const name = fresh(each.name, taken);
    locals.set(each, name);
    declared.push(`    (local $${name} ${each.type})`);
    return name;
  };
  const write = (code: Code, indent: string): void => {
    for (const instruction of code) {
      switch (instruction.op) {
        case "if":
          lines.push(`${indent}if${instruction.result === undefined ? "" : ` (result ${instruction.result})`}`);
          write(instruction.yes, `${indent}  `);
          if (instruction.no.length > 0) {
            lines.push(`${indent}else`);
            write(instruction.no, `${indent}  `);
          }
          lines.push(`${indent}end`);
          break;
        case "while":
          lines.push(`${indent}loop`);
          write(instruction.test, `${indent}  `);
          lines.push(`${indent}  if`);
          write(instruction.body, `${indent}    `);
          lines.push(`${indent}    br 1`, `${indent}  end`, `${indent}end`);
          break;
        case "repeat":
          lines.push(`${indent}loop`);
          write(instruction.body, `${indent}  `);
          lines.push(`${indent}  br_if 0`, `${indent}end`);
          break;
        default:
          lines.push(indent + lineText(instruction, local, names));
      }
    }
  };
  write(made.body, "    ");
  const head = `  (func $${names.get(made) ?? ""}${made.exported === undefined ? "" : ` (export ${quoted(made.exported)})`}${parameters.join("")}${typeText("result", made.type.results)}`;
  const body = [...declared, ...lines];
  return body.length === 0 ? [`${head})`] : [head, ...body.slice(0, -1), `${body.at(-1) ?? ""})`];
}

function lineText(instruction: Exclude<Instruction, { readonly op: "if" | "repeat" | "while" }>, local: (each: Local) => string, names: ReadonlyMap<object, string>): string {
  switch (instruction.op) {
    case "i32.const":
    case "f32.const":
    case "f64.const":
      return `${instruction.op} ${numberText(instruction.value)}`;
    case "v128.const":
      return `v128.const i32x4 ${instruction.bits.join(" ")}`;
    case "local.get":
    case "local.set":
    case "local.tee":
      return `${instruction.op} $${local(instruction.local)}`;
    case "global.get":
    case "global.set":
      return `${instruction.op} $${names.get(instruction.global) ?? ""}`;
    case "call":
      return `call $${names.get(instruction.callee) ?? ""}`;
    default: {
      const offset = "offset" in instruction && instruction.offset !== 0 ? ` offset=${instruction.offset}` : "";
      // Vectors need not begin at multiples of their size.
      const align = instruction.op in memoryOpcodes && /^v128\.(load|store)$/.test(instruction.op) || instruction.op === "v128.store64_lane" ? " align=4" : "";
      return `${instruction.op}${offset}${align}${"lane" in instruction ? ` ${instruction.lane}` : ""}`;
    }
  }
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

function typeText(what: "param" | "result", types: readonly ValueType[]): string {
  return types.length === 0 ? "" : ` (${what} ${types.join(" ")})`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A name of the text format's alphabet, each once. */
function fresh(hint: string, taken: Set<string>): string {
  const word = hint.replace(/[^A-Za-z0-9_.]+/g, "_") || "x";
  let name = word;
  for (let i = 2; taken.has(name); i++) name = `${word}_${i}`;
  taken.add(name);
  return name;
}
