// Vectors in training: taken where they tell what the words do not, left alone where they are noise; and what the model then says of
// requests with their vectors and without.
import { isUtf8 } from "node:buffer";
import { beforeAll, describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import type { LearnedModel } from "../../../src/request/policy/learned/learned-model.ts";
import { encodeModel, parseModel } from "../../../src/request/policy/learned/model-file.ts";
import { type LearnedSettings, learnedPolicy, vectorKindOf } from "../../../src/request/policy/learned/policy.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { apgr } from "../../../src/study/evaluate/curve.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { ask } from "../../../src/study/evaluate/trial.ts";
import { reportJson, reportText } from "../../../src/study/train/report.ts";
import type { TrainSettings } from "../../../src/study/train/settings.ts";
import { type Trained, train } from "../../../src/study/train/train.ts";
import { QUIET, SETTINGS, sampleExamples, streamed } from "./sample-examples.ts";

const WIDTH = 12;
const ROWS = 500;

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const all = sampleExamples({ rows: 2 * ROWS, telling: 0.4, truth: "scores" });
const needsStrong = ({ truth }: Example) => truth.kind === "scores" && truth.strong > truth.weak;

/** The text of an example, as it is to be embedded. */
function textOf({ body }: Example): string {
  const { messages } = JSON.parse(new TextDecoder().decode(body)) as { messages: readonly { content: string }[] };
  return messages[0]?.content ?? "";
}

/** Length 1; `sign` in the first number, all else noise that the text alone decides. */
function vectorFor(text: string, sign: number): Float32Array {
  const random = randomSource([...text].reduce((sum, letter) => (31 * sum + (letter.codePointAt(0) ?? 0)) >>> 0, 7));
  const values = Float32Array.from({ length: WIDTH }, (_, at) => (at === 0 ? sign : 0) + 2 * (random() - 0.5) + 3);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

const wants = new Map(all.map((example) => [textOf(example), needsStrong(example)]));
const telling = (text: string) => vectorFor(text, wants.get(text) === true ? 1 : -1);
const noise = (text: string) => vectorFor(text, 0);

function trainedOn(vectorOf: (text: string) => Float32Array, settings: Partial<TrainSettings> = {}): Promise<Trained> {
  const embed = async (texts: readonly string[]) => texts.map(vectorOf);
  return train(streamed(all.slice(0, ROWS)), scanner, { ...SETTINGS, ...settings }, QUIET, { model: "m", dimensions: undefined, embed });
}

function policyOf(model: LearnedModel) {
  const settings: LearnedSettings = {
    model,
    threshold: model.cut,
    weakShare: 0.65,
    minThreshold: undefined,
    maxThreshold: undefined,
    minConfidence: 0.5,
    unsure: "up",
    under: "weak",
    over: "strong",
    highest: "strong",
  };
  return learnedPolicy(settings);
}

describe("vectors that tell what words do not", () => {
  let trained: Trained;
  let model: LearnedModel;
  beforeAll(async () => {
    trained = await trainedOn(telling);
    if (trained.model === undefined) throw new Error("no model");
    model = parseModel(encodeModel(trained.model));
  }, 120_000);

  test("are taken, and the report says by how much they are better than the text alone", () => {
    const { report } = trained;
    expect(report.embedding?.isTaken).toBe(true);
    expect(report.advice.best.scored.family).toMatch(/^embedding/);
    expect(report.estimates.map(({ scored }) => scored.family).slice(-2)).toEqual([
      "embedding",
      `embedding and ${report.embedding?.text.scored.family}`,
    ]);
    expect(reportText(report)).toMatch(
      /^The embedding is taken: \+\.\d{3} \[.*\] over .* alone, which decides where no vector comes in time\.$/m,
    );
    expect(reportText(report)).toMatch(/^Without its vector, one from 0\.\d{3}\.$/m);
    expect(reportJson(report)).toMatchObject({ embedding: { isTaken: true, without: report.embedding?.text.scored.family } });
    expect(model.embedding).toMatchObject({ model: "m", dimensions: WIDTH, isCut: false });
    expect(model.summary.withoutVector?.apgr).toBeLessThan(model.summary.apgr);
  });

  test("rank requests that training has not seen far better than the text alone, and hold the weak share either way", () => {
    const policy = policyOf(model);
    const key = vectorKindOf(model)?.key ?? "";
    const unseen = all.slice(ROWS);
    const decided = (vectorOf: ((text: string) => Float32Array) | undefined) =>
      unseen.map((example) => {
        const asked = ask(scanner, example);
        if (asked.kind !== "asked") throw new Error(asked.problem);
        const vectors = vectorOf && new Map([[key, vectorOf(textOf(example))]]);
        Object.defineProperty(asked.request, "vectors", { value: vectors });
        return policy.decide(asked.request);
      });
    const gains = unseen.map((example) => Number(needsStrong(example)));
    const [withVector, without] = [decided(telling), decided(undefined)];
    const areaOf = (verdicts: typeof without) =>
      apgr(
        verdicts.map((verdict) => verdict?.score ?? 0),
        gains,
      ) ?? 0;
    expect(areaOf(withVector)).toBeGreaterThan(0.8);
    expect(areaOf(without)).toBeLessThan(areaOf(withVector) - 0.05);
    for (const verdicts of [withVector, without]) {
      const weak = verdicts.filter((verdict) => verdict?.tier === "weak").length / unseen.length;
      expect(Math.abs(weak - 0.65)).toBeLessThan(0.12);
    }
  });

  test("a model of them is small: each weight of the text stands in it once", () => {
    expect(encodeModel(trained.model ?? model).length).toBeLessThan(2 << 20);
  });
});

test("noise is not taken, and the model is the one that knows the text alone", { timeout: 120_000 }, async () => {
  const { report, model } = await trainedOn(noise);
  expect(report.embedding?.isTaken).toBe(false);
  expect(report.advice.best).toEqual(report.embedding?.text);
  expect(reportText(report)).toMatch(
    /^The embedding is not taken: embedding.* has [+−]\.\d{3} \[.*\] over .* alone, which is not clearly better\.$/m,
  );
  expect(model?.embedding).toBeUndefined();
});

test("what is ahead and not clearly is taken by force alone, and the model says so", { timeout: 120_000 }, async () => {
  const hinting = (text: string) => vectorFor(text, (text.length % 17 === 0 ? 1 : 0) * (wants.get(text) === true ? 1 : -1));
  const advised = await trainedOn(hinting);
  expect(advised.report.embedding).toMatchObject({ isClear: false, isTaken: false });
  const forced = await trainedOn(hinting, { force: true });
  expect(forced.report.embedding).toMatchObject({ isClear: false, isTaken: true });
  expect(reportText(forced.report)).toContain("The embedding is taken because it was forced: ");
  expect(forced.model).toMatchObject({ embedding: { model: "m" }, summary: { forced: true } });
});
