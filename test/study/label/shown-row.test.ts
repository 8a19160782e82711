import { describe, expect, test } from "vitest";
import { type ShownBlock, textBlocks } from "../../../src/study/label/shown-row.ts";

const CASES: readonly (readonly [name: string, text: string, blocks: readonly ShownBlock[]])[] = [
  ["no text", "", []],
  ["spaces alone", " \n ", []],
  ["paragraphs", "One.\n\nTwo.\n", [{ kind: "text", text: "One.\n\nTwo." }]],
  [
    "code between texts",
    "Run:\n\n```sh\n  ls\n```\nThen stop.",
    [
      { kind: "text", text: "Run:" },
      { kind: "code", text: "  ls" },
      { kind: "text", text: "Then stop." },
    ],
  ],
  ["code that was cut off", "```\nlet a", [{ kind: "code", text: "let a" }]],
  ["ticks in a line", "Use ```x``` here", [{ kind: "text", text: "Use ```x``` here" }]],
];

describe("a text as the page shows it", () => {
  test.each(CASES)("of %s", (_, text, blocks) => {
    expect(textBlocks(text)).toEqual(blocks);
  });

  test.each([
    ["spaces", `a${" ".repeat(200_000)}b`],
    ["empty lines", `a${"\n".repeat(200_000)}b`],
    ["fences", "```\n".repeat(50_000)],
    ["ticks", "`".repeat(200_000)],
    ["a megabyte", "word ".repeat(200_000)],
  ])("is there at once, be it full of %s", (_, text) => {
    const before = performance.now();
    textBlocks(text);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test("says how much of a very long one is left away", () => {
    const [block] = textBlocks("x".repeat(200_007));
    expect(block?.text.endsWith("\n… 7 more characters are not shown")).toBe(true);
  });
});
