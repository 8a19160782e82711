// The terminal's frame: everything in it at its size, nothing wider or longer than the terminal.
import { describe, expect, test } from "vitest";
import { plainText } from "../../../src/cli/terminal.ts";
import { addRollouts, liveRollout } from "../../../src/outcome/live/arms.ts";
import { frameOf } from "../../../src/outcome/live/frame.ts";
import { ROLLOUT_STATUS } from "../rollout/sample-status.ts";
import { LIMITS, sampleView, WEEK } from "./sample.ts";

const ENDLESS = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };
const view = sampleView(1000);
const linesOf = (size: { columns: number; rows: number }, of = view) =>
  plainText(frameOf(of, "127.0.0.1:9003", size))
    .replaceAll("\u00a0", " ")
    .split("\n")
    .slice(0, -1);

describe("a frame", () => {
  test("shows state, totals, tiers, course, reasons and signals", () => {
    const lines = linesOf(ENDLESS);
    expect(lines[0]).toBe("sluice  ready  main@v7  up 16 min  127.0.0.1:9003");
    expect(lines).toContain("requests                   2.0/s        5.1/s");
    expect(lines).toContain("fallbacks                    0 %        4.4 %");
    expect(lines).toContain("  weak                 49.2 %    49.2 %     264 ms / 386 ms       1.1 s / 1.6 s  █████████░░░░░░░░░");
    expect(lines).toContain("  keyword              25.0 %  strong");
    expect(lines).toContain("last requests");
    expect(lines).toContain("  weak                3 s ago  keyword            200  720 ms     1,320 / 100  $0.00010");
    expect(lines).toContain("  strong                     0 %        2.8 M        209 k");
    expect(lines.find((line) => line.startsWith("saved per hour"))).toMatch(/^saved per hour +\S?\$[\d.]+ +\S?\$[\d.]+$/);
    expect(lines).toContain("  repeat             12 s ago  weak: under-thresholds  5f1c9a40-7d1c-4b3e-9f00-2ab1c7d80e11");
    expect(lines.filter((line) => /[▁▂▃▄▅▆▇█]{20}/.test(line))).toHaveLength(2);
  });

  test("has the tightest limit in one line: that whose end will be the worst", () => {
    const lines = linesOf(ENDLESS, { ...view, limits: LIMITS });
    expect(lines).toContain("tightest limit       dear: 600 of 1,000, 50.0 % of the window passed, 1,200 at its end; 1 more");
    expect(linesOf(ENDLESS).join()).not.toContain("tightest limit");
  });

  test("says on top which conservative policy decides and why, and what each arm of a rollout has; nothing of it where nothing is", () => {
    const takeover = { policy: "safe@1", causes: ["breaker", "budget"] as const };
    const rollout = addRollouts([liveRollout(ROLLOUT_STATUS), liveRollout(ROLLOUT_STATUS)]);
    const lines = linesOf(ENDLESS, { ...view, takeover, rollout });
    expect(lines[1]).toBe("takeover: safe@1 decides: a breaker is open, a budget is nearly used up");
    const arms = "candidate next@12345678: 200 requests of 20 units; stable main@v7: 1,800 requests of 180 units";
    expect(lines[2]).toBe(`rollout: running, stage 2 of 2, 10 % of the units; ${arms}`);
    const idle = linesOf(ENDLESS, { ...view, takeover: { ...takeover, causes: [] } });
    expect(`${idle.join("\n")}${linesOf(ENDLESS).join("\n")}`).not.toMatch(/takeover|rollout/);
    const { takeover: _, rollout: __, ...old } = view;
    expect(linesOf(ENDLESS, old as typeof view)).toEqual(linesOf(ENDLESS));
  });

  test("of processes that judge a rollout together has what one of them has, who knows of all", () => {
    const late = { ...ROLLOUT_STATUS, judged: "store-away" as const, requests: { stable: 1500, candidate: 90 } };
    const rollout = addRollouts([liveRollout(late), liveRollout({ ...ROLLOUT_STATUS, judged: "together" })]);
    expect(linesOf(ENDLESS, { ...view, rollout })[1]).toContain("100 requests of 10 units; stable main@v7: 1,500 requests of 90 units");
  });

  test("of processes whose rollouts differ says so", () => {
    const rollout = addRollouts([liveRollout(ROLLOUT_STATUS), null, liveRollout({ ...ROLLOUT_STATUS, status: "rolled-back", share: 0 })]);
    expect(linesOf(ENDLESS, { ...view, rollout })[1]).toContain("running, stage 2 of 2, 10 % of the units; processes differ;");
  });

  test.each([
    [80, 24],
    [100, 34],
    [40, 10],
    [1, 1],
  ])("is never wider than %i columns or longer than %i rows", (columns, rows) => {
    const lines = linesOf({ columns, rows });
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(lines.filter((line) => [...line].length > columns)).toEqual([]);
  });

  test("at 80 by 24 has all the tiers' figures, reasons and signals", () => {
    const lines = linesOf({ columns: 80, rows: 24 });
    expect(lines).toContain("  strong               50.8 %    50.8 %       1.8 s / 2.9 s        7.4 s / 12 s");
    expect(lines).toContain("top reasons, 15 minutes");
    expect(lines.at(-1)).toMatch(/^ {2}cheap-strong/);
  });

  test("tells of a week's ratings, of drift, and on top why to learn anew; nothing of it where nothing is", () => {
    const { ratings, drift } = WEEK;
    const because = "the scores lie elsewhere than in training: PSI 0.31, 0.25 is time to act";
    const low = { ...ratings, rules: ratings.rules.map((rule) => ({ ...rule, mean: 3.2 })) };
    const troubled = { ...view, ratings: low, drift: { ...drift, retrain: [{ reason: "scores", because } as const] } };
    const lines = linesOf(ENDLESS, troubled);
    expect(lines[1]).toBe(`retrain: ${because}`);
    expect(lines).toContain("  weak                       120         4.30       85.0 %");
    expect(lines).toContain("  rule:code                   40         3.20       80.0 %  weak");
    expect(lines).toContain("drift: PSI 0.18 of 5200 scores against training  main@v7");
    expect(lines).toContain("changed: failed-answers from 1.0 % to 8.0 %  2 h ago");
    const bad = frameOf(troubled, "", ENDLESS).flatMap((row) => row.filter(({ style }) => style === "bad").map(({ text }) => text.trim()));
    expect(bad).toEqual(expect.arrayContaining(["retrain", "3.20"]));
    expect(linesOf(ENDLESS, view).join("\n")).not.toMatch(/7 days|drift|retrain|changed/);
    const { ratings: _, drift: __, ...old } = view;
    expect(linesOf(ENDLESS, old as typeof view).join("\n")).not.toMatch(/7 days|drift|retrain|changed/);
  });

  test("marks what is bad, and says why it is not ready", () => {
    const unrouted = { ...view, ready: "shutting down" };
    const bad = frameOf(unrouted, "", ENDLESS).flatMap((row) => row.filter(({ style }) => style === "bad").map(({ text }) => text.trim()));
    expect(bad).toEqual(["shutting down", "<\u00a00.1\u00a0%"]);
  });

  test("says which tiers fail or are late, and nothing of those that are well", () => {
    const well = { tier: "mid", breaker: "closed", levelMs: 3000, predictedMs: 400, late: [] } as const;
    const late = { tier: "weak", breaker: "open", levelMs: 1000, predictedMs: 2300, late: ["64-127", "128-255"] } as const;
    const lines = linesOf(ENDLESS, { ...view, health: [well, late] });
    expect(lines).toContain("  weak               breaker open  late: P95 2.3 s, level 1.0 s  64-127, 128-255");
    expect(linesOf(ENDLESS, { ...view, health: [well] })).toEqual(linesOf(ENDLESS));
  });

  test("says of a configuration that could not be taken what is wrong with it", () => {
    const failure = {
      at: "2026-11-29T07:12:03.000Z",
      code: "config-invalid",
      message: "m",
      hint: "Correct the lines shown.",
      summary: "s:1:2",
    };
    const rows = frameOf({ ...view, notReloaded: failure }, "", ENDLESS);
    expect(rows[1]).toEqual([{ text: "s:1:2", style: "bad" }]);
    expect(rows[2]).toEqual([{ text: "  Correct the lines shown.", style: "dim" }]);
  });

  test.each([
    [null, 0.42, "shared state up, answers in 0.4\u00a0ms", "dim"],
    [null, null, "shared state up", "dim"],
    ["no answer\x1b within 1000 ms", 0.42, "shared state away for 13\u00a0s: no answer  within 1000 ms", "bad"],
  ])("says in one line how the store of shared state is", (away, roundTripMs, text, style) => {
    const rows = frameOf({ ...view, store: { away, roundTripMs, forSeconds: 12.7 } }, "", ENDLESS);
    expect(rows[1]).toEqual([{ text, style }]);
  });

  test.each([
    [true, 0, 330, 0.0099, "asked in other words: answered; of 330 compared 0 wrong, so at most 0.99\u00a0%", "dim"],
    [
      false,
      2,
      330,
      0.027,
      "asked in other words: not answered, to be proven 1.00\u00a0%; of 330 compared 2 wrong, so at most 2.70\u00a0%",
      "bad",
    ],
  ])("says in one line whether what is asked in other words is answered, and why not", (isOn, wrong, compared, bound, text, style) => {
    const rows = frameOf({ ...view, inOtherWords: { isOn, wrong, compared, bound, maxError: 0.01 } }, "", ENDLESS);
    expect(rows[1]).toEqual([{ text, style }]);
  });

  test("just after the start has no figures that nobody knows", () => {
    const lines = linesOf(ENDLESS, { ...sampleView(0), signals: [] });
    expect(lines.join("\n")).not.toMatch(/NaN|undefined|Infinity|null/);
    expect(lines).toContain("no decisions yet");
    expect(lines.at(-1)).toBe("no misroute signals");
    expect(linesOf(ENDLESS, sampleView(0)).join()).not.toContain("without");
    expect(linesOf(ENDLESS, { ...sampleView(0), signalsIgnored: 7 })).toContain(
      "last misroute signals; without 7 beyond one a minute of a user",
    );
  });

  test("says what the audit slice shows, once it shows something", () => {
    const audited = { requests: 230, misroutes: 0.041, low: 0.02, high: 0.06 };
    const lines = linesOf(ENDLESS, { ...sampleView(0), audited });
    expect(lines.map((line) => line.replaceAll("\u00a0", " "))).toContain("audit slice: 4.1 % [2.0 % to 6.0 %] misrouted, of 230 requests");
    expect(linesOf(ENDLESS, sampleView(0)).join()).not.toContain("audit");
  });

  test("does not let what others wrote steer the terminal", () => {
    const [signal] = view.signals;
    const hostile = { ...view, signals: signal === undefined ? [] : [{ ...signal, requestId: "a\x1b[2Jb\u009bc\r" }] };
    expect(linesOf(ENDLESS, hostile).at(-1)).toMatch(/ {2}a\?\[2Jb\?c\?$/);
  });
});
