// `node bench/rollout.ts [--runs 400] [--seed 1] [--figures FILE]`: how often the rollout's guard is wrong, and how soon it is right,
// beside the rule that guides give. Prints the tables of docs/rollout.md; FILE gets what scripts/rollout-picture.ts draws.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { GUARD_DEFAULTS, type RolloutSettings } from "../src/request/rollout/settings.ts";
import { randomSource } from "../src/study/evaluate/random-source.ts";
import {
  type Harm,
  HEALTHY,
  type Reading,
  requestsUntilExcluded,
  requestsUntilHarm,
  ruleOfTheGuides,
  sessionsBringRollback,
  settingsFor,
  unitsUntilCostIs,
  worse,
} from "./rollout-simulation.ts";
import { sessionsBringRollbackOfAll, type Together, togetherUntilHarm } from "./rollout-together-simulation.ts";
import { printTable } from "./table.ts";

const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" }, figures: { type: "string" } } });
const runs = Number(values.runs ?? 400);
const random = randomSource(Number(values.seed ?? 1));

const times = <T>(count: number, run: () => T): readonly T[] => Array.from({ length: count }, run);
const found = (results: readonly (number | undefined)[]) => results.flatMap((result) => result ?? []).sort((a, b) => a - b);
const percent = (part: number, of: number) => `${((100 * part) / of).toFixed(1)} %`;
const at = (sorted: readonly number[], part: number) => sorted[Math.ceil(part * sorted.length) - 1];
const whole = (value: number | undefined) => (value === undefined ? "–" : Math.round(value).toLocaleString("en"));
const only = (stable: number, candidate: number): readonly Harm[] => [{ name: "failed", stable, candidate }];
const oneStage = (share: number, more: Partial<RolloutSettings> = {}) => ({ stages: [{ share, atLeastMs: 0 }], ...more });

harmless();
harmful();
inSessions();
together();
untilExcluded();
costs();
const kept = besideTheGuides();
bothFail();
if (values.figures !== undefined) writeFileSync(values.figures, `${JSON.stringify(kept)}\n`);

/** The whole rollout: five guards, both stages, 60,000 requests in each. */
function harmless(): void {
  const back = times(5 * runs, () =>
    [0.1, 0.5].some((share) => {
      const settings = settingsFor(HEALTHY, oneStage(share, { alpha: 0.05 / 2 })); // the other stage has the other half
      return requestsUntilHarm(settings, { harms: HEALTHY, random }, 60_000) !== undefined;
    }),
  );
  console.log(`A/A, five guards, 10 % and 50 %, 60,000 requests in each: ${percent(back.filter(Boolean).length, back.length)} of`);
  console.log(`${back.length} rollouts rolled back (at most 5 %)`);
}

function harmful(): void {
  const cases = [
    [0.1, 0.01, 0.02, 60_000],
    [0.1, 0.01, 0.03, 60_000],
    [0.1, 0.01, 0.05, 60_000],
    [0.1, 0.05, 0.08, 60_000],
    [0.01, 0.01, 0.03, 200_000],
    [0.5, 0.01, 0.03, 60_000],
  ] as const;
  const rows = cases.map(([share, stable, candidate, requests]) => {
    const one = only(stable, candidate);
    const alone = found(times(runs, () => requestsUntilHarm(settingsFor(one, oneStage(share)), { harms: one, random }, requests)));
    const five = { ...settingsFor(one), ...oneStage(share), alpha: 0.05 / 10 }; // as one of five guards in one of two stages
    const among = found(times(runs, () => requestsUntilHarm(five, { harms: one, random }, requests)));
    const told = (sorted: readonly number[]) => [percent(sorted.length, runs), whole(at(sorted, 0.5)), whole(at(sorted, 0.9))];
    return [`${100 * share} %`, `${100 * stable} → ${100 * candidate} %`, ...told(alone), ...told(among)];
  });
  console.log("\nA harmful candidate: rolled back, and its requests until then (half, nine tenths), as the only guard and as one of five");
  printTable(["share", "", "one", "half", "9/10", "of five", "half", "9/10"], rows);
}

function inSessions(): void {
  const harms = only(0, 0);
  const sessions = { requests: 20, failing: 0.05, failed: 0.6 };
  const rows = (["session", "request"] as const).map((by) => {
    const settings = settingsFor(harms, oneStage(0.1, { by }));
    const back = times(runs, () => sessionsBringRollback(settings, sessions, 20_000, random)).filter(Boolean).length;
    return [by === "session" ? "each session once (ours)" : "each request", percent(back, runs)];
  });
  console.log(
    "\nA/A, 20,000 sessions of 20 requests in one arm each, 5 % of which fail at 60 % of their requests: rolled back when counted as",
  );
  printTable(["", ""], rows);
}

/** Of four replicas, each of which tells the others every 400 requests. */
function together(): void {
  const how = (judged: Together["judged"]) => ({ replicas: 4, every: 400, judged });
  const back = (judged: Together["judged"], count: number) =>
    times(count, () =>
      [0.1, 0.5].some((share) => {
        const settings = settingsFor(HEALTHY, oneStage(share, { alpha: 0.05 / 2 }));
        return togetherUntilHarm(HEALTHY, 15_000, { settings, random, together: how(judged) }) !== undefined;
      }),
    ).filter(Boolean).length;
  const rows = (["sum", "leaning", "own-view"] as const).map((judged) => [judged, percent(back(judged, 5 * runs), 5 * runs)]);
  console.log("\nA/A of four replicas together, five guards, 10 % and 50 %, 15,000 requests in each: rolled back where judged is");
  printTable(["", ""], rows);
  const sessions = { requests: 20, failing: 0.05, failed: 0.6 };
  const settings = settingsFor(only(0, 0), oneStage(0.1, { by: "session" }));
  const counted = [true, false].map((isClaimed) => [
    isClaimed ? "one replica (ours)" : "each replica",
    percent(
      times(runs, () => sessionsBringRollbackOfAll(sessions, 10_000, { settings, random, together: how("sum") }, isClaimed)).filter(Boolean)
        .length,
      runs,
    ),
  ]);
  console.log("\nA/A of four replicas, sessions as above, 10,000 of them: rolled back when each is counted by");
  printTable(["", ""], counted);
}

function untilExcluded(): void {
  const cases = [0.2, 0.5, 1].flatMap((margin) => [0.1, 0.5].flatMap((share) => [0.01, 0.05].map((rate) => ({ margin, share, rate }))));
  const rows = cases.map(({ margin, share, rate }) => {
    const harms = only(rate, rate);
    const settings = settingsFor(
      harms,
      oneStage(share, { guards: [{ kind: "event", name: "failed", allowed: 0, margin, negligible: undefined }] }),
    );
    const sorted = found(times(runs / 4, () => requestsUntilExcluded(settings, { harms, random }, 5_000_000)));
    return [`${margin}`, `${100 * share} %`, `${100 * rate} %`, whole(at(sorted, 0.5)), whole(at(sorted, 0.9))];
  });
  console.log("\nThe same in both arms: the candidate's requests until more than the margin is excluded (half, nine tenths)");
  printTable(["margin", "share", "rate", "half", "9/10"], rows);
}

function costs(): void {
  const cases = [
    ["harmful", 1.2],
    ["harmful", 1.5],
    ["harmful", 2],
    ["excluded", 1],
    ["excluded", 0.7],
  ] as const;
  const guards = [{ kind: "amount", name: "cost", ...GUARD_DEFAULTS.amount, cap: 1 }] as const;
  const rows = cases.flatMap(([wanted, factor]) =>
    [0.1, 0.5].map((share) => {
      const settings = settingsFor([], oneStage(share, { guards }));
      const sorted = found(times(runs / 8, () => unitsUntilCostIs(wanted, factor, settings, 200_000, random)));
      return [`${100 * share} %`, `× ${factor}`, wanted, percent(sorted.length, runs / 8), whole(at(sorted, 0.5)), whole(at(sorted, 0.9))];
    }),
  );
  console.log(
    "\nCosts, long-tailed, their mean a tenth of the cap: the candidate's units until it is called dearer, or the margin excluded",
  );
  printTable(["share", "dear", "", "found", "half", "9/10"], rows);
}

interface Series {
  readonly label: string;
  readonly points: readonly (readonly [hours: number, percent: number])[];
}

/** In the first stage with traffic, 48 hours at 10 %. */
function besideTheGuides(): readonly Series[] {
  const HOURS = 48;
  const CASES: readonly (readonly [string, readonly Harm[]])[] = [
    ["harmless", HEALTHY],
    ["fails 1.8 % instead of 1 %", worse("failed", { candidate: 0.018 })],
    ["fails 3 % instead of 1 %", worse("failed", { candidate: 0.03 })],
    ["slow 2 % instead of 0.3 %", worse("slow", { candidate: 0.02 })],
    ["misroutes 7 % instead of 5 %", worse("misroute", { candidate: 0.07 })],
    ["misroutes 10 % instead of 5 %", worse("misroute", { candidate: 0.1 })],
  ];
  const series: Series[] = [];
  const rows = [1, 10, 100].flatMap((perSecond) =>
    CASES.map(([label, harms]) => {
      const count = perSecond === 100 ? runs / 10 : runs / 2; // at 100 a second each takes a second
      const settings = settingsFor(harms);
      const ours = times(count, () => requestsUntilHarm(settings, { harms, random }, perSecond * HOURS * 3600)).map(
        (requests) => requests && requests / (0.1 * perSecond * 3600),
      );
      const ruleRead = (reading: Reading) =>
        times(count, () => ruleOfTheGuides({ harms, random }, 6 * perSecond, HOURS * 60, reading)).map((minute) => minute && minute / 60);
      const rule = ruleRead("together");
      if (perSecond === 10)
        series.push({ label: `ours: ${label}`, points: curve(ours, HOURS) }, { label: `rule: ${label}`, points: curve(rule, HOURS) });
      const told = (hours: readonly (number | undefined)[]) => [percent(found(hours).length, count), shownHours(at(found(hours), 0.5))];
      return [`${perSecond}/s`, label, ...told(ours), ...told(rule), ...told(ruleRead("each"))];
    }),
  );
  console.log("\n48 hours at 10 %: rolled back, and half of these after");
  printTable(["", "candidate", "ours", "after", "the guides: five minutes together", "after", "each of five", "after"], rows);
  return series;
}

/** A service that is not as healthy, whatever the policy. */
function bothFail(): void {
  const own = randomSource(Number(values.seed ?? 1));
  const harms = worse("failed", { stable: 0.025, candidate: 0.025 });
  const rows = [10, 100].map((perSecond) => {
    const count = perSecond === 100 ? runs / 10 : runs / 2;
    const ours = times(count, () => requestsUntilHarm(settingsFor(harms), { harms, random: own }, perSecond * 48 * 3600));
    const rule = times(count, () => ruleOfTheGuides({ harms, random: own }, 6 * perSecond, 48 * 60, "together"));
    return [`${perSecond}/s`, percent(found(ours).length, count), percent(found(rule).length, count)];
  });
  console.log("\nA/A where 2.5 % fail in both arms, 48 hours at 10 %: rolled back");
  printTable(["", "ours", "the guides: five minutes together"], rows);
}

function shownHours(hours: number | undefined): string {
  if (hours === undefined) return "–";
  return hours < 1 ? `${Math.max(1, Math.round(60 * hours))} min` : `${hours.toFixed(1)} h`;
}

/** The share of the runs that were rolled back by then, at 60 times from a minute up. */
function curve(hours: readonly (number | undefined)[], most: number): Series["points"] {
  const sorted = found(hours);
  return Array.from({ length: 60 }, (_, step) => {
    const by = (1 / 60) * (60 * most) ** (step / 59);
    const before = sorted.filter((hour) => hour <= by + 1e-9).length;
    return [Number(by.toPrecision(4)), Number(((100 * before) / hours.length).toPrecision(4))] as const;
  });
}
