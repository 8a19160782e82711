// Live figures: what is counted where, quantiles within their promise, and that what is over fifteen minutes old is gone.
import { describe, expect, test } from "vitest";
import { addDuration, noDurations, quantile } from "../../../src/outcome/live/durations.ts";
import { FIGURES } from "../../../src/outcome/live/figure-text.ts";
import { addFigures, createLive, type LiveTierSettings, liveTables } from "../../../src/outcome/live/live.ts";
import type { LiveWindow } from "../../../src/outcome/live/view.ts";
import { outcomeOf, TIERS } from "./sample.ts";

function setup(tiers: readonly LiveTierSettings[] = TIERS) {
  const clock = { ms: 123_456_789 };
  const live = createLive({ tiers: () => tiers, now: () => clock.ms });
  const decide = (tier: string, count = 1, reason = "keyword") => {
    for (let each = 0; each < count; each++) live.decided({ tier, policy: "main@v7", reason });
  };
  const [minute, quarter] = [0, 1].map((at) => () => live.view().windows[at] as LiveWindow) as [() => LiveWindow, () => LiveWindow];
  return { clock, live, decide, minute, quarter };
}

describe("quantiles", () => {
  test.each([1, 12, 340, 2900, 61_000, 600_000])("are within 5 %% at %i ms", (ms) => {
    const durations = noDurations();
    addDuration(durations, ms);
    expect(Math.abs((quantile(durations, 0.5) ?? 0) / ms - 1)).toBeLessThan(0.05);
  });

  test("are those of what was added, however large or small", () => {
    const durations = noDurations();
    for (let ms = 1; ms <= 1000; ms++) addDuration(durations, ms);
    expect((quantile(durations, 0.95) ?? 0) / 950).toBeCloseTo(1, 1);
    expect((quantile(durations, 0) ?? 0) / 1).toBeCloseTo(1, 0);
    for (let ms = 0; ms < 5000; ms++) addDuration(durations, 1e9);
    expect(quantile(durations, 0.95)).toBeGreaterThan(600_000);
    expect(quantile(noDurations(), 0.5)).toBeUndefined();
  });
});

describe("requests that limits refuse", () => {
  test("are requests, and a reason, and have no share in any tier", () => {
    const { decide, minute } = setup();
    decide("strong", 3);
    decide("strong", 2, "quota-refused");
    decide("weak", 1, "budget-refused");
    expect(minute()).toMatchObject({ decisions: 6, refused: 3 });
    expect(minute().tiers.map(({ decided }) => decided)).toEqual([0, 3]);
    expect(minute().reasons.map(({ reason }) => reason)).toEqual(["keyword", "quota-refused", "budget-refused"]);
  });
});

describe("answers that a cascade throws away", () => {
  const discarded = { tier: "weak", reason: "refusal", basis: "exact", inputTokens: 1, outputTokens: 1, costUsd: 0.25 } as const;

  test("are counted, and what they cost is of what the request cost, and lessens what was saved", () => {
    const { live, clock, minute } = setup();
    const served = outcomeOf("strong", {}, 0.5);
    live.outcome(served);
    clock.ms += 1000;
    const without = minute();
    live.outcome({ ...served, discarded: [discarded, { ...discarded, costUsd: undefined }] });
    clock.ms += 1000;
    const { discarded: count, discardedPerHourUsd, seconds, costPerHourUsd, savedPerHourUsd } = minute();
    expect(without).toMatchObject({ discarded: 0, discardedPerHourUsd: 0 });
    expect(count).toBe(2);
    expect((discardedPerHourUsd * seconds) / 3600).toBeCloseTo(0.25);
    expect(((costPerHourUsd ?? 0) * seconds) / 3600).toBeCloseTo(1.25);
    const savedBefore = ((without.savedPerHourUsd ?? 0) * without.seconds) / 3600;
    expect(((savedPerHourUsd ?? 0) * seconds) / 3600).toBeCloseTo(2 * savedBefore - 0.25);
    expect(live.view().requests.map(({ costUsd }) => costUsd)).toEqual([0.75, 0.5]);
  });
});

describe("figures of two processes", () => {
  test("added up are those of one that did the work of both", () => {
    const [one, other, both] = [setup(), setup(), setup()];
    for (const [at, { live, decide }] of [one, other].entries()) {
      for (const each of [{ live, decide }, both]) {
        each.decide("weak", 2 + at);
        each.live.outcome(outcomeOf("weak", { firstByteMs: 40 * (1 + at), durationMs: 900 * (1 + at) }));
      }
    }
    const sum = addFigures([one.live.figures(), other.live.figures()]);
    const { requests, ...figures } = liveTables(sum, TIERS);
    expect(requests).toHaveLength(2);
    expect(both.live.view()).toMatchObject(figures);
  });

  test("have the newest requests of both, and are as old as the older", () => {
    const [one, other] = [setup(), setup()];
    one.clock.ms += 5000;
    one.live.outcome({ ...outcomeOf("weak"), requestId: "old" });
    one.clock.ms += 5000;
    other.live.outcome({ ...outcomeOf("weak"), requestId: "new" });
    const { requests, uptimeSeconds } = addFigures([one.live.figures(), other.live.figures()]);
    expect(requests.map(({ requestId }) => requestId)).toEqual(["new", "old"]);
    expect(uptimeSeconds).toBe(10);
  });
});

describe("a window", () => {
  test("counts decisions by tier and reason, per second since the start", () => {
    const { clock, decide, minute } = setup();
    decide("weak", 6);
    decide("strong", 3, "chars");
    decide("weak", 3, "turns");
    clock.ms += 4000;
    expect(minute()).toMatchObject({ minutes: 1, seconds: 4, decisions: 12, perSecond: 3 });
    expect(minute().tiers.map(({ name, decided }) => [name, decided])).toEqual([
      ["weak", 9],
      ["strong", 3],
    ]);
    expect(minute().reasons[0]).toEqual({ tier: "weak", reason: "keyword", count: 6 });
  });

  test("a minute later is in the longer one only, and after fifteen in none", () => {
    const { clock, decide, minute, quarter } = setup();
    decide("weak");
    clock.ms += 59_000;
    expect([minute().decisions, quarter().decisions]).toEqual([1, 1]);
    clock.ms += 1000;
    expect([minute().decisions, quarter().decisions]).toEqual([0, 1]);
    clock.ms += 839_000;
    expect(quarter().decisions).toBe(1);
    clock.ms += 1000;
    expect(quarter().decisions).toBe(0);
    decide("weak"); // in the place where the first one was
    expect([minute().decisions, quarter().decisions]).toEqual([1, 1]);
  });

  test("tells what Envoy did with them: served tier and times, fallbacks, errors, unrouted, unknown", () => {
    const { live, minute } = setup();
    live.outcome(outcomeOf("weak", { firstByteMs: 100, durationMs: 1000 }));
    live.outcome(outcomeOf("strong", { tier: "weak", fellBack: true, firstByteMs: 100 }));
    live.outcome(outcomeOf("strong", { status: 503 }));
    live.outcome(outcomeOf("strong", { status: 0, firstByteMs: undefined, durationMs: undefined }));
    live.outcome({ ...outcomeOf("weak"), kind: "unrouted", decided: undefined });
    live.outcome({ ...outcomeOf("weak"), kind: "unknown", served: undefined, cost: undefined });
    expect(minute()).toMatchObject({
      finished: 5,
      outcomes: { joined: 4, elsewhere: 0, unrouted: 1, unknown: 1 },
      fallbacks: 1,
      serverErrors: 2,
      decisions: 0,
    });
    const [weak, strong] = minute().tiers;
    expect([weak?.served, strong?.served]).toEqual([3, 2]);
    expect((weak?.firstByteMs?.p50 ?? 0) / 100).toBeCloseTo(1, 1);
    expect((weak?.durationMs?.p95 ?? 0) / 1000).toBeCloseTo(1, 1);
  });

  test("counts what another process decided as that, and in no other figure", () => {
    const { live, minute } = setup();
    live.outcome(outcomeOf("weak"));
    const before = minute();
    live.outcome({ ...outcomeOf("strong", { status: 503, fellBack: true }, 9), kind: "elsewhere" });
    expect(minute()).toEqual({ ...before, outcomes: { ...before.outcomes, elsewhere: 1 } });
  });

  test("costs what its tokens cost at this pace and what the tiers cost by the hour; without prices nobody knows", () => {
    const { clock, live, minute } = setup();
    live.outcome(outcomeOf("strong", {}, 0.25));
    live.outcome(outcomeOf("strong", {}, undefined));
    clock.ms += 10_000;
    expect(minute().costPerHourUsd).toBeCloseTo(0.25 * 360);
    const rented = setup([{ name: "gpu", price: { perHour: 3, inputPerMTok: undefined, outputPerMTok: undefined } }]);
    expect(rented.minute().costPerHourUsd).toBe(3);
    const unpriced = setup([{ name: "weak", price: { perHour: undefined, inputPerMTok: undefined, outputPerMTok: undefined } }]);
    expect(unpriced.minute().costPerHourUsd).toBeNull();
  });
});

test("the series has the oldest step first, and the current second in none", () => {
  const { clock, live, decide } = setup();
  decide("weak", 30);
  live.outcome(outcomeOf("weak"));
  const { series } = live.view();
  expect(series.tiers[0]?.decidedPerSecond).toEqual(new Array(60).fill(0));
  clock.ms += 1000;
  const weak = live.view().series.tiers[0];
  expect([weak?.decidedPerSecond.at(-1), weak?.decidedPerSecond.at(-2)]).toEqual([2, 0]);
  expect([weak?.firstByteP95Ms.at(-1) === null, weak?.firstByteP95Ms.at(-2)]).toEqual([false, null]);
  clock.ms += 14_000;
  expect(live.view().series.tiers[0]?.decidedPerSecond.at(-1)).toBe(2);
  clock.ms += 1000;
  expect(live.view().series.tiers[0]?.decidedPerSecond.slice(-2)).toEqual([2, 0]);
  clock.ms += 884_000;
  expect(live.view().series.tiers[0]?.decidedPerSecond[0]).toBe(2);
  clock.ms += 1000;
  expect(live.view().series.tiers[0]?.decidedPerSecond).toEqual(new Array(60).fill(0));
});

test("figures are short, with their unit", () => {
  const plain = (text: string) => text.replaceAll("\u00a0", " ");
  expect([null, 0, 4.25, 999, 1400, 12_345].map((ms) => plain(FIGURES.milliseconds(ms)))).toEqual([
    "–",
    "0",
    "4.3 ms",
    "1.0 s",
    "1.4 s",
    "12 s",
  ]);
  expect([0, 0.001, 0.25, 12.34, 512.3].map((rate) => plain(FIGURES.rate(rate)))).toEqual(["0/s", "< 0.01/s", "0.25/s", "12.3/s", "512/s"]);
  expect([null, 0, 0.001, 3.5, 12_345].map((usd) => plain(FIGURES.dollars(usd)))).toEqual(["–", "$0", "< $0.01", "$3.50", "$12,345"]);
  expect([FIGURES.share(0, 0), FIGURES.share(0, 5), FIGURES.share(1, 3), FIGURES.share(1, 9999), FIGURES.share(5, 5)].map(plain)).toEqual([
    "–",
    "0 %",
    "33.3 %",
    "< 0.1 %",
    "100 %",
  ]);
  expect([5, 150, 8000, 200_000].map((seconds) => plain(FIGURES.period(seconds)))).toEqual(["5 s", "2 min", "2 h", "2 days"]);
});

describe("money saved, tokens and errors", () => {
  test("are counted: against the last tier's price for the same tokens, and for each tier that served", () => {
    const { clock, live, minute } = setup();
    live.outcome(outcomeOf("weak", {}, 0.000042)); // 20 tokens in, 100 out: $0.0001 by strong's price
    live.outcome(outcomeOf("strong", {}, 0.0001));
    live.outcome({ ...outcomeOf("strong", { status: 503 }), cost: undefined });
    live.outcome({ ...outcomeOf("strong", { status: 0 }), cost: undefined });
    clock.ms += 10_000;
    expect(minute().savedPerHourUsd).toBeCloseTo((0.000058 * 3600) / 10, 9);
    expect(minute().tiers.map(({ name, errors, inputTokens, outputTokens }) => [name, errors, inputTokens, outputTokens])).toEqual([
      ["weak", 0, 20, 100],
      ["strong", 2, 20, 100],
    ]);
  });

  test("saved is not known where the last tier has no price by token", () => {
    const price = { inputPerMTok: 1, outputPerMTok: undefined, perHour: 4 };
    const { live, minute } = setup([...TIERS.slice(0, 1), { name: "strong", price }]);
    live.outcome(outcomeOf("weak", {}, 0.1));
    expect(minute().savedPerHourUsd).toBeNull();
  });
});

describe("the last requests", () => {
  test("stand newest first, fifty at most, each with what became of it", () => {
    const { clock, live } = setup();
    for (let request = 1; request <= 120; request++) {
      live.outcome({ ...outcomeOf("weak", { attempts: 1 + (request % 2) }, 0.002), requestId: `r${request}` });
      clock.ms += 1000;
    }
    const { requests } = live.view();
    expect(requests.map(({ requestId }) => requestId)).toEqual(Array.from({ length: 50 }, (_, at) => `r${120 - at}`));
    expect(requests[1]).toEqual({
      ageSeconds: 2,
      requestId: "r119",
      tier: "weak",
      reason: "keyword",
      served: "weak",
      status: 200,
      attempts: 2,
      durationMs: 1000,
      inputTokens: 20,
      outputTokens: 100,
      costUsd: 0.002,
    });
  });

  test("say what is not known, and leave out what Envoy never told the end of", () => {
    const { live } = setup();
    live.outcome({ ...outcomeOf("weak"), kind: "unknown", served: undefined, cost: undefined });
    const served = { tier: undefined, status: 0, durationMs: undefined };
    live.outcome({ ...outcomeOf("weak", served), kind: "unrouted", decided: undefined, cost: undefined });
    expect(live.view().requests).toMatchObject([
      { tier: null, reason: "unrouted", served: null, status: 0, durationMs: null, costUsd: null },
    ]);
  });
});

describe("figures", () => {
  test.each([
    [FIGURES.tokens(9999), "9,999"],
    [FIGURES.tokens(12_345), "12\u00a0k"],
    [FIGURES.tokens(999_500), "1.0\u00a0M"],
    [FIGURES.smallDollars(0.00312), "$0.0031"],
    [FIGURES.smallDollars(0.000042), "$0.00004"],
    [FIGURES.smallDollars(0.000001), "<\u00a0$0.00001"],
    [FIGURES.smallDollars(1.5), "$1.50"],
    [FIGURES.dollars(-3), "−$3.00"],
  ])("%s", (text, expected) => {
    expect(text).toBe(expected);
  });
});
