// The front of a JSON value, closed: what has come of an answer.
import fc from "fast-check";
import { expect, test } from "vitest";
import { closedJson } from "../../../src/answer/said/json.ts";

test("every front of an answer's JSON, from its first brace on, gives a value that is the beginning of it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(), (content, cut) => {
      const whole = JSON.stringify({ choices: [{ index: 0, message: { content, list: [1, true, null, "x"] } }], usage: { n: 12 } });
      const front = whole.slice(0, 1 + (cut % whole.length));
      const closed = closedJson(front)?.value as { choices?: { message?: { content?: string } }[] } | undefined;
      expect(closed).toBeDefined();
      const found = closed?.choices?.[0]?.message?.content;
      if (found !== undefined) expect(content.startsWith(found)).toBe(true);
      if (front.length > whole.indexOf('"list"')) expect(found).toBe(content);
    }),
  );
});

test.each([
  ["]", undefined],
  ["hello", undefined],
  ["{x", {}],
  ['{"a":1,"b" 2', { a: 1 }],
  ["[".repeat(100), undefined],
])("of what is no JSON the part before that, if any: %s", (front, expected) => {
  expect(closedJson(front)?.value).toEqual(expected);
});

test("a backslash that was cut off is left out, one that is escaped stays", () => {
  expect([closedJson('{"a":"x\\')?.value, closedJson('{"a":"x\\\\')?.value, closedJson('{"a":"x\\u00')?.value]).toEqual([
    { a: "x" },
    { a: "x\\" },
    { a: "x" },
  ]);
});
