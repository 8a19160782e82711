// A rollout on the way of a request: both policies are asked, the unit's arm says whose word counts, and what the other would have done is
// noted. Pure, but for the stage, which is looked up once a request.
import type { Link, PolicyRequest, Verdict } from "../policy/policy.ts";
import { namedSessionOf } from "../policy/session.ts";
import { type Arm, armOf, unitHash } from "../rollout/assignment.ts";
import type { RolloutSettings } from "../rollout/settings.ts";

export interface Arms {
  readonly candidate: Link;
  readonly by: RolloutSettings["by"];
  readonly userHeader: string | undefined; // names who asks, in lower case; undefined: the body does
  readonly salt: number;
  readonly stands: () => Standing;
}

/** How a rollout stands. Once it is over, one policy alone is asked, and nothing of this is told. */
export interface Standing {
  readonly share: number; // of the units, that get the candidate
  readonly isOver: boolean;
}

/** What two policies said of a request. */
export interface Picked {
  readonly policyId: string; // whose word counts
  readonly verdict: Verdict | undefined;
  readonly split: Split | undefined; // undefined: one policy alone was asked
}

export interface Split {
  readonly arm: Arm;
  readonly unit: number; // its hash
  readonly otherId: string;
  readonly other: Verdict | undefined;
}

/** A request that nothing is known of, not even its id, is the stable policy's: nobody could tell what became of it. */
export function pickedBy({ candidate, by, userHeader, salt, stands }: Arms, stable: Link, request: PolicyRequest): Picked {
  const { share, isOver } = stands();
  const unit = isOver ? undefined : unitOf(request, by, userHeader);
  if (unit === undefined) {
    const { id, policy } = isOver && share > 0 ? candidate : stable;
    return { policyId: id, verdict: policy.decide(request), split: undefined };
  }
  const hash = unitHash(unit, salt);
  const arm = armOf(hash, share);
  const ofStable = stable.policy.decide(request);
  const ofCandidate = candidate.policy.decide(request);
  return arm === "candidate"
    ? { policyId: candidate.id, verdict: ofCandidate, split: { arm, unit: hash, otherId: stable.id, other: ofStable } }
    : { policyId: stable.id, verdict: ofStable, split: { arm, unit: hash, otherId: candidate.id, other: ofCandidate } };
}

/** What it is split by; where the request does not say, the next smaller thing that it does. */
function unitOf(request: PolicyRequest, by: Arms["by"], userHeader: string | undefined): string | undefined {
  const id = request.requestId || undefined;
  switch (by) {
    case "request":
      return id;
    case "user":
      return (userHeader === undefined ? request.facts.user : request.header(userHeader)) || id;
    case "session":
      return namedSessionOf(request)?.id ?? request.facts.user ?? id;
    default:
      return by satisfies never;
  }
}
