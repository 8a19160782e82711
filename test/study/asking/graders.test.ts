// Graders: which answers count as right, and that code is bounded.
import { describe, expect, test } from "vitest";
import { codeBlocks } from "../../../src/study/asking/graders/code-blocks.ts";
import { finalAnswer } from "../../../src/study/asking/graders/final-answer.ts";
import { graders } from "../../../src/study/asking/graders/grade.ts";
import type { LoopRow } from "../../../src/study/loop/loop-row.ts";

const BOUNDS = { timeoutMs: 20_000, memoryMb: 256 };
const graded = (reference: LoopRow["reference"], text: string, bounds: typeof BOUNDS | undefined = BOUNDS) => {
  const row: LoopRow = { id: "a", request: {}, ...(reference && { reference }) };
  return graders(bounds)(row, "rows.jsonl:1")?.grade(text);
};
const python = (code: string) => `Here:\n\`\`\`python\n${code}\n\`\`\`\nDone.`;

describe("what an answer comes to", () => {
  test.each([
    ["Paris", "Paris"],
    ["Let me think.\nThe answer is **B**.", "B**."],
    ["So 6 × 7 = 42.\n#### 42", "42"],
    ["Hence $\\boxed{\\frac{3}{4}}$ is it.", "\\frac{3}{4}"],
    [`${"Words. ".repeat(30)}\nBerlin`, "Berlin"],
    ["Answer: no\nAnswer: yes", "yes"],
  ])("%j", (text, expected) => {
    expect(finalAnswer(text)).toBe(expected);
  });
});

describe("a reference", () => {
  test.each<[LoopRow["reference"], string, boolean]>([
    [{ exact: "Paris" }, "The answer is **paris**.", true],
    [{ exact: ["B", "(B)"] }, "Thinking A, C, D …\nAnswer: (b)", true],
    [{ exact: "Paris" }, "Not Paris but Lyon", false],
    [{ exact: "ＡＢ" }, "ab", true],
    [{ number: 1234.5 }, "First 7, so the answer is $1,234.50", true],
    [{ number: "3/4" }, "0.75", true],
    [{ number: 0.2 }, "It is 20 %", true],
    [{ number: 42 }, "42 is not it, the answer is 41", false],
    [{ number: 2.5, tolerance: 0.01 }, "about 2.504", true],
    [{ number: -5 }, "x = −5", true],
    [{ number: 5 }, "no idea", false],
    [{ schema: { type: "object", required: ["a"], properties: { a: { type: "integer" } } } }, '```json\n{"a": 1}\n```', true],
    [{ schema: { type: "object", required: ["a"] } }, '{"b": 1}', false],
    [{ schema: { type: "object" } }, "an object, I would say", false],
    [{ $comment: "none", exact: "yes", number: 4 }, "The answer is 4", false],
  ])("%j of %j: %j", async (reference, text, right) => {
    expect(await graded(reference, text)).toBe(right);
  });

  test.each<[LoopRow["reference"], string]>([
    [{ exact: { a: 1 } }, "reference.exact: expected text"],
    [{ number: "many" }, "reference.number: expected a number"],
    [{ schema: "x" }, "reference.schema: expected a JSON schema"],
    [{ tests: { language: "cobol", code: "x" } }, "reference.tests: expected code"],
  ])("that cannot be one is refused, saying where: %j", (reference, message) => {
    expect(() => graded(reference, "x")).toThrow(`rows.jsonl:1: ${message}`);
  });

  test("a schema that cannot be compiled is refused, saying where", async () => {
    await expect(graded({ schema: { type: "nothing" } }, "{}")).rejects.toThrow("rows.jsonl:1: reference.schema is no JSON schema");
  });

  test("none: nothing to hold an answer against; nor are tests without leave to run code", () => {
    expect(graded(undefined, "x")).toBeUndefined();
    expect(graders(undefined)({ id: "a", request: {}, reference: { tests: "assert True" } }, "x:1")).toBeUndefined();
  });
});

describe("code that is tested", () => {
  const tests = { tests: "assert double(4) == 8" };
  test.each<[string, LoopRow["reference"], string, boolean]>([
    ["passes", tests, python("def double(x):\n    return 2 * x"), true],
    ["is wrong", tests, python("def double(x):\n    return x"), false],
    ["is no code", tests, "I would multiply it by two.", false],
    ["takes too much memory", tests, python("x = bytearray(1 << 30)\ndef double(x):\n    return 2 * x"), false],
    ["sees no environment of ours", { tests: "import os; assert 'SECRET_OF_TEST' not in os.environ" }, python("x = 1"), true],
    [
      "is JavaScript",
      { tests: { language: "javascript", code: "if (double(4) !== 8) throw 1" } },
      "```js\nconst double = (x) => 2 * x;\n```",
      true,
    ],
    ["is wrong JavaScript", { tests: { language: "javascript", code: "if (double(4) !== 8) throw 1" } }, "const double = (x) => x;", false],
  ])("%s", async (_, reference, text, right) => {
    process.env["SECRET_OF_TEST"] = "1";
    expect(await graded(reference, text)).toBe(right);
  });

  test("takes too long", async () => {
    const started = performance.now();
    expect(await graded(tests, python("import time\ntime.sleep(60)"), { ...BOUNDS, timeoutMs: 500 })).toBe(false);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test("leaves no process behind", async () => {
    const marker = `sluice-left-${process.pid}`;
    const code = `import subprocess\nsubprocess.Popen(["sh", "-c", "sleep 60 # ${marker}"])\ndef double(x):\n    return 2 * x`;
    expect(await graded(tests, python(code))).toBe(true);
    const { execFileSync } = await import("node:child_process");
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(`# ${marker}`);
  });
});

test("blocks of code are found by their fences, an unclosed one too", () => {
  expect(codeBlocks("a\n```py\nx = 1\n```\nb\n~~~\ny\n~~~\n```js\nz")).toEqual([
    { language: "py", code: "x = 1\n" },
    { language: "", code: "y\n" },
    { language: "js", code: "z" },
  ]);
});
