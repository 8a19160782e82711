// What comes of a history by one more happening: what is an entry and what is none, which processes share one, and what is kept how long.
import { describe, expect, test } from "vitest";
import { type Happening, type History, NO_HISTORY, type Recording, recorded } from "../../../src/outcome/history/history.ts";

const START = Date.parse("2026-11-29T18:00:00Z");
const version = (policy: string, ...asks: string[]) => ({ policy, settingsHash: "0", asks, settings: { of: policy } });
const start: Happening = { by: "start", active: "main@1", configuration: "aa", versions: [version("main@1")] };
const rollout = (share: number, status = "running") => ({ candidate: "next@1", share, status });
const change = (action: string) => ({ action, because: "it was asked for", guards: [] });
const promoted: Happening = { ...start, by: "rollout", rollout: rollout(0.1), change: change("promote") };

type Step = readonly [happening: Happening, process?: number, afterMs?: number];

function historyOf(steps: readonly Step[], most = 100): History {
  const record = (history: History, [happening, process, afterMs = 0]: Step, at: number) => {
    const recording: Recording = { nowMs: START + at * 1000 + afterMs, most, process };
    return recorded(history, happening, recording);
  };
  return steps.reduce(record, NO_HISTORY);
}

const shown = ({ entries }: History) => entries.map(({ by, active, processes }) => [by, active, ...(processes ?? [])].join(" "));

describe("an entry of the history", () => {
  test.each<[what: string, steps: readonly Step[], entries: readonly string[]]>([
    ["a start", [[start]], ["start main@1"]],
    ["no restart that changes nothing", [[start], [start]], ["start main@1"]],
    ["a reload of another policy", [[start], [{ ...start, by: "reload", active: "main@2" }]], ["start main@1", "reload main@2"]],
    ["a reload of another file", [[start], [{ ...start, by: "reload", configuration: "bb" }]], ["start main@1", "reload main@1"]],
    ["no reload of the same", [[start], [{ ...start, by: "reload" }]], ["start main@1"]],
    ["each stage of a rollout", [[start], [promoted], [promoted]], ["start main@1", "rollout main@1", "rollout main@1"]],
    ["no restart in the middle of one", [[start], [promoted], [{ ...start, rollout: rollout(0.1) }]], ["start main@1", "rollout main@1"]],
    [
      "a restart that has lost it",
      [[start], [promoted], [{ ...start, rollout: rollout(0) }]],
      ["start main@1", "rollout main@1", "start main@1"],
    ],
    [
      "one start of several processes",
      [
        [start, 1],
        [start, 0],
        [start, 2],
      ],
      ["start main@1 0 1 2"],
    ],
    [
      "no restart of one of them",
      [
        [start, 0],
        [start, 1],
        [start, 0],
      ],
      ["start main@1 0 1"],
    ],
    [
      "a stage of one of them",
      [
        [start, 0],
        [start, 1],
        [promoted, 1],
      ],
      ["start main@1 0 1", "rollout main@1 1"],
    ],
    [
      "a stage of both at once",
      [
        [start, 0],
        [start, 1],
        [promoted, 1],
        [promoted, 0],
      ],
      ["start main@1 0 1", "rollout main@1 0 1"],
    ],
    [
      "the same stage an hour later",
      [
        [promoted, 1],
        [promoted, 0, 3_600_000],
      ],
      ["rollout main@1 1", "rollout main@1 0"],
    ],
    [
      "no restart of one whose sibling is in another stage",
      [
        [start, 0],
        [start, 1],
        [promoted, 1],
        [start, 0],
      ],
      ["start main@1 0 1", "rollout main@1 1"],
    ],
  ])("is %s", (_, steps, entries) => {
    expect(shown(historyOf(steps))).toEqual(entries);
  });

  test("has its time, and nothing else of the versions than their names", () => {
    expect(historyOf([[start]]).entries).toEqual([{ at: "2026-11-29T18:00:00.000Z", by: "start", active: "main@1", configuration: "aa" }]);
  });
});

describe("what is kept", () => {
  const of = (active: string, ...versions: Happening["versions"]): Step => [{ by: "reload", active, versions }];
  const policies = ({ versions }: History) => versions.map(({ policy }) => policy);

  test("is the last entries, and the versions that they speak of or that those ask", () => {
    const steps = [of("a@1", version("a@1")), of("b@1", version("b@1", "c@1"), version("c@1")), of("d@1", version("d@1"))];
    expect(policies(historyOf(steps))).toEqual(["a@1", "b@1", "c@1", "d@1"]);
    const history = historyOf(steps, 2);
    expect(shown(history)).toEqual(["reload b@1", "reload d@1"]);
    expect(policies(history)).toEqual(["b@1", "c@1", "d@1"]);
  });

  test("is without settings that are too long, and without the oldest where all are too long together", () => {
    const long = (policy: string, length: number) => ({ ...version(policy), settings: "x".repeat(length) });
    expect(historyOf([of("a@1", long("a@1", 70_000))]).versions[0]?.settings).toBe(null);
    const history = historyOf(Array.from({ length: 40 }, (_, at) => of(`p@${at}`, long(`p@${at}`, 60_000))));
    const without = history.versions.filter(({ settings }) => settings === null).map(({ policy }) => policy);
    expect(without).toEqual(["p@0", "p@1", "p@2", "p@3", "p@4", "p@5"]);
  });
});
