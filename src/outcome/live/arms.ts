// Who decides beside the active policy: a rollout's arms, and a conservative policy that takes over; of one process or several.
import type { RolloutStatus } from "../rollout/status.ts";
import type { LiveRollout, LiveTakeover } from "./view.ts";

/** Of one process. */
export function liveRollout(status: RolloutStatus | undefined): LiveRollout | null {
  if (status === undefined) return null;
  const { rollout, candidate, stable, status: is, stage, stages, share, requests, units } = status;
  return { rollout, candidate, stable, status: is, stage, stages: stages.length, share, requests, units, alike: true };
}

/** Each process judges its own traffic, so that their stages may differ. */
export function addRollouts(all: readonly (LiveRollout | null)[]): LiveRollout | null {
  const there = all.filter((each) => each !== null);
  const [first] = there;
  if (first === undefined) return null;
  const sum = (of: "requests" | "units") => ({
    stable: there.reduce((total, each) => total + each[of].stable, 0),
    candidate: there.reduce((total, each) => total + each[of].candidate, 0),
  });
  const alike = there.every(({ status, stage, share }) => status === first.status && stage === first.stage && share === first.share);
  return { ...first, requests: sum("requests"), units: sum("units"), alike };
}

/** Where it decides in one process it is told, with the causes of all. */
export function worstTakeover(all: readonly (LiveTakeover | null)[]): LiveTakeover | null {
  const there = all.filter((each) => each !== null);
  const [first] = there;
  return first === undefined ? null : { ...first, causes: [...new Set(there.flatMap(({ causes }) => causes))] };
}
