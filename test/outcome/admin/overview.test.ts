// What operators get of misroute signals and ratings: counters and log lines with the decision, never who asked or what.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { createOverview } from "../../../src/outcome/admin/overview.ts";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";
import type { Question } from "../../../src/request/routing/asked.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";
import { outcomeOf } from "../live/sample.ts";

function setup({ text = "", audits = false, isSliced = false } = {}) {
  const config = parseConfig(text, "test");
  const routing = routingOf(config);
  const metrics = createMetrics();
  const lines: string[] = [];
  const words: object[] = [];
  const asked: Question[] = []; // told to other processes
  const log = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } });
  const overview = createOverview({
    tiers: () => config.tiers,
    policyId: () => routing.policyId,
    ready: () => true,
    notReloaded: () => undefined,
    limits: () => undefined,
    store: () => undefined,
    metrics,
    log,
    audits: () => audits,
    isSliced: () => isSliced,
    onWord: (requestId, word) => void words.push({ requestId, ...word }),
  });
  const serve = (requestId: string, content: string, atMs: number) => {
    const body = new TextEncoder().encode(JSON.stringify({ user: "ann-the-user", messages: [{ role: "user", content }] }));
    const { decision, measured } = routeBody(routing, body, { get: () => undefined });
    overview.decided({ requestId, decision, measured });
    const outcome = outcomeOf(decision.tier, { startedAtMs: 1_800_000_000_000 + atMs });
    overview.outcome({ ...outcome, requestId, decided: { decision, measured } }, (question) => asked.push(question));
  };
  const counted = async (name: string) => {
    const { text } = await metrics.expose("prometheus");
    return text.split("\n").filter((line) => line.startsWith(name));
  };
  return { overview, lines, words, asked, serve, counted };
}

describe("misroute signals", () => {
  test("of a repeat and of a low rating are counted and logged with their decision, without the user and the text", async () => {
    const { overview, lines, words, serve, counted } = setup();
    serve("r1", "Where is the nearest open bakery?", 0);
    serve("r2", "where is the nearest bakery open", 30_000);
    expect(overview.feedback({ requestId: "r2", rating: 1 }).kind).toBe("taken");
    const about = { tier: "weak", policy: "main@v7", reason: "under-thresholds" };
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { msg: "misroute signal", kind: "repeat", requestId: "r1", ...about },
      { msg: "rated", requestId: "r2", rating: 1, ...about },
      { msg: "misroute signal", kind: "low-rating", requestId: "r2", ...about },
    ]);
    expect(words).toEqual([
      { requestId: "r1", signal: "repeat" },
      { requestId: "r2", rating: 1 },
      { requestId: "r2", signal: "low-rating" },
    ]);
    expect(lines.join("")).not.toMatch(/ann|bakery|sketch|asked/);
    expect(await counted("sluice_misroute_signals_total")).toEqual([
      'sluice_misroute_signals_total{kind="repeat"} 1',
      'sluice_misroute_signals_total{kind="low-rating"} 1',
    ]);
    expect(await counted("sluice_feedback_total")).toEqual(['sluice_feedback_total{tier="weak",rating="1"} 1']);
  });

  test("of what is asked again at another process are of the one that decided it, where those hear it who learn", async () => {
    const [first, second] = [setup(), setup()];
    first.serve("r1", "Where is the nearest open bakery?", 0);
    second.serve("r2", "where is the nearest bakery open", 30_000);
    for (const question of second.asked) first.overview.askedElsewhere(question);
    expect([first.words, second.words]).toEqual([[{ requestId: "r1", signal: "repeat" }], []]);
    expect(await first.counted("sluice_misroute_signals_total")).toContain('sluice_misroute_signals_total{kind="repeat"} 1');
    expect(await second.counted("sluice_misroute_signals_total")).not.toContain('sluice_misroute_signals_total{kind="repeat"} 1');
  });

  test("of one user are one a minute of each kind: what is left out is counted, and in the live view", async () => {
    const { overview, serve, counted } = setup();
    for (let at = 0; at < 5; at++) {
      serve(`r${at}`, "Where is the nearest open bakery?", 30_000 * at);
      overview.feedback({ requestId: `r${at}`, rating: 1 });
    }
    expect(await counted("sluice_misroute_signals_total")).toEqual([
      'sluice_misroute_signals_total{kind="low-rating"} 1',
      'sluice_misroute_signals_total{kind="repeat"} 1',
    ]);
    expect(await counted("sluice_votes_ignored_total")).toEqual([
      'sluice_votes_ignored_total{kind="low-rating"} 4',
      'sluice_votes_ignored_total{kind="repeat"} 3',
    ]);
    expect(overview.view().signalsIgnored).toBe(7);
  });

  test("behind the strongest tier's answers are words for the log alone, and only while an audit slice is drawn", async () => {
    for (const audits of [true, false]) {
      const { overview, serve, words, counted } = setup({ text: "policies: { main: { type: fixed, tier: strong } }", audits });
      serve("r1", "Where is the nearest open bakery?", 0);
      serve("r2", "where is the nearest bakery open", 30_000);
      expect(words).toEqual(audits ? [{ requestId: "r1", signal: "repeat" }] : []);
      expect(await counted("sluice_misroute_signals_total{")).toEqual([]);
      expect(overview.view().signals).toEqual([]);
    }
  });

  test("are in the live view with their age, beside the figures", () => {
    const { overview, serve } = setup();
    serve("r1", "Where is the nearest open bakery?", 0);
    serve("r2", "where is the nearest bakery open", 30_000);
    const view = overview.view();
    expect(view).toMatchObject({ policy: "main@v7", ready: true, windows: [{ decisions: 2, finished: 2 }, { decisions: 2 }] });
    expect(view.signals).toMatchObject([{ kind: "repeat", requestId: "r1" }]);
    expect(view.signals[0]?.ageSeconds).toBeLessThan(10);
    expect(JSON.stringify(view)).not.toMatch(/ann|bakery|sketch/);
  });
});

test.each([true, false])("the audit slice's counters are there from the first reading on, where there is one: %s", async (isSliced) => {
  const { counted } = setup({ isSliced });
  const series = await counted("sluice_audited_");
  expect(series).toHaveLength(isSliced ? 21 : 0);
  expect(series.every((line) => line.endsWith(" 0"))).toBe(true);
});
