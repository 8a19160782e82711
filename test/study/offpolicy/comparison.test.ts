// Two policies on the same logged requests: what is counted, what is shown with chances and without, and the verdict in words.
import { describe, expect, test } from "vitest";
import type { LoggedRequest } from "../../../src/study/dataset/logged-request.ts";
import { logLineOf } from "../../../src/study/dataset/logged-request.ts";
import { type LogComparison, logComparison } from "../../../src/study/offpolicy/comparison.ts";
import { comparisonVerdict } from "../../../src/study/offpolicy/comparison-verdict.ts";
import { Pairs } from "../../../src/study/offpolicy/pairs.ts";
import { routedLog } from "./routed-log.ts";

const TIERS = ["weak", "strong"];
const PRICES = [
  { inputPerMTok: 1, outputPerMTok: 5 },
  { inputPerMTok: 10, outputPerMTok: 50 },
];

function requestOf(line: string): LoggedRequest {
  const members = JSON.parse(line) as Record<string, unknown>;
  const row = { place: "log:1", fileGroup: "log", names: Object.keys(members), value: (name: string) => members[name] };
  const read = logLineOf(row);
  if (read.kind !== "request") throw new Error(`expected a request, found ${read.kind}`);
  return read.request;
}

/** In force: strong where the text is long. */
const good = (tier: string, chars: number) => (tier === "strong" ? 0.9 : chars > 200 ? 0.4 : 0.9);

function comparison(audit: string, after: (long: boolean) => string): LogComparison {
  const config = `${audit}\npolicies: { main: { type: length, maxChars: 200 } }`;
  const log = routedLog({ config, requests: 6000, perSession: 2, days: 3, seed: 8, good });
  const pairs = new Pairs({ tiers: TIERS, prices: PRICES, reward: "signals" });
  for (const line of log.trimEnd().split("\n")) {
    const request = requestOf(line);
    const long = (request.facts.part("chars").number("all") ?? 0) > 200;
    pairs.add(request, request.wanted ?? request.tier, after(long));
  }
  return logComparison(pairs);
}

describe("a candidate that sends everything to weak", () => {
  const found = comparison("audit: { share: 0.3 }", () => "weak");

  test("agrees on the short half, and goes lower on the long one", () => {
    expect(found).toMatchObject({ requests: 6000, sessions: 3000 });
    expect(found.all.agreement.value).toBeCloseTo(0.5, 1);
    expect(found.all.down.value).toBeCloseTo(0.5, 1);
    expect(found.all.up.value).toBe(0);
  });

  test("costs what the tokens cost at the tiers' prices", () => {
    const [weak, strong] = [1000 * (20 * 1 + 100 * 5) * 1e-6, 1000 * (20 * 10 + 100 * 50) * 1e-6];
    const before = found.all.strongBefore.value * strong + (1 - found.all.strongBefore.value) * weak;
    expect(found.all.costBefore).toBeCloseTo(before, 6);
    expect(found.all.costChange?.value).toBeCloseTo(weak - before, 6);
  });

  test("loses 50 points on half of the requests, which the chances show: no", () => {
    if (found.quality.kind !== "known") throw new Error("it is known");
    expect(found.quality.change.low).toBeLessThan(-0.25);
    expect(found.quality.change.high).toBeGreaterThan(-0.25);
    expect(found.verdict).toMatchObject({ kind: "no", why: expect.stringMatching(/^quality changes by -\d\d points \[/) });
  });

  test("is told by slice", () => {
    expect(found.slices.map(({ by, name, agreement }) => [by, name, agreement.value])).toEqual(
      expect.arrayContaining([
        ["length", "under 200 characters", 1],
        ["length", "under 2,000 characters", 0],
      ]),
    );
  });
});

test("without chances nothing is known of answers: not yet, and what to set", () => {
  const found = comparison("", () => "weak");
  expect(found.quality).toEqual({ kind: "unknown" });
  expect(found.verdict).toMatchObject({ kind: "not-yet", why: expect.stringContaining("audit: { share: 0.002 }") });
});

test("a candidate that goes lower nowhere is safe without any chance, unless it is dearer", () => {
  expect(comparison("", (long) => (long ? "strong" : "weak")).verdict.kind).toBe("safe");
  expect(comparison("", () => "strong").verdict).toMatchObject({
    kind: "not-yet",
    why: expect.stringContaining("nothing shows that answers"),
  });
});

test("a dearer one whose answers are no better is refused", () => {
  const found = comparison("audit: { share: 0.5 }", () => "strong");
  expect(found.verdict).toMatchObject({ kind: expect.stringMatching(/no|not-yet/), why: expect.stringMatching(/^it costs \d\d %/) });
});

describe("the verdict", () => {
  const estimate = (value: number, low: number, high: number) => ({ value, low, high });
  const share = estimate(0.3, 0.28, 0.32);
  const all = { down: share, up: estimate(0, 0, 0), costBefore: 10, costChange: estimate(-4, -5, -3) };
  const known = (value: number, low: number, high: number) => ({
    kind: "known" as const,
    change: estimate(value, low, high),
    effective: 500,
  });

  test.each<[what: string, grounds: Partial<Parameters<typeof comparisonVerdict>[0]>, verdict: string]>([
    [
      "no loss over the margin, and cheaper",
      { quality: known(0, -0.01, 0.01) },
      "safe: quality changes by 0 points [-1–1], and it costs 40 % less",
    ],
    ["a loss", { quality: known(-0.05, -0.07, -0.03) }, "no: quality changes by -5 points [-7–-3]"],
    [
      "a wide interval around nothing: 3 times as wide as the margin takes 9 times the days",
      { quality: known(0, -0.06, 0.06) },
      "not-yet: quality changes by 0 points [-6–6], so a loss over 2 points is possible: " +
        "16.0 days more at this traffic would tell, if it stays so",
    ],
    [
      "a likely loss, which no waiting mends",
      { quality: known(-0.03, -0.06, 0) },
      "not-yet: quality changes by -3 points [-6–0], so a loss over 2 points is possible",
    ],
    [
      "dearer for nothing",
      { all: { ...all, costChange: estimate(2, 1, 3) }, quality: known(0, -0.01, 0.01) },
      "no: it costs 20 % more, and quality changes by 0 points [-1–1]",
    ],
    [
      "dearer and better",
      { all: { ...all, costChange: estimate(2, 1, 3) }, quality: known(0.05, 0.03, 0.07) },
      "safe: quality changes by 5 points [3–7], and it costs 20 % more",
    ],
    [
      "too little logged",
      { quality: { kind: "too-little", effective: 50 } },
      "not-yet: 30 % of the requests go to a weaker tier, and what that does to answers is not known yet: 6.0 days more at this traffic",
    ],
  ])("of %s", (_, grounds, expected) => {
    const { kind, why } = comparisonVerdict({ all, quality: { kind: "unknown" }, days: 2, ...grounds });
    expect(`${kind}: ${why}`).toBe(expected);
  });
});
