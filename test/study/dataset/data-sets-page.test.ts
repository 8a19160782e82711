// docs/data-sets.md: each example row is read as the page says.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Example } from "../../../src/study/dataset/example.ts";
import { parseTierWords } from "../../../src/study/dataset/labels.ts";
import type { ReadOptions } from "../../../src/study/dataset/read-examples.ts";
import { bodyOf, columns, dataFile, examplesOf } from "./files.ts";

const PAGE = readFileSync(new URL("../../../docs/data-sets.md", import.meta.url), "utf8");
const EXAMPLE = /```(jsonl|csv)\n([^`]*)```\n\nRead(?: with `([^`]*)`)? as: (.*) for `(.*)`\n/g;
const examples = [...PAGE.matchAll(EXAMPLE)].map(([, ending = "", text = "", options = "", truth = "", prompt = ""]) => ({
  ending,
  text,
  options,
  truth,
  prompt,
}));

function optionsOf(text: string): ReadOptions {
  const values = (name: string) => new RegExp(`--${name} ((?:(?!--)\\S+ ?)+)`).exec(text)?.[1]?.trim().split(" ");
  const [names, labels, models] = [values("columns")?.[0], values("labels"), values("models")];
  return {
    ...(names !== undefined && columns(names)),
    labels: labels && parseTierWords("--labels", labels),
    models: models && parseTierWords("--models", models),
  };
}

function truthOf({ truth }: Example): string {
  return truth.kind === "label" ? `${truth.needed} needed` : `scores ${truth.weak} and ${truth.strong}`;
}

test("every block of rows says what it is read as", () => {
  expect(examples.length).toBe([...PAGE.matchAll(/^```(?:jsonl|csv)$/gm)].length);
  expect(examples.length).toBeGreaterThan(7);
});

test.each(examples)("$text is read as $truth", async ({ ending, text, options, truth, prompt }) => {
  const read = await examplesOf([dataFile(`page.${ending}`, text)], optionsOf(options));
  expect(read.map(truthOf)).toEqual([truth]);
  const { messages } = bodyOf(read[0]) as { messages: readonly unknown[] };
  expect(messages.at(-1)).toEqual({ role: "user", content: prompt });
});
