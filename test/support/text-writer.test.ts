import { expect, test } from "vitest";
import { TextWriter } from "../../src/support/text-writer.js";

test("indents what is written inside a block", () => {
  const writer = new TextWriter();
  writer.block("a {", () => {
    writer.line("b").block("c {", () => writer.line("d"));
  });
  expect(writer.toString()).toBe("a {\n  b\n  c {\n    d\n  }\n}\n");
});

test("is empty until something is written", () => {
  expect(new TextWriter().toString()).toBe("");
  expect(new TextWriter().lineCount).toBe(0);
});

test("splits lines at every kind of line end and drops trailing blanks", () => {
  const writer = new TextWriter("\t").indent(() => {});
  writer.indent(() => writer.line("a  \r\nb\n\n  c\t"));
  expect(writer.toString()).toBe("\ta\n\tb\n\n\t  c\n");
  expect(writer.lineCount).toBe(4);
});

test("separates by at most one empty line, and not at the start", () => {
  const writer = new TextWriter().gap().line("a").gap().gap().lines(["b", "c"]);
  expect(writer.toString()).toBe("a\n\nb\nc\n");
});

test("keeps its depth when a body throws", () => {
  const writer = new TextWriter();
  expect(() =>
    writer.indent(() => {
      throw new Error("stop");
    }),
  ).toThrow("stop");
  expect(writer.line("a").toString()).toBe("a\n");
});
