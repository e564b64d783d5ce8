import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonCursor, JsonError } from "../../src/formats/json-cursor.js";
import { checkProperty } from "../support/property.js";

/** Whether the whole text is one value that the cursor accepts. */
function accepts(text: string): boolean {
  const cursor = new JsonCursor(text);
  try {
    cursor.skip();
    cursor.end();
    return true;
  } catch (thrown) {
    if (thrown instanceof JsonError) return false;
    throw thrown;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("JsonCursor", () => {
  test("accepts what JSON.stringify writes", () => {
    const json = fc.json({ maxDepth: 4 }).filter((text) => !/\\ud[89a-f]/i.test(text));
    checkProperty(500, json, (text) => expect(accepts(text)).toBe(true));
  });

  test("refuses whatever JSON.parse refuses, and of the rest only repeated keys", () => {
    const token = fc.constantFrom(..."{}[]:,0-1.eE+ \n\t\"\"\"\\ut", "true", "null", '"a"', '"b"', "\\u0041", "01", "1e5");
    checkProperty(5000, fc.array(token, { maxLength: 9 }), (tokens) => {
      const text = tokens.join("");
      if (accepts(text)) expect(parses(text)).toBe(true);
      else if (parses(text)) expect(text).toMatch(/"(a|b|\s*)"[^]*"\1"/);
    });
  });

  test("reads strings as JSON.parse does", () => {
    checkProperty(500, fc.string({ unit: "grapheme" }), (value) => {
      const text = JSON.stringify(value);
      expect(new JsonCursor(text).string()).toBe(value);
      const escaped = text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
      expect(new JsonCursor(escaped).string()).toBe(value);
    });
  });

  test.each([
    ["12", 12],
    ["0", 0],
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", Infinity],
    ["18446744073709551615", Infinity],
  ])("reads the whole number %s as %d", (text, value) => {
    expect(new JsonCursor(text).naturalNumber()).toBe(value);
  });

  test.each(["-1", "-0", "1.0", "1e2", '"1"', "", "null"])("does not take %s for a whole number", (text) => {
    expect(() => new JsonCursor(text).naturalNumber()).toThrow(JsonError);
  });

  test("names a key that occurs twice, and its place", () => {
    const cursor = new JsonCursor('{"a":1, "\\u0061":2}');
    expect(() => cursor.skip()).toThrow(
      expect.objectContaining({ name: "JsonError", offset: 8, duplicateKey: "a" }) as JsonError,
    );
  });

  test.each(['"\\ud800"', '"\\udc00 \\ud800"', '"\\x"', '"\\u12g4"', '"\u0000"', '"a'])("refuses the string %j", (text) => {
    expect(() => new JsonCursor(text).string()).toThrow(JsonError);
  });

  test("refuses deep nesting without filling the stack", () => {
    expect(accepts("[".repeat(64) + "]".repeat(64))).toBe(true);
    expect(accepts("[".repeat(65) + "]".repeat(65))).toBe(false);
    expect(accepts('{"a":'.repeat(1_000_000))).toBe(false);
  });
});
