// Rollouts made of chance alone, run through the same counting and the same verdicts as real ones; and beside them the rule that guides to
// cascade routing give, in the same traffic. The figures of docs/rollout.md, and the tests', come from here.
import { ARMS, armOf } from "../src/request/rollout/assignment.ts";
import { GUARD_DEFAULTS, type RolloutSettings } from "../src/request/rollout/settings.ts";
import { afterVerdict, type RolloutState, rolloutState, seesHarm, shareOf, verdictOf } from "../src/request/rollout/stages.ts";
import { metUnits, saw } from "../src/request/rollout/tally.ts";

/** How often a harm befalls a request of each arm. */
export interface Harm {
  readonly name: string;
  readonly stable: number;
  readonly candidate: number;
}

/** What a healthy service looks like: the goals of the guides are met. */
export const HEALTHY: readonly Harm[] = [
  { name: "failed", stable: 0.01, candidate: 0.01 },
  { name: "slow", stable: 0.007, candidate: 0.007 },
  { name: "first-byte", stable: 0.05, candidate: 0.05 },
  { name: "misroute", stable: 0.05, candidate: 0.05 },
  { name: "low-rating", stable: 0.005, candidate: 0.005 },
];

/** The same with one harm otherwise. */
export function worse(name: string, rates: Partial<Harm>): readonly Harm[] {
  return HEALTHY.map((harm) => (harm.name === name ? { ...harm, ...rates } : harm));
}

export function settingsFor(harms: readonly Harm[], more: Partial<RolloutSettings> = {}): RolloutSettings {
  return {
    ...{ name: "simulated", by: "request", onHarm: "rollback", alpha: 0.05, settleMs: 0 },
    stages: [0.1, 0.5, 1].map((share) => ({ share, atLeastMs: 48 * 3_600_000 })),
    guards: harms.map(({ name }) => ({ kind: "event", name, ...GUARD_DEFAULTS.event, negligible: undefined })),
    ...more,
  };
}

export interface Traffic {
  readonly harms: readonly Harm[];
  readonly perSecond: number; // requests of both arms
  readonly random: () => number; // 0 to under 1
}

export interface Run {
  readonly state: RolloutState;
  readonly endedMs: number; // since its beginning: when it was rolled back or complete, or the time was over
  readonly candidate: number; // requests that had the candidate, all stages together
  readonly stages: number; // that it was promoted from
}

/** Requests come at even times; every event is judged at once, and promotion each minute. */
export function simulated(settings: RolloutSettings, { harms, perSecond, random }: Traffic, untilMs: number): Run {
  let state = rolloutState(settings, 0);
  let met = metUnits(settings);
  let candidate = 0;
  let nextMinute = 60_000;
  const apart = 1000 / perSecond;
  for (let now = apart; now <= untilMs; now += apart) {
    const unit = Math.floor(random() * 2 ** 32);
    const arm = armOf(unit, shareOf(state, settings));
    if (arm === "candidate") candidate++;
    const told = { arm, unit, decidedAtMs: now };
    saw(state.tally, met, { ...told, what: "request" }, settings);
    let harmed = false;
    for (let guard = 0; guard < harms.length; guard++) {
      if (random() >= (harms[guard]?.[arm] ?? 0)) continue;
      saw(state.tally, met, { ...told, what: "harm", guard }, settings);
      harmed ||= arm === "candidate" && seesHarm(state, guard, settings);
    }
    if (!harmed && now < nextMinute) continue;
    nextMinute = now + 60_000;
    const before = state.tally;
    state = afterVerdict(state, verdictOf(state, settings, now), settings, now);
    if (state.tally !== before) met = metUnits(settings);
    if (state.status !== "running") return { state, endedMs: now, candidate, stages: state.past.filter(isPromotion).length };
  }
  return { state, endedMs: untilMs, candidate, stages: state.past.filter(isPromotion).length };
}

const isPromotion = ({ because }: RolloutState["past"][number]) => because === "excluded" || because === "shadow";

/** One stage, only events: as many as come until harm is found, or until `requests` of both arms. The candidate's requests until then. */
export function requestsUntilHarm(
  settings: RolloutSettings,
  { harms, random }: Omit<Traffic, "perSecond">,
  requests: number,
): number | undefined {
  const state = rolloutState(settings, 0);
  const share = shareOf(state, settings);
  const met = metUnits(settings);
  let rate = 0; // of all harmful events
  const kinds = harms.flatMap((harm, guard) =>
    ARMS.map((arm) => {
      rate += (arm === "candidate" ? share : 1 - share) * harm[arm];
      return { arm, guard, below: rate };
    }),
  );
  const gap = () => 1 + Math.floor(Math.log1p(-random()) / Math.log1p(-rate));
  for (let request = gap(); request <= requests; request += gap()) {
    const drawn = random() * rate;
    const kind = kinds.find(({ below }) => drawn < below);
    if (kind === undefined) continue;
    const { arm, guard } = kind;
    saw(state.tally, met, { what: "harm", arm, guard, unit: request, decidedAtMs: 0 }, settings);
    if (arm === "candidate" && seesHarm(state, guard, settings)) return share * request;
  }
  return undefined;
}

/**
 * When the guides' rule would have rolled the candidate back, in minutes: its share of 5xx over 2 % for five minutes, its P99 over 15 s for
 * five minutes (more than 1 % of its requests took longer), or its misroutes over 8 % on a day. Undefined: not within `minutes`.
 */
export function ruleOfTheGuides(
  { harms, random }: Omit<Traffic, "perSecond">,
  candidatePerMinute: number,
  minutes: number,
  outage: (minute: number) => number = () => 0, // of both tiers: the rate of failures then, beside the usual ones
): number | undefined {
  const rateOf = (name: string) => harms.find((harm) => harm.name === name)?.candidate ?? 0;
  const [failed, slow] = [new Window(5), new Window(5)];
  let misroutes = 0;
  for (let minute = 1; minute <= minutes; minute++) {
    failed.add(drawnCount(candidatePerMinute, rateOf("failed") + outage(minute), random));
    slow.add(drawnCount(candidatePerMinute, rateOf("slow"), random));
    misroutes += drawnCount(candidatePerMinute, rateOf("misroute"), random);
    const requests = 5 * candidatePerMinute;
    if (minute >= 5 && (failed.sum > 0.02 * requests || slow.sum > 0.01 * requests)) return minute;
    if (minute % 1440 !== 0) continue;
    if (misroutes > 0.08 * 1440 * candidatePerMinute) return minute;
    misroutes = 0;
  }
  return undefined;
}

class Window {
  readonly #counts: number[] = [];
  readonly #length: number;
  sum = 0;

  constructor(length: number) {
    this.#length = length;
  }

  add(count: number): void {
    this.#counts.push(count);
    this.sum += count;
    if (this.#counts.length > this.#length) this.sum -= this.#counts.shift() ?? 0;
  }
}

/** How many of so many it befalls: by the gaps between them. */
export function drawnCount(of: number, rate: number, random: () => number): number {
  if (rate <= 0) return 0;
  const log = Math.log1p(-rate);
  let count = 0;
  for (let at = 0; ; count++) {
    at += 1 + Math.floor(Math.log1p(-random()) / log);
    if (at > of) return count;
  }
}
