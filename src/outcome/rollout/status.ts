// How a rollout stands, as it is shown: by `sluice rollout status`, the page and the metrics. Pure.
import { evidenceNeeded } from "../../request/rollout/evidence.ts";
import { SPLIT_ALPHA } from "../../request/rollout/sample-ratio.ts";
import { BECAUSE, type Status, shareOf, type Verdict } from "../../request/rollout/stages.ts";
import type { PerArm } from "../../request/rollout/tally.ts";
import type { Curve } from "./curve.ts";
import type { Change, ChangeAction, KeptRollout } from "./kept-rollout.ts";

/** Times are ISO 8601; evidence is in natural logarithms. */
export interface RolloutStatus {
  readonly rollout: string;
  readonly candidate: string; // name and version, as is the next
  readonly stable: string;
  readonly status: Status;
  readonly stage: number; // from 0
  readonly stages: readonly { readonly share: number; readonly hours: number }[];
  readonly share: number; // of the units, that get the candidate
  readonly since: string; // the stage
  readonly earliest: string; // end of the stage
  readonly because: string; // it stays as it is
  readonly moreRequests: number | null; // of the candidate, until harm is excluded, as things are; null: it would not be
  readonly requests: Readonly<PerArm>;
  readonly units: Readonly<PerArm>;
  readonly split: { readonly is: "fine" | "broken"; readonly evidence: number; readonly needed: number };
  readonly guards: readonly GuardStatus[];
  readonly changed: {
    readonly at: string;
    readonly action: ChangeAction;
    readonly because: string;
    readonly guards: readonly string[];
  } | null;
  readonly past: readonly PastStatus[];
  readonly judged: Judged;
  readonly curve: Curve; // evidence against time, in this stage and since this process began
}

/** Its own traffic by this process; all traffic by all replicas; what it knows of that, while the store by which they do so is away. */
export type Judged = "alone" | "together" | "store-away";

export interface GuardStatus {
  readonly guard: string;
  readonly is: "harmful" | "excluded" | "open";
  readonly rates: Readonly<PerArm>;
  readonly harm: Shown;
  readonly excluded: Shown;
}

interface Shown {
  readonly is: number;
  readonly needed: number;
}

interface PastStatus {
  readonly stage: number;
  readonly share: number;
  readonly since: string;
  readonly until: string;
  readonly because: string;
  readonly requests: Readonly<PerArm>;
}

const HOUR_MS = 3_600_000;
export const FILE_BECAUSE = "its state could not be read";

export function statusOf(
  { candidate, stable, settings, state, changed }: KeptRollout,
  verdict: Verdict,
  { curve, judged }: Pick<RolloutStatus, "curve" | "judged">,
): RolloutStatus {
  const { tally, past } = state;
  const { requests, units, young } = tally;
  const all = (arm: keyof PerArm) => young.reduce((sum, each) => sum + each[arm], units[arm]);
  return {
    ...{ rollout: settings.name, candidate, stable, status: state.status, stage: tally.stage },
    stages: settings.stages.map(({ share, atLeastMs }) => ({ share, hours: atLeastMs / HOUR_MS })),
    share: shareOf(state, settings),
    since: time(tally.sinceMs),
    earliest: time(verdict.earliestMs),
    because: BECAUSE[verdict.because],
    moreRequests: verdict.moreRequests ?? null,
    requests: { stable: requests.stable, candidate: requests.candidate },
    units: { stable: all("stable"), candidate: all("candidate") },
    split: { ...verdict.split, needed: evidenceNeeded(SPLIT_ALPHA, 1) },
    guards: verdict.findings.map(({ guard, is, rates, harm, excluded }) => ({ guard, is, rates, harm, excluded })),
    changed: changed === undefined ? null : shownChange(changed),
    past: past.map(({ stage, sinceMs, untilMs, because, tally: of }) => ({
      stage,
      share: settings.stages[stage]?.share ?? 0,
      since: time(sinceMs),
      until: time(untilMs),
      because: BECAUSE[because],
      requests: of.requests,
    })),
    judged,
    curve,
  };
}

function shownChange({ atMs, action, because, guards }: Change): NonNullable<RolloutStatus["changed"]> {
  return { at: time(atMs), action, because: because === "file" ? FILE_BECAUSE : BECAUSE[because], guards };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
