import { describe, expect, test } from "vitest";
import { createDrift, driftView, type Watched } from "../../../src/outcome/signals/drift.ts";
import { DAY_MS } from "../../../src/outcome/signals/ratings.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

/** A hundred quantiles of evenly spread scores. */
const EVEN = { rows: 4000, quantiles: Array.from({ length: 101 }, (_, at) => at / 100) };

function watched(trained = EVEN) {
  const clock = { ms: 20_000 * DAY_MS };
  const seen: (readonly [Watched, "up" | "down"])[] = [];
  const random = randomSource(6);
  const state = { policy: "main@1" };
  const drift = createDrift({
    cheapest: () => "weak",
    policyId: () => state.policy,
    trained: () => new Map([["main@1", trained]]),
    now: () => clock.ms,
    onChange: (of, { from, to }) => seen.push([of, to > from ? "up" : "down"]),
  });
  const decide = (count: number, score: (uniform: number) => number, strong = 0.35) => {
    for (let at = 0; at < count; at++) {
      const tier = random() < strong ? "strong" : "weak";
      drift.decided({ tier, policy: state.policy, reason: "learned-over", score: score(random()) });
    }
  };
  const psi = (against: string) => driftView([drift.figures()], state.policy).scores.find((each) => each.against === against);
  return { clock, seen, state, drift, decide, psi };
}

describe("scores", () => {
  test.each([
    ["as they were", (uniform: number) => uniform, 0, 0.02],
    // Tenths of a uniform's square root and square: the index has a closed form.
    ["somewhat higher than they were", (uniform: number) => uniform ** 0.8, 0.03, 0.08],
    ["much higher than they were", (uniform: number) => uniform ** 0.5, 0.35, 0.55],
    ["all in one place", (uniform: number) => 0.31 + uniform / 1000, 2, 20],
  ])("that lie %s have a PSI of that size against training", (_how, score, least, most) => {
    const { decide, psi } = watched();
    decide(5000, score);
    expect(psi("training")).toMatchObject({ policy: "main@1", scores: 5000, reference: 4000 });
    expect(psi("training")?.psi).toBeGreaterThanOrEqual(least);
    expect(psi("training")?.psi).toBeLessThan(most);
  });

  test("say nothing with fewer than 500 on a side", () => {
    const { decide, psi } = watched();
    decide(499, (uniform) => uniform ** 3);
    expect(psi("training")?.psi).toBeNull();
    decide(1, (uniform) => uniform);
    expect(psi("training")?.psi).toBeGreaterThan(0.25);
    expect(watchedWith({ ...EVEN, rows: 499 })).toBeNull();
  });

  function watchedWith(trained: typeof EVEN) {
    const { decide, psi } = watched(trained);
    decide(5000, (uniform) => uniform);
    return psi("training")?.psi;
  }

  test("of a policy that scores few values alike are no drift: equal deciles are one part", () => {
    const quantiles = Array.from({ length: 101 }, (_, at) => (at < 45 ? 0.2 : 0.7));
    const { decide, psi } = watched({ rows: 4000, quantiles });
    decide(5000, (uniform) => (uniform < 0.45 ? 0.1999 : 0.7001));
    expect(psi("training")?.psi).toBeLessThan(0.05);
  });

  test("are held against the week before once there is one, and weeks go by", () => {
    const { clock, decide, psi } = watched();
    decide(2000, (uniform) => uniform);
    clock.ms += 7 * DAY_MS;
    decide(2000, (uniform) => uniform ** 2);
    expect(psi("week-before")?.psi).toBeGreaterThan(0.25);
    clock.ms += 7 * DAY_MS;
    decide(2000, (uniform) => uniform ** 2);
    expect(psi("week-before")?.psi).toBeLessThan(0.02);
    clock.ms += 20 * DAY_MS;
    expect(psi("week-before")).toMatchObject({ psi: null, scores: 0, reference: 0 });
  });

  test("of two processes are added up: 300 each are enough", () => {
    const [one, other] = [watched(), watched()];
    one.decide(300, (uniform) => uniform);
    other.decide(300, (uniform) => uniform);
    const view = driftView([one.drift.figures(), other.drift.figures()], "main@1");
    expect(view.scores[0]).toMatchObject({ scores: 600 });
    expect(view.scores[0]?.psi).toBeLessThan(0.1);
  });

  test("of a policy that is no longer in force advise nothing", () => {
    const { state, drift, decide } = watched();
    decide(5000, (uniform) => uniform ** 3);
    expect(driftView([drift.figures()], "main@1").retrain).toMatchObject([{ reason: "scores" }]);
    state.policy = "main@2";
    decide(10, (uniform) => uniform);
    expect(driftView([drift.figures()], "main@2")).toMatchObject({ retrain: [], scores: [{ policy: "main@2" }] });
  });

  test("of a link count for the chain that it stands in", () => {
    const { drift, state } = watched();
    state.policy = "both@1";
    const uniform = randomSource(1);
    for (let at = 0; at < 600; at++)
      drift.decided({ tier: "weak", policy: "both@1/main@1", reason: "learned-under", linkScore: uniform() });
    expect(driftView([drift.figures()], "both@1").scores).toMatchObject([{ policy: "both@1/main@1", scores: 600 }]);
  });
});

describe("shares", () => {
  test("of strong that the same policy changes by much ask to learn anew; by a new policy they do not", () => {
    const { seen, state, drift, decide } = watched();
    const even = (uniform: number) => uniform;
    decide(5000, even, 0.35);
    state.policy = "main@2";
    decide(5000, even, 0.6);
    expect(seen).toEqual([]);
    decide(5000, even, 0.9);
    expect(seen[0]).toEqual(["strong-share", "up"]);
    expect(driftView([drift.figures()], "main@2").retrain).toMatchObject([{ reason: "strong-share" }]);
  });

  test("of low ratings that rise do, too, and for a week; that fall do not", () => {
    const { clock, seen, drift } = watched();
    for (let at = 0; at < 300; at++) drift.rated(at % 20 === 0);
    for (let at = 0; at < 200; at++) drift.rated(at % 2 === 0);
    expect(seen).toContainEqual(["low-ratings", "up"]);
    const because = expect.stringMatching(/^more answers are rated 1 or 2: from \d+\.\d % to \d+\.\d %$/);
    expect(driftView([drift.figures()], "main@1").retrain).toEqual([{ reason: "low-ratings", because }]);
    clock.ms += 8 * DAY_MS;
    expect(driftView([drift.figures()], "main@1")).toMatchObject({ changes: [], retrain: [] });
    for (let at = 0; at < 500; at++) drift.rated(false);
    expect(driftView([drift.figures()], "main@1")).toMatchObject({ changes: [{ of: "low-ratings" }], retrain: [] });
  });
});
