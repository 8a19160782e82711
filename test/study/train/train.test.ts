import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { encodeModel, parseModel } from "../../../src/request/policy/learned/model-file.ts";
import { learnedPolicy } from "../../../src/request/policy/learned/policy.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { apgr } from "../../../src/study/evaluate/curve.ts";
import { reportJson, reportText } from "../../../src/study/train/report.ts";
import type { TrainSettings } from "../../../src/study/train/settings.ts";
import { train } from "../../../src/study/train/train.ts";
import { QUIET, type SampleOptions, SETTINGS, sampleExamples, streamed } from "./sample-examples.ts";

const TELLING: SampleOptions = { rows: 700, telling: 0.8, truth: "scores" };

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

function trained(
  options: SampleOptions,
  settings: Partial<TrainSettings> = {},
  change: (examples: Example[]) => Example[] = (same) => same,
) {
  return train(streamed(change(sampleExamples(options))), scanner, { ...SETTINGS, ...settings }, QUIET);
}

describe("training", () => {
  test("makes a model where the words tell, which routes requests it has not seen", async () => {
    const { report, model } = await trained(TELLING);
    expect(report.advice.use).toBe("learned");
    expect(report.advice.sentence).toMatch(/^Use the learned policy \(.*\): APGR \.\d{3} \[.*\], \+\.\d{3} \[.*\] over length\./);
    if (model === undefined) throw new Error("no model");
    const policy = learnedPolicy({
      model: parseModel(encodeModel(model)),
      threshold: model.cut,
      weakShare: 0.65,
      minThreshold: undefined,
      maxThreshold: undefined,
      minConfidence: 0.5,
      unsure: "abstain",
      under: "weak",
      over: "strong",
      highest: "strong",
    });
    const unseen = sampleExamples({ ...TELLING, rows: 1500 }).slice(700);
    const scores = unseen.map(({ body }) => {
      const scanned = scanner.scan(body);
      if (scanned.kind !== "chat") throw new Error("no chat");
      const unnamed = { requestId: undefined, path: undefined, voter: undefined, borders: new Map(), header: () => undefined };
      return (
        policy.decide({ ...unnamed, facts: scanned.facts, text: (scope) => scanner.text(scope), foldedText: () => undefined })?.score ?? 0
      );
    });
    const gains = unseen.map(({ truth }) => (truth.kind === "scores" ? truth.strong - truth.weak : 0));
    expect(apgr(scores, gains)).toBeGreaterThan(0.7);
    const needing = gains.filter((gain) => gain > 0).length / gains.length;
    expect(Math.abs(scores.reduce((sum, score) => sum + score, 0) / scores.length - needing)).toBeLessThan(0.05);
  });

  test("learns the same from labels as from scores that say the same", async () => {
    const fromScores = await trained(TELLING);
    const fromLabels = await trained({ ...TELLING, truth: "label" });
    expect(fromLabels.report.advice.best.scored.scores.plain).toEqual(fromScores.report.advice.best.scored.scores.plain);
    expect(fromLabels.report.positives).toBe(fromScores.report.positives);
  });

  test("makes no model where nothing tells, and says why", async () => {
    const { report, model } = await trained({ ...TELLING, telling: 0.05 });
    expect(model).toBeUndefined();
    expect(report.isMade).toBe(false);
    expect(report.advice.use).not.toBe("learned");
    expect(report.advice.sentence).toMatch(/on 700 labels; about 1,000 are usually needed/);
  });

  test("makes one all the same when forced, and the model remembers", async () => {
    const { report, model } = await trained({ ...TELLING, telling: 0.05 }, { force: true });
    expect(report.advice.use).not.toBe("learned");
    expect(model?.summary).toMatchObject({ forced: true, advice: report.advice.sentence });
  });

  test("gives the same bytes for the same data, seed and date, and others for another seed", async () => {
    const bytesOf = async (settings: Partial<TrainSettings>) => {
      const { model } = await trained(TELLING, { ...settings, force: true });
      return Buffer.from(model === undefined ? [] : encodeModel(model)).toString("base64");
    };
    const [first, second, other] = [await bytesOf({}), await bytesOf({}), await bytesOf({ seed: 2 })];
    expect(second === first).toBe(true);
    expect(other === first).toBe(false);
  });

  test("knows the data again by their fingerprint", async () => {
    const { report } = await trained(TELLING);
    const swapped = (examples: Example[]) => [examples[1] as Example, examples[0] as Example, ...examples.slice(2)];
    expect((await trained(TELLING)).report.fingerprint).toBe(report.fingerprint);
    expect((await trained(TELLING, {}, swapped)).report.fingerprint).not.toBe(report.fingerprint);
  });

  test("takes the target it is told: weak fails where it scores under one half", async () => {
    const bothFail = (examples: Example[]): Example[] =>
      examples.map((example, row) => (row % 4 === 0 ? { ...example, truth: { kind: "scores", weak: 0.1, strong: 0.1 } } : example));
    const gains = await trained(TELLING, { target: "strong-gains" }, bothFail);
    const fails = await trained(TELLING, { target: "weak-fails" }, bothFail);
    expect(fails.report.positives).toBeGreaterThan(gains.report.positives + 100);
  });

  test("keeps at most as many rows as it may, drawn from all of them", async () => {
    const { report } = await trained(TELLING, { maxRows: 400 });
    expect([report.rows, report.read]).toEqual([400, 700]);
    expect(reportText(report)).toContain("400 labels (drawn at random from 700)");
  });

  test("leaves out requests that are no chat, and says which and why", async () => {
    const broken = sampleExamples(TELLING).map((example, row) => (row < 5 ? { ...example, body: new Uint8Array(3) } : example));
    const refused: string[] = [];
    const refuse = ({ place }: Example, why: string) => refused.push(`${place}: ${why}`);
    const { report } = await train(streamed(broken), scanner, SETTINGS, { ...QUIET, refuse });
    expect([report.rows, refused.length]).toEqual([695, 5]);
    expect(refused[0]).toMatch(/^sample:1: .*not-json/);
  });

  test.each([
    ["too few rows", { ...TELLING, rows: 30 }, undefined, { code: "train-too-few" }],
    ["a strong tier that is worse", TELLING, { kind: "scores", weak: 0.9, strong: 0.1 }, { code: "train-no-gap" }],
  ] as const)("refuses %s", async (_what, options, truth, error) => {
    const change = (examples: Example[]) =>
      examples.map((example, row) => (truth === undefined || row % 9 === 0 ? example : { ...example, truth }));
    await expect(trained(options, {}, change)).rejects.toMatchObject(error);
  });

  test("reports every family beside length, as text and as JSON that says the same", async () => {
    const { report } = await trained(TELLING);
    const json = reportJson(report);
    expect(json.families.map(({ family }) => family)).toEqual([
      "length",
      "linear facts",
      "trees on facts",
      "n-grams",
      "n-grams and facts",
      "n-grams averaged with trees",
      "n-grams, trees and length",
    ]);
    expect(JSON.stringify(json)).not.toContain("NaN");
    const text = reportText(report);
    for (const { family } of json.families) expect(text).toContain(family);
    expect(text).toContain(json.advice.sentence);
  });
});
