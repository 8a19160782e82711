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
  { name: "slow", stable: 0.003, candidate: 0.003 },
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

/** The candidate's units until a verdict on its costs, `factor` times the stable arm's: long-tailed, a tenth of the cap on average. */
export function unitsUntilCostIs(
  wanted: "harmful" | "excluded",
  factor: number,
  settings: RolloutSettings,
  units: number,
  random: () => number,
): number | undefined {
  const state = rolloutState(settings, 0);
  const share = shareOf(state, settings);
  const met = metUnits(settings);
  const cap = settings.guards[0]?.kind === "amount" ? settings.guards[0].cap : 1;
  for (let unit = 1; unit <= units; unit++) {
    const arm = random() < share ? "candidate" : "stable";
    const amount = -0.1 * cap * Math.log1p(-random()) * (arm === "candidate" ? factor : 1);
    saw(state.tally, met, { what: "amount", guard: 0, arm, unit, amount, decidedAtMs: 0 }, settings);
    if (unit % 16 !== 0) continue; // 16 units more or less
    const is = wanted === "harmful" ? seesHarm(state, 0, settings) : verdictOf(state, settings, 0).findings[0]?.is === "excluded";
    if (is) return share * unit;
  }
  return undefined;
}

/** What "over 2 % for five minutes" may mean: over the last five minutes together, or in each of them. */
export type Reading = "together" | "each";

/**
 * When the guides' rule would have rolled the candidate back, in minutes: its share of 5xx over 2 % for five minutes, its P99 over 15 s for
 * five minutes (more than 1 % of its requests took longer), or its misroutes over 8 % on a day. Undefined: not within `minutes`.
 */
export function ruleOfTheGuides(
  { harms, random }: Omit<Traffic, "perSecond">,
  candidatePerMinute: number,
  minutes: number,
  reading: Reading,
): number | undefined {
  const rateOf = (name: string) => harms.find((harm) => harm.name === name)?.candidate ?? 0;
  const [failed, slow] = [new FiveMinutes(0.02 * candidatePerMinute), new FiveMinutes(0.01 * candidatePerMinute)];
  let misroutes = 0;
  for (let minute = 1; minute <= minutes; minute++) {
    failed.add(drawnCount(candidatePerMinute, rateOf("failed"), random));
    slow.add(drawnCount(candidatePerMinute, rateOf("slow"), random));
    misroutes += drawnCount(candidatePerMinute, rateOf("misroute"), random);
    if (failed.isOver(reading) || slow.isOver(reading)) return minute;
    if (minute % 1440 !== 0) continue;
    if (misroutes > 0.08 * 1440 * candidatePerMinute) return minute;
    misroutes = 0;
  }
  return undefined;
}

class FiveMinutes {
  readonly #most: number; // of a minute
  readonly #counts: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(count: number): void {
    this.#counts.push(count);
    if (this.#counts.length > 5) this.#counts.shift();
  }

  isOver(reading: Reading): boolean {
    if (this.#counts.length < 5) return false;
    switch (reading) {
      case "together":
        return this.#counts.reduce((sum, count) => sum + count) > 5 * this.#most;
      case "each":
        return this.#counts.every((count) => count > this.#most);
      default:
        return reading satisfies never;
    }
  }
}

/** Requests of a session share their fate: a few sessions fail again and again. */
export interface Sessions {
  readonly requests: number; // of each
  readonly failing: number; // sessions, as a share
  readonly failed: number; // requests of these, as a share
}

/** Whether sessions that fail no more often than the others bring a rollback about, counted as the settings say. */
export function sessionsBringRollback(settings: RolloutSettings, sessions: Sessions, count: number, random: () => number): boolean {
  const state = rolloutState(settings, 0);
  const met = metUnits(settings);
  for (let session = 0; session < count; session++) {
    if (random() >= sessions.failing) continue;
    const unit = Math.floor(random() * 2 ** 32);
    const arm = armOf(unit, shareOf(state, settings));
    for (let request = 0; request < sessions.requests; request++) {
      if (random() >= sessions.failed) continue;
      saw(state.tally, met, { what: "harm", guard: 0, arm, unit, decidedAtMs: 0 }, settings);
      if (seesHarm(state, 0, settings)) return true;
    }
  }
  return false;
}

/** The candidate's requests until harm beyond the margin is excluded, of one guard in one stage; undefined: not within `requests`. */
export function requestsUntilExcluded(
  settings: RolloutSettings,
  { harms, random }: Omit<Traffic, "perSecond">,
  requests: number,
): number | undefined {
  const state = rolloutState(settings, 0);
  const share = shareOf(state, settings);
  const met = metUnits(settings);
  const [{ stable, candidate } = { stable: 0, candidate: 0 }] = harms;
  const rate = share * candidate + (1 - share) * stable;
  const gap = () => 1 + Math.floor(Math.log1p(-random()) / Math.log1p(-rate));
  for (let request = gap(); request <= requests; request += gap()) {
    const arm = random() * rate < share * candidate ? "candidate" : "stable";
    saw(state.tally, met, { what: "harm", guard: 0, arm, unit: request, decidedAtMs: 0 }, settings);
    if (arm === "stable" && verdictOf(state, settings, 0).findings[0]?.is === "excluded") return share * request;
  }
  return undefined;
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
