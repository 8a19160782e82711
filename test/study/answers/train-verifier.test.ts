// Training a verifier: one is made where answers tell that they are wrong, and none where they do not.
import { describe, expect, test } from "vitest";
import { probabilityRight } from "../../../src/answer/verifier/verifier.ts";
import { encodeVerifier, parseVerifier } from "../../../src/answer/verifier/verifier-file.ts";
import { againstRandom } from "../../../src/study/answers/against-random.ts";
import { checksFirst, type TrainedVerifier, trainVerifier, type VerifierSettings } from "../../../src/study/answers/train-verifier.ts";
import { verifierJson, verifierText } from "../../../src/study/answers/verifier-report.ts";
import type { AnsweredExample } from "../../../src/study/dataset/example.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { sampleAnswers } from "./sample-answers.ts";

const SETTINGS: VerifierSettings = { share: 0.3, seed: 1, date: "2026-01-31", force: false };

async function trained(examples: readonly AnsweredExample[], settings: Partial<VerifierSettings> = {}): Promise<TrainedVerifier> {
  async function* given() {
    yield* examples;
  }
  const refuse = (_: unknown, why: string) => {
    throw new Error(why);
  };
  return await trainVerifier(given(), { ...SETTINGS, ...settings }, { rows() {}, models() {}, refuse });
}

const telling = await trained(sampleAnswers({ rows: 600, telling: 0.8 }));
const silent = await trained(sampleAnswers({ rows: 600, telling: 0.1 }));

describe("where wrong answers sound unsure", () => {
  test("a verifier comes out that beats escalation at random, on topics left out, too", () => {
    const { report, verifier } = telling;
    expect(report).toMatchObject({ rows: 600, groups: 4, beatsRandom: true, isMade: true });
    expect(report.compared.verifier.apgr.low).toBeGreaterThan(0.6);
    expect(report.compared.leftOut?.apgr.low).toBeGreaterThan(0.6);
    expect(report.compared.verifier.p).toBeLessThan(0.001);
    expect(verifier?.summary).toMatchObject({ rows: 600, seed: 1, date: "2026-01-31" });
  });

  test("its threshold sends on about the share that was asked for", () => {
    const { report, verifier } = telling;
    const loaded = parseVerifier(encodeVerifier(verifier ?? expect.fail("one was made")));
    const rows = sampleAnswers({ rows: 600, telling: 0.8 });
    const sent = rows.filter(({ weakAnswer, body }) => {
      const { messages } = JSON.parse(new TextDecoder().decode(body)) as { messages: { content: string }[] };
      return probabilityRight(loaded, weakAnswer, messages[0]?.content ?? "") < report.threshold;
    });
    expect(sent.length / rows.length).toBeGreaterThan(0.2);
    expect(sent.length / rows.length).toBeLessThan(0.4);
  });

  test("the report says so, and what the checks found", () => {
    const text = verifierText(telling.report);
    expect(text).toContain("Use the verifier: APGR");
    expect(text).toContain("verifier, topics left out");
    expect(text).toContain("The checks have nothing against any of the answers.");
    expect(text.split("\n").every((line) => line.length <= 140)).toBe(true);
    expect(verifierJson(telling.report)).toMatchObject({ rows: 600, settings: { share: 0.3 }, beatsRandom: true });
  });

  test("the same answers, seed and date give the same bytes", async () => {
    const again = await trained(sampleAnswers({ rows: 600, telling: 0.8 }));
    const bytes = ({ verifier }: TrainedVerifier) => encodeVerifier(verifier ?? expect.fail("one was made"));
    expect(bytes(again)).toEqual(bytes(telling));
  });

  test("a check that speaks is told with how often it is right", async () => {
    const looping = sampleAnswers({ rows: 300, telling: 0.8 }).map((row, at) =>
      at % 10 === 0 ? { ...row, weakAnswer: "so it is, ".repeat(100), truth: { kind: "scores", weak: 0, strong: 1 } as const } : row,
    );
    const { report } = await trained(looping);
    expect(report.flagged).toEqual([{ check: "repetition", rows: 30, wrong: 30, gain: 1 }]);
    expect(verifierText(report)).toContain("repetition   30 (10.0 %): 100.0 % are wrong, strong scores +1.000 over weak");
  });

  test("without groups nothing is said of new topics", async () => {
    const { report } = await trained(sampleAnswers({ rows: 300, telling: 0.8, groups: 0 }));
    expect(report.compared.leftOut).toBeUndefined();
    expect(verifierText(report)).toContain("the rows name no groups");
  });
});

describe("where answers tell nothing", () => {
  test("no verifier comes out, and the checks alone are advised", () => {
    expect(silent.verifier).toBeUndefined();
    expect(verifierText(silent.report)).toContain("Use the checks alone");
  });

  test("one comes out with force", async () => {
    const { report, verifier } = await trained(sampleAnswers({ rows: 300, telling: 0.1 }), { force: true });
    expect([report.beatsRandom, verifier === undefined]).toEqual([false, false]);
  });
});

describe("what cannot be trained on", () => {
  test("too few wrong answers", async () => {
    const right = sampleAnswers({ rows: 40, telling: 0 }).map((row) => ({
      ...row,
      truth: { kind: "scores", weak: 1, strong: 1 } as const,
    }));
    await expect(trained(right)).rejects.toMatchObject({ code: "train-too-few" });
  });

  test("a strong tier that is no better", async () => {
    const alike = sampleAnswers({ rows: 200, telling: 0.5 }).map((row) => {
      const { weak } = row.truth as { weak: number };
      return { ...row, truth: { kind: "scores", weak, strong: weak } as const };
    });
    await expect(trained(alike)).rejects.toMatchObject({ code: "train-no-gap" });
  });
});

describe("against escalation at random", () => {
  const gains = Float64Array.from({ length: 400 }, (_, row) => (row % 4 === 0 ? 1 : 0));

  test("an order that knows the gains is far above it, and hardly any random one does as well", () => {
    const { apgr, p, rates } = againstRandom(gains.slice(), gains, 1);
    expect(apgr.value).toBeCloseTo(0.875, 6);
    expect(p).toBeLessThan(0.001);
    expect(rates.find(({ rate }) => rate === 0.2)?.recovered.value).toBeCloseTo(0.8, 6);
  });

  test("a random order is not clear of it", () => {
    const random = randomSource(3);
    const { apgr, p } = againstRandom(
      Float64Array.from(gains, () => random()),
      gains,
      1,
    );
    expect(apgr.low).toBeLessThan(0.5);
    expect(p).toBeGreaterThan(0.05);
  });
});

test("what a check has something against goes before everything else, in the order of the scores", () => {
  const ordered = checksFirst({ flagged: Uint8Array.of(0, 1, 1, 0) }, Float64Array.of(2, -2, -1, 1));
  expect([...ordered.keys()].sort((a, b) => (ordered[b] ?? 0) - (ordered[a] ?? 0))).toEqual([2, 1, 0, 3]);
});
