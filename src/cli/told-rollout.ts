// What `sluice explain` makes of a rollout and of a conservative policy: both are asked as on the way of a request, in the stage that
// --stage names and with the state that --failing and --limits tell.
import { InvalidArgumentError } from "commander";
import type { Config } from "../config/config.ts";
import { breakerSettings } from "../config/health-guards.ts";
import { type AskedPolicies, askedPolicies, policyNamed, type SnapshotOptions } from "../config/routing-of.ts";
import { SluiceError } from "../errors.ts";
import { type TakeoverCause, takeoverCauses } from "../request/guard/takeover.ts";
import type { RolloutSettings } from "../request/rollout/settings.ts";
import type { Shadow } from "../request/routing/decision.ts";
import type { Routed, Routing } from "../request/routing/routing.ts";

/** What it would come to. */
export interface RolloutExplained {
  readonly candidate: string; // name and version
  readonly by: RolloutSettings["by"];
  readonly stage: number; // from 1, as `sluice rollout` counts
  readonly shares: readonly number[]; // of the units, by stage
  readonly candidateFrom: number | undefined; // the share over which the request is the candidate's; undefined: nobody says whose it is
  readonly arm: "stable" | "candidate" | undefined; // undefined: no arm, as the conservative policy decides
  readonly other: Shadow | undefined; // what the other policy says
}

export interface TakeoverExplained {
  readonly policy: string; // name and version
  readonly causes: readonly TakeoverCause[]; // none: it does not decide
  readonly breaker: boolean; // it may be one
  readonly budget: number | undefined;
}

/** From 1. */
export function toldStage(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError("Give the number of a stage, from 1, as `sluice rollout` counts them.");
  return Number(text);
}

/** The policies that a request is asked about: those in force, or the one of --policy alone. Throws as `policyNamed` does. */
export function explainedPolicies(config: Config, policy: string | undefined): AskedPolicies {
  if (policy === undefined) return askedPolicies(config, {});
  return { active: policyNamed(config, policy), candidate: undefined, conservative: undefined };
}

/** Throws `stage-unknown`. `routing`: that these options make, which is there when a request is asked about. */
export function standsAsTold(
  config: Config,
  stage: number | undefined,
  isFailing: boolean,
  routing: () => Routing,
): Pick<SnapshotOptions, "rolloutStands" | "takeoverStands"> {
  const stages = config.rollout?.settings.stages ?? [];
  const standing = { share: stages[(stage ?? 1) - 1]?.share ?? 0, isOver: false };
  if (stage !== undefined && stage > stages.length) {
    const there = stages.length === 0 ? "the configuration has no `rollout`" : `the rollout has ${stages.length} stages`;
    throw new SluiceError("stage-unknown", `--stage ${stage}: ${there}`);
  }
  return { rolloutStands: () => standing, takeoverStands: () => causesIn(config, isFailing, routing()).length > 0 };
}

function causesIn(config: Config, isFailing: boolean, { limits }: Routing): readonly TakeoverCause[] {
  const areBreakersClosed = !isFailing || breakerSettings(config) === undefined;
  return config.takeover === undefined
    ? []
    : takeoverCauses(config.takeover, { areBreakersClosed, budgets: limits?.usedBudgets() ?? [] }, []);
}

export interface Explained {
  readonly rollout: RolloutExplained | undefined; // undefined: nothing is rolled out
  readonly takeover: TakeoverExplained | undefined; // undefined: none ever takes over
}

/** Empty where no policy was asked. */
export function standingExplained(
  config: Config,
  { stage = 1, isFailing }: { readonly stage: number | undefined; readonly isFailing: boolean },
  routing: Routing,
): (routed: Routed) => Explained {
  const { arms, takeover } = routing;
  const plan = config.rollout;
  return ({ decision, measured }) => ({
    rollout: arms &&
      plan && {
        candidate: arms.candidate.id,
        by: arms.by,
        stage,
        shares: plan.settings.stages.map(({ share }) => share),
        candidateFrom: measured?.unit === undefined ? undefined : measured.unit / 2 ** 32,
        arm: takeover?.stands() === true ? undefined : (decision.arm ?? "stable"),
        other: decision.shadow,
      },
    takeover: takeover &&
      config.takeover && {
        policy: takeover.link.id,
        causes: causesIn(config, isFailing, routing),
        breaker: config.takeover.breaker && breakerSettings(config) !== undefined,
        budget: config.takeover.budget,
      },
  });
}
