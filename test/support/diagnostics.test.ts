import { describe, expect, test } from "vitest";
import { diagnosticToJson, formatDiagnostic, formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { type Diagnostic, DiagnosticError, DiagnosticSink, error, fail, warning } from "../../src/support/diagnostics.js";
import { span } from "../../src/support/span.js";

const text = "const a = zeros(64);\nconst b = zeros(40);\nexport const c = a + b;\n";
const sources = [{ file: "m.model.ts", text }];
const plus = text.indexOf("a + b");
const shapes = error("GF1001", "shapes differ: [64] and [40]", {
  span: span("m.model.ts", plus, plus + 5),
  notes: [{ message: "b is made here", span: span("m.model.ts", 27, 28) }, { message: "sizes must be equal or 1" }],
  help: "give both the same size",
});

describe("formatDiagnostic", () => {
  test("shows place, code, frame, notes and help", () => {
    expect(formatDiagnostic(shapes, sources, { color: false })).toMatchInlineSnapshot(`
      "m.model.ts:3:18 - error GF1001: shapes differ: [64] and [40]

          1 | const a = zeros(64);
          2 | const b = zeros(40);
        > 3 | export const c = a + b;
            |                  ^^^^^
          4 |

        note: b is made here: m.model.ts:2:7
            1 | const a = zeros(64);
          > 2 | const b = zeros(40);
              |       ^
            3 | export const c = a + b;
            4 |
        note: sizes must be equal or 1
        help: give both the same size"
    `);
  });

  test("does without a span, and without the text of the file", () => {
    expect(formatDiagnostic(warning("GF1001", "odd"), [], { color: false })).toBe("warning GF1001: odd");
    expect(formatDiagnostic(error("GF1002", "bad", { span: span("w.bin", 8, 9) }), sources, { color: false })).toBe(
      "w.bin - error GF1002: bad",
    );
  });

  test("paints only where it is told to", () => {
    const escape = "\u001b[";
    expect(formatDiagnostic(shapes, sources, { color: false })).not.toContain(escape);
    expect(formatDiagnostic(shapes, sources, { color: true })).toContain(escape);
  });

  test("takes a map of texts as well", () => {
    const map = new Map([["m.model.ts", text]]);
    expect(formatDiagnostic(shapes, map, { color: false })).toBe(formatDiagnostic(shapes, sources, { color: false }));
  });

  test("puts an empty line between several, and prints nothing for none", () => {
    expect(formatDiagnostics([], sources, { color: false })).toBe("");
    const both = [warning("GF1001", "odd"), error("GF1002", "bad")];
    expect(formatDiagnostics(both, [], { color: false })).toBe("warning GF1001: odd\n\nerror GF1002: bad\n");
  });

  test("says the same help once, behind the last that it is for", () => {
    const [a, b] = ["a", "b"].map((name) => error("GF7016", `${name} is missing`, { help: "give it" })) as [Diagnostic, Diagnostic];
    expect(formatDiagnostics([a, b], [], { color: false })).toBe("error GF7016: a is missing\n\nerror GF7016: b is missing\n\n  help: give it\n");
    // Not where others come between, nor where a frame does.
    for (const others of [[a, error("GF7017", "c is not known", { help: "give it" }), b], [{ ...a, span: span("a.ts", 0, 1) }, b]]) {
      expect(formatDiagnostics(others, [], { color: false }).match(/help: give it/g)).toHaveLength(others.length);
    }
  });
});

test("the JSON form always has every key", () => {
  expect(diagnosticToJson(warning("GF1001", "odd"), [])).toEqual({
    code: "GF1001",
    severity: "warning",
    message: "odd",
    location: null,
    notes: [],
    help: null,
  });
  const json = diagnosticToJson(shapes, sources);
  expect(json.location).toEqual({
    file: "m.model.ts",
    offset: { start: plus, end: plus + 5 },
    position: { start: { line: 3, column: 18 }, end: { line: 3, column: 23 } },
  });
  expect(json.notes[1]).toEqual({ message: "sizes must be equal or 1", location: null });
  expect(diagnosticToJson(shapes, []).location?.position).toBeNull();
});

describe("DiagnosticError", () => {
  test("carries what it was given", () => {
    const both = new DiagnosticError([error("GF1001", "one"), error("GF1002", "two")]);
    expect(both.diagnostics.map((diagnostic) => diagnostic.code)).toEqual(["GF1001", "GF1002"]);
    expect(both.message).toBe("GF1001: one\nGF1002: two");
    expect(() => fail("GF1003", "three", { help: "do less" })).toThrow(DiagnosticError);
  });

  test("leaves absent details out", () => {
    expect(error("GF1001", "one", { span: undefined, notes: [], help: undefined })).toEqual({
      code: "GF1001",
      severity: "error",
      message: "one",
    });
  });
});

describe("DiagnosticSink", () => {
  test("collects, and gives up only for errors", () => {
    const sink = new DiagnosticSink();
    sink.warning("GF1001", "odd");
    sink.throwIfErrors();
    expect(sink.hasErrors).toBe(false);
    sink.error("GF1002", "bad");
    expect(() => sink.throwIfErrors()).toThrow("GF1001: odd\nGF1002: bad");
  });

  test("attempt turns a DiagnosticError into its diagnostics and lets others pass", () => {
    const sink = new DiagnosticSink();
    expect(sink.attempt(() => 1)).toBe(1);
    expect(sink.attempt(() => fail("GF1001", "bad"))).toBeUndefined();
    expect(sink.diagnostics).toEqual([error("GF1001", "bad")]);
    expect(() =>
      sink.attempt(() => {
        throw new TypeError("ours");
      }),
    ).toThrow(TypeError);
  });
});
