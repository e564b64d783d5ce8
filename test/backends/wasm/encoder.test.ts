/** The encoder of WebAssembly, held against the tools of the WebAssembly Binary Toolkit (wabt) and the engine. */
import wabtModule from "wabt";
import { describe, expect, test } from "vitest";
import { signed, unsigned } from "../../../src/backends/wasm/encoder/bytes.js";
import { f32, f64, get, i32, memory, plain, set, vectorOfInts, type Instruction, type Local } from "../../../src/backends/wasm/encoder/instructions.js";
import { WasmModule } from "../../../src/backends/wasm/encoder/module.js";
import { laneMemoryOpcodes, laneOpcodes, memoryOpcodes, plainOpcodes, type LaneMemoryOp, type LaneOp, type MemoryOp, type PlainOp } from "../../../src/backends/wasm/encoder/opcodes.js";
import { moduleText } from "../../../src/backends/wasm/encoder/text.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { runProgramPasses, wasmProgramPasses } from "../../../src/passes/program/pipelines.js";
import { emitBody } from "../../../src/backends/wasm/module.js";
import { testStamp } from "../js/run-module.js";
import { instantiate } from "./engine.js";

const wabt = await wabtModule();
const features = { simd: true, relaxed_simd: true, sat_float_to_int: true, bulk_memory: true };

/** The text that wabt reads from bytes, after it has validated them. */
function disassembled(module: WasmModule): string {
  const read = wabt.readWasm(module.encode(), features);
  try {
    read.validate();
    return read.toText({ foldExprs: false, inlineExport: false });
  } finally {
    read.destroy();
  }
}

describe("numbers in LEB128", () => {
  test.each([
    [0, [0]], [1, [1]], [63, [63]], [64, [0xc0, 0]], [-1, [0x7f]], [-64, [0x40]], [-65, [0xbf, 0x7f]], [624485, [0xe5, 0x8e, 0x26]], [-123456, [0xc0, 0xbb, 0x78]],
    [2147483647, [0xff, 0xff, 0xff, 0xff, 0x07]], [-2147483648, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])("%d, signed", (value, bytes) => {
    expect(signed(value)).toEqual(bytes);
  });

  test.each([[0, [0]], [127, [127]], [128, [0x80, 1]], [624485, [0xe5, 0x8e, 0x26]], [4294967295, [0xff, 0xff, 0xff, 0xff, 0x0f]]])("%d, unsigned", (value, bytes) => {
    expect(unsigned(value)).toEqual(bytes);
  });
});

test("what is set and then wanted stays on the stack, and is not copied to itself", () => {
  const [a, b] = [{ type: "i32", name: "a" }, { type: "i32", name: "b" }] as const;
  const module = new WasmModule(1);
  module.addFunction("wanted", [], ["i32"], [i32(7), set(a), get(a), get(a), plain("i32.add")], "wanted");
  // b shares the variable of a.
  module.addFunction("copied", [], ["i32"], [i32(7), set(a), i32(0), i32(0), memory("i32.store8"), get(a), set(b), get(b), get(b), plain("i32.add")], "copied");
  const text = disassembled(module);
  expect(text).toContain(["i32.const 7", "local.tee 0", "local.get 0", "i32.add"].join("\n    "));
  expect(text).toContain(["i32.store8", "local.get 0", "local.get 0", "i32.add"].join("\n    "));
  const { wanted, copied } = instantiate<{ wanted(): number; copied(): number }>(module.encode());
  expect([wanted(), copied()]).toEqual([14, 14]);
});

describe("every instruction is what its name says", () => {
  /** What an instruction takes, by its name: as much as there is on the stack, in a function whose end is unreachable. */
  const text = (instruction: Instruction): string => {
    const module = new WasmModule(1);
    module.addFunction("f", [], [], [instruction]);
    const read = wabt.readWasm(module.encode(), features);
    try {
      return read.toText({ foldExprs: false, inlineExport: false });
    } finally {
      read.destroy();
    }
  };

  test.each(Object.keys(plainOpcodes) as PlainOp[])("%s", (op) => {
    expect(text(plain(op))).toMatch(new RegExp(`^\\s+${op.replace(/\./g, "\\.")}\\)?$`, "m"));
  });

  test.each(Object.keys(memoryOpcodes) as MemoryOp[])("%s", (op) => {
    expect(text(memory(op, 123456))).toMatch(new RegExp(`^\\s+${op.replace(/\./g, "\\.")} offset=123456( align=4)?\\)?$`, "m"));
  });

  test.each(Object.keys(laneMemoryOpcodes) as LaneMemoryOp[])("%s", (op) => {
    expect(text({ op, offset: 16, lane: 1 })).toMatch(new RegExp(`^\\s+${op.replace(/\./g, "\\.")} offset=16( align=4)? 1\\)?$`, "m"));
  });

  test.each(Object.keys(laneOpcodes) as LaneOp[])("%s", (op) => {
    expect(text({ op, lane: 3 })).toMatch(new RegExp(`^\\s+${op.replace(/\./g, "\\.")} 3\\)?$`, "m"));
  });
});

test("a module with everything is valid and does what it says", () => {
  const module = new WasmModule(2);
  const twice = module.importFunction("m", "twice", { parameters: ["f64"], results: ["f64"] });
  const state = module.addGlobal("state", "i32");
  const x: Local = { type: "f64", name: "x" };
  const i: Local = { type: "i32", name: "i" };
  const v: Local = { type: "v128", name: "v" };
  const count: Local = { type: "i32", name: "count" };
  const code: readonly Instruction[] = [
    i32(0), { op: "local.set", local: i },
    { op: "repeat", body: [{ op: "global.get", global: state }, get(i), plain("i32.add"), { op: "global.set", global: state }, get(i), i32(1), plain("i32.add"), { op: "local.tee", local: i }, get(count), plain("i32.ne")] },
    // Three turns more, and none.
    { op: "while", test: [get(i), i32(7), plain("i32.ne")], body: [get(i), i32(1), plain("i32.add"), { op: "local.set", local: i }, { op: "global.get", global: state }, i32(10), plain("i32.add"), { op: "global.set", global: state }] },
    { op: "while", test: [i32(0)], body: [i32(-1), { op: "global.set", global: state }] },
    vectorOfInts(7), { op: "local.set", local: v }, i32(64), get(v), memory("v128.store"),
    i32(128), i32(64), i32(16), { op: "memory.copy" },
    get(x), f64(0.5), plain("f64.add"), { op: "call", callee: twice },
    { op: "global.get", global: state }, plain("f64.convert_i32_s"), plain("f64.add"),
    i32(0), { op: "if", result: "f64", yes: [f64(1e300)], no: [f32(1.5), plain("f64.promote_f32")] }, plain("f64.add"),
  ];
  module.addFunction("f", [x, count], ["f64"], code, "f");
  expect(disassembled(module)).toContain("(import \"m\" \"twice\"");
  const { f, memory: linear } = instantiate<{ f(x: number, count: number): number }>(module.encode(), { m: { twice: (value = 0) => 2 * value } });
  expect(f(1, 4)).toBe(3 + (0 + 1 + 2 + 3) + 3 * 10 + 1.5);
  const parsed = wabt.parseWat("m.wat", moduleText(module), features);
  parsed.validate();
  parsed.destroy();
  expect([...new Int32Array(linear.buffer, 128, 5)]).toEqual([7, 7, 7, 7, 0]);
  expect(linear.buffer.byteLength).toBe(2 * 65536);
});

test.each([false, true])("bodies of random models are valid, relaxed: %s", (relaxed) => {
  for (const arbitrary of [arbitraryGraph(), arbitraryCell()]) {
    checkProperty(15, arbitrary, ({ graph }) => {
      const program = runProgramPasses(lowerGraph(graph), wasmProgramPasses);
      const { module } = emitBody({ models: [{ name: "m", program, stream: { reasons: ["no"] } }], moduleName: "m", stamp: testStamp }, relaxed);
      expect(disassembled(module)).toContain("(memory ");
      const parsed = wabt.parseWat("m.wat", moduleText(module), features);
      parsed.validate();
      parsed.destroy();
    });
  }
});

test("text is what wabt reads from the bytes", () => {
  const module = new WasmModule(1);
  const x: Local = { type: "f32", name: "x" };
  module.addFunction("square", [x], ["f32"], [get(x), get(x), plain("f32.mul")], "square");
  expect(moduleText(module)).toBe(`(module
  (memory (export "memory") 1)
  (func $square (export "square") (param $x f32) (result f32)
    local.get $x
    local.get $x
    f32.mul)
)
`);
  const parsed = wabt.parseWat("m.wat", moduleText(module), features);
  expect([...parsed.toBinary({}).buffer]).toEqual([...module.encode()]);
  parsed.destroy();
});
