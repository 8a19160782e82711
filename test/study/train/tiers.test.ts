import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { encodeModel, parseModel } from "../../../src/request/policy/learned/model-file.ts";
import { learnedPolicy } from "../../../src/request/policy/learned/policy.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { ask } from "../../../src/study/evaluate/trial.ts";
import { reportJson, reportText } from "../../../src/study/train/report.ts";
import { train } from "../../../src/study/train/train.ts";
import { streamed } from "./sample-examples.ts";

const WORDS = "apple river stone cloud paper table window garden summer bread".split(" ");
const NEEDED = ["small", "medium", "large"] as const;
const TELLING = { small: [], medium: ["summarise", "translate"], large: ["theorem", "integral"] } as const;
const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

/** Which tier a request needs is told by a word of its own in nine of ten. */
function laddered(rows: number, seed: number): (Example & { readonly needed: (typeof NEEDED)[number] })[] {
  const random = randomSource(seed);
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? "";
  return Array.from({ length: rows }, (_, row) => {
    const needed = NEEDED[Math.floor(random() * 3)] ?? "small";
    const telling = random() < 0.9 ? TELLING[needed] : [];
    const words = [
      ...telling,
      ...Array.from({ length: 6 + Math.floor(random() * 10) }, () => `${pick(WORDS)}${Math.floor(random() * 50)}`),
    ];
    const enough = (tier: number) => (tier >= NEEDED.indexOf(needed) ? 0.9 : 0.1);
    const tiers = { small: enough(0), medium: enough(1), large: enough(2) };
    const body = new TextEncoder().encode(JSON.stringify({ messages: [{ role: "user", content: words.join(" ") }] }));
    const truth = { kind: "scores", weak: tiers.small, strong: tiers.large, tiers } as const;
    return { body, path: undefined, group: undefined, truth, place: `ladder:${row + 1}`, needed };
  });
}

function trained(examples: readonly Example[], refuse: (example: Example, why: string) => void = () => {}) {
  const settings = {
    scope: "all",
    target: "strong-gains",
    weakShare: 0.4,
    newTopics: 0.2,
    seed: 1,
    force: false,
    date: "2026-01-31",
  } as const;
  return train(streamed(examples), scanner, { ...settings, maxRows: 10_000 }, { rows: () => {}, models: () => {}, refuse });
}

describe("training for more than two tiers", () => {
  test("makes a model that sends requests it has not seen to the cheapest tier that is enough", async () => {
    const { report, model } = await trained(laddered(900, 3));
    if (model === undefined) throw new Error("no model");
    expect(report.tiers).toEqual(NEEDED);
    const policy = learnedPolicy({
      model: parseModel(encodeModel(model)),
      threshold: model.cut,
      weakShare: 0.4,
      minThreshold: undefined,
      maxThreshold: undefined,
      minConfidence: 0.5,
      unsure: "up",
      under: "small",
      over: "large",
      tiers: NEEDED,
      highest: "large",
    });
    const unseen = laddered(600, 8);
    const right = unseen.filter((example) => {
      const asked = ask(scanner, example);
      return asked.kind === "asked" && policy.decide(asked.request)?.tier === example.needed;
    });
    expect(right.length / unseen.length).toBeGreaterThan(0.8); // one in ten cannot be told, one in three is luck
  });

  test("reports each tier but the last, in text and in JSON", async () => {
    const { report } = await trained(laddered(900, 3));
    const text = reportText(report);
    expect(text).toContain("Is small enough, or is medium or large better?");
    expect(text).toContain("Is medium enough, or is large better?");
    expect(reportJson(report)).toMatchObject({ tiers: NEEDED, above: [{ advice: { use: "learned" } }] });
    expect(report.advice.use).toBe("learned");
  });

  test("leaves out rows whose tiers are not those of the first row, and says which", async () => {
    const examples = laddered(300, 3).map((example, row): Example => {
      if (row !== 7 || example.truth.kind !== "scores") return example;
      return { ...example, truth: { kind: "scores", weak: 0, strong: 1, tiers: { small: 0, huge: 1, medium: 1 } } };
    });
    const refused: string[] = [];
    await trained(examples, ({ place }, why) => refused.push(`${place}: ${why}`));
    expect(refused).toEqual([
      "ladder:8: expected the scores of small, medium, large, in that order, as in the first row; found those of small, huge, medium",
    ]);
  });

  test("says which tier has nothing above it that is better", async () => {
    const flat = laddered(300, 3).map((example): Example => {
      const tiers = { small: example.needed === "small" ? 0.9 : 0.1, medium: 0.9, large: 0.9 };
      return { ...example, truth: { kind: "scores", weak: tiers.small, strong: 0.9, tiers } };
    });
    await expect(trained(flat)).rejects.toMatchObject({
      code: "train-too-few",
      message: expect.stringContaining("the best tier above medium"),
    });
  });
});
