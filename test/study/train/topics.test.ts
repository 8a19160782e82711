// A model that tells topics: what it tells of texts it has not seen, and what is said of it.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { encodeModel, ModelFileError, parseModel } from "../../../src/request/policy/learned/model-file.ts";
import { TextReader } from "../../../src/request/policy/learned/text-reader.ts";
import { TopicTeller, topicsJson, topicsOf } from "../../../src/request/policy/learned/topics.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { reportJson, reportText } from "../../../src/study/train/report.ts";
import { train } from "../../../src/study/train/train.ts";
import { sampleExamples, streamed } from "./sample-examples.ts";

const WORDS = {
  law: ["plaintiff", "tort", "statute", "appeal", "contract"],
  code: ["function", "compiler", "pointer", "recursion", "unittest"],
  cooking: ["simmer", "oven", "garlic", "dough", "whisk"],
} as const;
const TOPICS = ["law", "code", "cooking"] as const;

/** Every fifth has no word of its topic. */
function about(examples: readonly Example[]): (Example & { readonly isTold: boolean })[] {
  return examples.map((example, row) => {
    const topic = TOPICS[row % 3] ?? "law";
    const isTold = row % 5 !== 0;
    const words = WORDS[topic];
    const told = isTold ? `${words[row % words.length]} ${words[(row + 2) % words.length]} ` : "";
    const body = new TextDecoder().decode(example.body).replace('"content":"', `"content":"${told}`);
    return { ...example, body: new TextEncoder().encode(body), group: topic, isTold };
  });
}

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const SETTINGS = {
  scope: "all",
  target: "strong-gains",
  weakShare: 0.65,
  newTopics: 0.2,
  seed: 1,
  force: true,
  date: "2026-01-31",
} as const;

function trained(examples: readonly Example[], topics = true) {
  const listener = { rows: () => {}, models: () => {}, refuse: () => {} };
  return train(streamed(examples), scanner, { ...SETTINGS, topics, maxRows: 10_000 }, listener);
}

const SAMPLE = { rows: 450, telling: 0.8, truth: "scores" } as const;
const rows = about(sampleExamples({ ...SAMPLE, rows: 600 }));
const usual = await trained(rows.slice(0, 450));

describe("a model that was trained to tell topics", () => {
  const { model, report } = usual;
  if (model === undefined) throw new Error("no model");
  const parsed = parseModel(encodeModel(model));
  const { topics } = parsed;
  if (topics === undefined) throw new Error("no topics");
  const teller = new TopicTeller(topics);
  const reader = new TextReader(parsed.readBytes);
  const told = rows.slice(450).map((row) => {
    reader.read(new TextEncoder().encode(JSON.parse(new TextDecoder().decode(row.body)).messages[0].content));
    return { ...row, topic: teller.tell(reader, parsed.id) };
  });

  test("tells those of texts it has not seen, and `other` where it cannot be sure", () => {
    const clear = told.filter(({ isTold }) => isTold);
    expect(clear.filter(({ topic, group }) => topic.name === group).length / clear.length).toBeGreaterThan(0.95);
    const unsure = (rows: typeof told) => rows.filter(({ topic }) => topic.name === "other").length / rows.length;
    expect(unsure(clear)).toBeLessThan(0.03);
    expect(unsure(told.filter(({ isTold }) => !isTold))).toBeGreaterThan(0.2); // one in three of the others is right by luck
    expect(told.every(({ topic }) => topic.model === parsed.id && (topic.name === "other") === topic.probability < 0.5)).toBe(true);
  });

  test("reports how well, by rows that it had not seen", () => {
    const found = report.topics;
    expect(found?.topics.map(({ name }) => name).sort()).toEqual(["code", "cooking", "law"]);
    const right = told.filter(({ topic, group }) => topic.name === group).length / told.length;
    expect(Math.abs((found?.told ?? 0) * (found?.rightTold ?? 0) - right)).toBeLessThan(0.08);
    expect([(found?.right ?? 0) > 0.8, found?.rows]).toEqual([true, 450]);
    expect(found?.largest).toBeCloseTo(1 / 3, 2);
    expect(reportText(report)).toMatch(
      /Topics, of 450 rows: the likeliest is right for \d+\.\d %; always the largest would be for 33\.3 %\./,
    );
    expect(reportJson(report)).toMatchObject({ topics: { rows: 450 } });
  });

  test("suggests no tier for topics that say nothing of which is needed", () => {
    expect(report.topics?.sets).toEqual([]);
    expect(reportText(report)).toContain("For none of them one tier is proven to do better than what the score chooses.");
  });

  test("prints a suggestion as the configuration takes it", () => {
    const sets = [
      { topic: "law", tier: "strong", rows: 34, gain: 0.41, usual: 0.12 },
      { topic: "small talk", tier: "weak", rows: 120, gain: -0.02, usual: 0.12 },
    ] as const;
    if (report.topics === undefined) throw new Error("no topics");
    const text = reportText({ ...report, topics: { ...report.topics, sets } });
    expect(text).toContain('byTopic: { "law": [strong], "small talk": [weak] }\n');
    expect(text).toContain("    small talk: of 120 rows that the score sends to strong, strong scores −.020 over weak; of all +.120\n");
  });

  test("probabilities are those that come true", () => {
    const mean = told.reduce((sum, { topic }) => sum + topic.probability, 0) / told.length;
    const likeliest = report.topics?.right ?? 0;
    expect(Math.abs(mean - likeliest)).toBeLessThan(0.1);
  });

  test.each([
    ["names", { names: ["law"] }],
    ["names", { names: "law, code" }],
    ["bits", { bits: "AAAA" }],
    ["weights", { weights: "AAAA" }],
    ["spoken", { spoken: "AAAA" }],
    ["biases", { biases: [0] }],
    ["least", { least: 2 }],
  ])("a file whose %s are damaged is refused by that name", (name, damaged) => {
    expect(() => topicsOf({ ...topicsJson(topics), ...damaged })).toThrow(ModelFileError);
    expect(() => topicsOf({ ...topicsJson(topics), ...damaged })).toThrow(name);
  });
});

describe("training", () => {
  test("tells no topics where it is not asked to", async () => {
    const { model, report } = await trained(rows.slice(0, 120), false);
    expect([model?.topics, report.topics]).toEqual([undefined, undefined]);
    expect(reportText(report)).not.toContain("Topics, of");
  });

  test("refuses to where fewer than two groups have rows enough", async () => {
    const one = rows.slice(0, 120).map((row, at) => ({ ...row, group: at % 10 === 0 ? `rare ${at}` : "law" }));
    await expect(trained(one)).rejects.toMatchObject({ code: "train-no-topics" });
  });
});
