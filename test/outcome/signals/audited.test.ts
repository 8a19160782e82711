// The misroute rate that the audit slice shows while it runs: near the truth whatever share is drawn, additive over processes, and mended
// when somebody says later that an answer was bad.
import { describe, expect, test } from "vitest";
import { auditedRate, createAudited } from "../../../src/outcome/signals/audited.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { auditedOutcome, TIERS } from "./audited-outcome.ts";

/** The policy wants weak for half of the requests, where weak is good in 60 of 100 and strong in 90; for the others both are in 90. */
function slice(requests: number, seed: number, chanceOf: (wantsWeak: boolean) => number = () => 0.1) {
  const random = randomSource(seed);
  const found = createAudited();
  for (let at = 0; at < requests; at++) {
    const wantsWeak = random() < 0.5;
    const chance = chanceOf(wantsWeak);
    if (random() >= chance) continue;
    const taken = random() < 0.5 ? "weak" : "strong";
    const good = random() < (wantsWeak && taken === "weak" ? 0.6 : 0.9);
    found.outcome(auditedOutcome(wantsWeak ? "weak" : "strong", taken, good, chance), TIERS);
  }
  return found;
}

describe("the misroute rate of the audit slice", () => {
  const TRUTH = 0.5 * 0.3 + 0.5 * 1;

  test("is near the truth, which lies in its interval", () => {
    const rate = auditedRate([slice(60_000, 1).sums()]);
    expect(rate?.misroutes).toBeCloseTo(TRUTH, 1);
    expect(rate?.low).toBeLessThan(TRUTH);
    expect(rate?.high).toBeGreaterThan(TRUTH);
  });

  test("is so too where some requests are five times as likely to be audited", () => {
    const rate = auditedRate([slice(60_000, 2, (wantsWeak) => (wantsWeak ? 0.25 : 0.05)).sums()]);
    expect(rate?.low).toBeLessThan(TRUTH);
    expect(rate?.high).toBeGreaterThan(TRUTH);
    expect(rate?.misroutes).toBeCloseTo(TRUTH, 1);
  });

  test("of several processes is that of all their requests", () => {
    const [first, second] = [slice(20_000, 3).sums(), slice(20_000, 4).sums()];
    const both = auditedRate([first, second]);
    const alone = [first, second].map((sums) => auditedRate([sums])?.misroutes ?? 0);
    expect(both?.requests).toBe(first.requests + second.requests);
    expect(both?.misroutes).toBeGreaterThan(Math.min(...alone));
    expect(both?.misroutes).toBeLessThan(Math.max(...alone));
  });

  test("is told of 30 requests at least", () => {
    const found = createAudited();
    for (let at = 0; at < 29; at++) found.outcome(auditedOutcome("weak", "weak", true), TIERS);
    expect(auditedRate([found.sums()])).toBeUndefined();
    found.outcome(auditedOutcome("weak", "strong", true), TIERS);
    expect(auditedRate([found.sums()])?.requests).toBe(30);
  });

  test("counts an answer as bad from when somebody says so, and once", () => {
    const found = createAudited();
    const first = auditedOutcome("weak", "strong", true);
    found.outcome(first, TIERS);
    expect(found.sums().wz).toBeCloseTo(20, 6); // strong was good: for all that is known weak would not have been
    found.bad(first.requestId);
    found.bad(first.requestId);
    found.bad("nobody's");
    expect(found.sums()).toMatchObject({ requests: 1, wz: 0 });
  });

  test("has nothing of requests outside the slice, and of those that the client got wrong", () => {
    const found = createAudited();
    const { decided, served, ...outcome } = auditedOutcome("weak", "weak", true);
    const decision = { tier: "weak", policy: "main@1", reason: "rule" };
    found.outcome({ ...outcome, served, decided: decided && { ...decided, decision } }, TIERS);
    found.outcome({ ...outcome, decided, served: served && { ...served, status: 400 } }, TIERS);
    expect(found.sums().requests).toBe(0);
  });

  test("has counters that never fall, whose difference is the sums", () => {
    const found = createAudited();
    const all = () => Object.values(found.counts().wrong).flatMap(({ plus, minus }) => [...Object.values(plus), ...Object.values(minus)]);
    let before = all();
    const outcomes = TIERS.flatMap((wanted) => TIERS.map((taken) => auditedOutcome(wanted, taken, true)));
    for (const step of [
      ...outcomes.map((outcome) => () => found.outcome(outcome, TIERS)),
      ...outcomes.map((one) => () => found.bad(one.requestId)),
    ]) {
      step();
      expect(all().every((value, at) => value >= (before[at] ?? 0))).toBe(true);
      before = all();
    }
    const { "too-weak": weak, "too-strong": strong, any } = found.counts().wrong;
    expect(any.plus.wz - any.minus.wz).toBeCloseTo(found.sums().wz, 6);
    expect(weak.plus.wz - weak.minus.wz).toBeCloseTo(0, 6); // nothing is good any more: nothing was too weak
    expect(strong.plus.wz - strong.minus.wz).toBeCloseTo(20, 6); // and strong was wanted twice for nothing
  });
});
