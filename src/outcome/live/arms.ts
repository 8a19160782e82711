// Who decides beside the active policy: a rollout's arms, and a conservative policy that takes over; of one process or several.
import type { RolloutStatus } from "../rollout/status.ts";
import type { LiveRollout, LiveTakeover } from "./view.ts";

/** Of one process. */
export function liveRollout(status: RolloutStatus | undefined): LiveRollout | null {
  if (status === undefined) return null;
  const { rollout, candidate, stable, status: is, stage, stages, share, judged, requests, units } = status;
  return { rollout, candidate, stable, status: is, stage, stages: stages.length, share, judged, requests, units, alike: true };
}

/**
 * Processes that judge their own traffic alone may be in different stages, and have counted different requests. Those that judge together
 * know the sums of all: the one that has heard most tells them.
 */
export function addRollouts(all: readonly (LiveRollout | null)[]): LiveRollout | null {
  const there = all.filter((each) => each !== null);
  const [first] = there;
  if (first === undefined) return null;
  const isAlone = there.every(({ judged }) => judged === "alone");
  const counted = (of: "requests" | "units", arm: "stable" | "candidate") => {
    const counts = there.map((each) => each[of][arm]);
    return isAlone ? counts.reduce((sum, count) => sum + count, 0) : Math.max(...counts);
  };
  const ofArms = (of: "requests" | "units") => ({ stable: counted(of, "stable"), candidate: counted(of, "candidate") });
  const alike = there.every(({ status, stage, share }) => status === first.status && stage === first.stage && share === first.share);
  return { ...first, requests: ofArms("requests"), units: ofArms("units"), alike };
}

/** Where it decides in one process it is told, with the causes of all. */
export function worstTakeover(all: readonly (LiveTakeover | null)[]): LiveTakeover | null {
  const there = all.filter((each) => each !== null);
  const [first] = there;
  return first === undefined ? null : { ...first, causes: [...new Set(there.flatMap(({ causes }) => causes))] };
}
