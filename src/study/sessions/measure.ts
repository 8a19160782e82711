// Measures ways of routing on sessions: each session is played once a way, then whole sessions are resampled, so that what hangs together
// stays together. A session is drawn with all its ways, and a ratio of two of them is one of the same sessions.
import { affordableResamples, type Interval, percentileInterval } from "../evaluate/bootstrap.ts";
import { drawRows, randomSource } from "../evaluate/random-source.ts";
import type { Estimate } from "../evaluate/result.ts";
import { type Played, type PlaySettings, play, type Way } from "./replay.ts";
import type { WayResult } from "./session-result.ts";
import type { Session } from "./turn.ts";

export interface MeasureSettings extends PlaySettings {
  readonly policies: readonly string[]; // what each turn's wanted tiers are of
  readonly seed: number;
  readonly resamples: number;
}

const SUMS = ["turns", "costUsd", "switches", "unsafe", "inputTokens", "cachedTokens", "judged", "quality"] as const;
type Sum = (typeof SUMS)[number] | "sessions";

/** A way with its sessions' sums as columns. */
interface Course {
  readonly way: Way;
  readonly policy: number | undefined;
  readonly columns: Readonly<Record<keyof Played, Float64Array>>;
}

/** A ratio of two sums, of one course or of two. */
interface Ratio {
  readonly of: readonly [Course, Sum];
  readonly over: readonly [Course, Sum];
}

const OF_POLICY: readonly Way[] = ["per-request", "sticky", "session"];

/** At least one session. */
export function measuredWays(sessions: readonly Session[], settings: MeasureSettings): readonly WayResult[] {
  const course = (way: Way, policy: number | undefined): Course => ({ way, policy, columns: played(sessions, way, policy ?? 0, settings) });
  const strong = course("all-strong", undefined);
  const courses = [
    course("all-weak", undefined),
    strong,
    ...settings.policies.flatMap((_, policy) => OF_POLICY.map((way) => course(way, policy))),
  ];
  const estimate = estimator(sessions.length, settings);
  return courses.map((each) => {
    const byRequest = each.way === "sticky" || each.way === "session" ? perRequestOf(each, courses) : undefined;
    return resultOf(each, { strong, byRequest, estimate, policies: settings.policies });
  });
}

const perRequestOf = (course: Course, all: readonly Course[]) =>
  all.find(({ way, policy }) => way === "per-request" && policy === course.policy);

function played(sessions: readonly Session[], way: Way, policy: number, settings: PlaySettings): Course["columns"] {
  const columns = Object.fromEntries(SUMS.map((sum) => [sum, new Float64Array(sessions.length)])) as Course["columns"];
  sessions.forEach((session, at) => {
    const sums = play(session, way, policy, settings);
    for (const sum of SUMS) columns[sum][at] = sums[sum];
  });
  return columns;
}

interface Beside {
  readonly strong: Course;
  readonly byRequest: Course | undefined;
  readonly policies: readonly string[];
  readonly estimate: (ratio: Ratio) => Estimate | undefined;
}

function resultOf(course: Course, { strong, byRequest, policies, estimate }: Beside): WayResult {
  const { way, policy, columns } = course;
  const certain = (ratio: Ratio): Estimate => estimate(ratio) ?? NOTHING;
  const unsafe = columns.unsafe.reduce((sum, each) => sum + each, 0);
  const perTurn = certain({ of: [course, "unsafe"], over: [course, "turns"] });
  return {
    way,
    policy: policy === undefined ? undefined : policies[policy],
    costPerSession: estimate({ of: [course, "costUsd"], over: [course, "sessions"] }),
    costOfAllStrong: estimate({ of: [course, "costUsd"], over: [strong, "costUsd"] }),
    costOfPerRequest: byRequest === undefined ? undefined : estimate({ of: [course, "costUsd"], over: [byRequest, "costUsd"] }),
    switches: certain({ of: [course, "switches"], over: [course, "sessions"] }),
    unsafe,
    unsafePer1000: { value: 1000 * perTurn.value, low: 1000 * perTurn.low, high: 1000 * perTurn.high },
    cachedShare: certain({ of: [course, "cachedTokens"], over: [course, "inputTokens"] }),
    cacheKept: certain({ of: [course, "cachedTokens"], over: [strong, "cachedTokens"] }),
    quality: estimate({ of: [course, "quality"], over: [course, "judged"] }),
  };
}

/** Of nothing: sessions whose prompts are too short for any cache. */
const NOTHING: Estimate = { value: 0, low: 0, high: 0 };

/** Every ratio is taken on the same draws. Undefined: the sessions do not define it. */
function estimator(sessions: number, { seed, resamples: asked }: MeasureSettings): (ratio: Ratio) => Estimate | undefined {
  const random = randomSource(seed);
  const draws = Array.from({ length: affordableResamples(asked, sessions) }, () => {
    const times = new Uint8Array(sessions);
    drawRows(random, times);
    return times;
  });
  const once = new Uint8Array(sessions).fill(1);
  return (ratio) => {
    const value = ratioOf(ratio, once);
    if (Number.isNaN(value)) return undefined;
    const { low, high }: Interval = percentileInterval(Float64Array.from(draws, (times) => ratioOf(ratio, times)));
    return Number.isNaN(low) ? { value, low: value, high: value } : { value, low, high };
  };
}

function ratioOf({ of, over }: Ratio, times: Uint8Array): number {
  return sumOf(of, times) / sumOf(over, times);
}

function sumOf([{ columns }, sum]: readonly [Course, Sum], times: Uint8Array): number {
  const values = sum === "sessions" ? undefined : columns[sum];
  let total = 0;
  for (let at = 0; at < times.length; at++) total += (times[at] ?? 0) * (values === undefined ? 1 : (values[at] ?? 0));
  return total;
}
