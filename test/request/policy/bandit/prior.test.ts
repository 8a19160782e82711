// What a bandit knows beforehand: it begins with what labelled rows say, unlearns it where the traffic says otherwise; no other file
// is taken.
import { describe, expect, test } from "vitest";
import { FEATURES } from "../../../../src/request/policy/bandit/features.ts";
import { banditPolicy } from "../../../../src/request/policy/bandit/policy.ts";
import { type BanditPrior, parsePrior, priorSums, priorText } from "../../../../src/request/policy/bandit/prior.ts";
import { randomSource } from "../../../../src/study/evaluate/random-source.ts";
import { policyRequest } from "../../../support/policy-request.ts";
import { meanOf, played, SETTINGS } from "./played.ts";

/** Long requests need strong, short ones are better off with weak. */
const goodness = ({ isLong }: { readonly isLong: boolean }) => (isLong ? [0.2, 0.8] : [0.8, 0.5]);

/** Of rows as `played` makes requests. */
function priorOf(of: typeof goodness, rows = 2000, seed = 5): BanditPrior {
  const random = randomSource(seed);
  const policy = banditPolicy(SETTINGS, { random, now: () => 0, link: undefined });
  const sums = priorSums(["weak", "strong"]);
  for (let row = 0; row < rows; row++) {
    const isLong = random() < 0.5;
    const request = policyRequest({ requestId: "row", facts: { inputTokens: Math.round((isLong ? 2000 : 20) * (0.5 + random())) } });
    const x = policy.learner?.knownOf?.(request) ?? [];
    sums.add(x, of({ isLong }), [0.001, 0.01]);
  }
  return sums.prior();
}

const lostBy = (requests: number, prior: BanditPrior | undefined, of = goodness) =>
  [1, 2, 3, 4, 5].map((seed) => meanOf(played(requests, seed, of, { prior }))).reduce((sum, lost) => sum + lost / 5, 0);

describe("a prior", () => {
  test("of rows like the requests saves most of what the first hundred cost", () => {
    const [without, withPrior] = [lostBy(100, undefined), lostBy(100, priorOf(goodness))];
    expect(withPrior).toBeLessThan(without - 0.05);
    expect(withPrior).toBeLessThan(-0.1); // better than the best tier for all: it tells long from short from the beginning
  });

  test("that is wrong is unlearned", () => {
    const wrong = priorOf(({ isLong }) => [...goodness({ isLong })].reverse());
    expect(lostBy(100, wrong)).toBeGreaterThan(0);
    const late = meanOf(played(6000, 3, goodness, { prior: wrong }).subarray(5000));
    expect(late).toBeLessThan(-0.1);
  });

  test("is read as it was written", () => {
    const prior = priorOf(goodness, 50);
    expect(parsePrior(priorText(prior))).toEqual({ kind: "prior", prior });
    const unpriced = priorSums(["weak"]);
    unpriced.add(new Float64Array(FEATURES.length).fill(1), [1], [Number.NaN]);
    expect(parsePrior(priorText(unpriced.prior()))).toMatchObject({
      kind: "prior",
      prior: { tiers: { weak: { quality: FEATURES.map((name) => (name.endsWith("day") ? 0 : 1)) } } },
    });
  });

  const TEXT = priorText(priorOf(goodness, 3));
  test.each([
    ["is no JSON", TEXT.slice(1)],
    ["is no prior of a bandit", "{}"],
    ["is of another version of sluice", TEXT.replace('"tokens"', '"words"')],
    ["is damaged", TEXT.replace('"rows":3', '"rows":0')],
    ["is damaged", TEXT.replace(/"outer":\[[^,]+,/, '"outer":[')],
    ["is damaged", TEXT.replace(/"quality":\[/, '"quality":["1",')],
    ["is damaged", TEXT.replace(/"tiers":\{.*\}\}/, '"tiers":{}}')],
  ])("that %s is refused", (problem, text) => {
    expect(parsePrior(text)).toEqual({ kind: "wrong", problem });
  });
});
