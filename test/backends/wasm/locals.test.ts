/** Which locals of a function share a variable. */
import { expect, test } from "vitest";
import { get, i32, set, tee, type Code, type Instruction, type Local } from "../../../src/backends/wasm/encoder/instructions.js";
import { shareLocals } from "../../../src/backends/wasm/encoder/locals.js";

const local = (name: string, type: Local["type"] = "i32"): Local => ({ name, type });
const [a, b, c] = ["a", "b", "c"].map((name) => local(name)) as [Local, Local, Local];

const use = (each: Local): Instruction[] => [i32(0), get(each), { op: "i32.store", offset: 0 }];
const make = (each: Local): Instruction[] => [i32(1), set(each)];
const repeat = (...body: Code): Instruction => ({ op: "repeat", body: [...body, i32(0)] });
const when = (yes: Code, no: Code = []): Instruction[] => [i32(1), { op: "if", result: undefined, yes, no }];

function shared(code: Code, parameters: readonly Local[] = []): string[] {
  return shareLocals(parameters, code).map((locals) => locals.map(({ name }) => name).join("="));
}

test("those that are not wanted any more when others begin", () => {
  expect(shared([...make(a), ...use(a), ...make(b), ...use(b)])).toEqual(["a=b"]);
  expect(shared([...make(a), ...make(b), ...use(a), ...use(b)])).toEqual(["a", "b"]);
});

test("but none of other types, and no parameters", () => {
  const v = local("v", "v128");
  expect(shared([...make(a), ...use(a), set(v), get(v)])).toEqual(["a", "v"]);
  expect(shared([get(a), set(b), get(b), set(a)], [a])).toEqual(["b"]);
});

test("what a loop reads that was set before it lives to the end of the loop", () => {
  expect(shared([...make(a), repeat(...use(a), ...make(b), ...use(b))])).toEqual(["a", "b"]);
  expect(shared([...make(a), repeat(...use(a)), ...make(b), ...use(b)])).toEqual(["a=b"]);
  expect(shared([...make(a), repeat(repeat(...use(a)), ...make(b), ...use(b))])).toEqual(["a", "b"]);
  expect(shared([repeat(...make(a), repeat(...use(a)), ...make(b), ...use(b))])).toEqual(["a=b"]);
});

test("what a turn leaves for the next one shares with nothing", () => {
  expect(shared([repeat(...use(a), ...make(a)), ...make(b), ...use(b)])).toEqual(["a", "b"]);
});

test("what only one way sets shares with nothing, where it is used on both", () => {
  expect(shared([...when(make(a)), ...use(a), ...make(b), ...use(b)])).toEqual(["a", "b"]);
  expect(shared([...when([...make(a), ...use(a)], [...make(b), ...use(b)]), ...make(c), ...use(c)])).toEqual(["a=b=c"]);
});

test("the test of a loop that checks first belongs to each turn", () => {
  const checks: Instruction = { op: "while", test: [i32(1), tee(a)], body: [...use(a), ...make(b), ...use(b)] };
  expect(shared([checks, ...make(c), ...use(c)])).toEqual(["a=b=c"]);
  expect(shared([...make(a), { op: "while", test: [get(a)], body: [...make(b), ...use(b)] }])).toEqual(["a", "b"]);
});
