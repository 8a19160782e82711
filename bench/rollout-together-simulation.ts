// Rollouts made of chance alone that several replicas judge together, each of which hears of the others late: through the same counting,
// merging and verdicts as real ones. Beside it the ways not taken, which show what the way taken is worth.
import { ARMS, armOf } from "../src/request/rollout/assignment.ts";
import { harmIsFound } from "../src/request/rollout/finding.ts";
import type { RolloutSettings } from "../src/request/rollout/settings.ts";
import { addUnit, emptyTally, isFirst, merged, metUnits, type Tally } from "../src/request/rollout/tally.ts";
import type { Harm, Sessions } from "./rollout-simulation.ts";

export interface Together {
  readonly replicas: number;
  readonly every: number; // requests of all of them, between two times that one tells
  /**
   * - `sum`: what the store has is judged, behind each telling
   * - `own-view`: each judges its own of now and the others' of when they told, at each event
   * - `leaning`: as `sum`, but a harm of the candidate is told at once
   */
  readonly judged: "sum" | "own-view" | "leaning";
}

interface Given {
  readonly settings: RolloutSettings; // of one stage
  readonly random: () => number;
  readonly together: Together;
}

/** Harms come by chance, each to any replica. The requests of both arms until harm is found; undefined: not within `requests`. */
export function togetherUntilHarm(harms: readonly Harm[], requests: number, { settings, random, together }: Given): number | undefined {
  const share = settings.stages[0]?.share ?? 0;
  const replicas = replicasOf(settings, random, together);
  let rate = 0; // of all harmful events
  const kinds = harms.flatMap((harm, guard) =>
    ARMS.map((arm) => {
      rate += (arm === "candidate" ? share : 1 - share) * harm[arm];
      return { arm, guard, below: rate };
    }),
  );
  for (let request = 0; ; ) {
    request += 1 + Math.floor(Math.log1p(-random()) / Math.log1p(-rate));
    if (replicas.tellUntil(Math.min(request, requests))) return request;
    if (request > requests) return undefined;
    const drawn = random() * rate;
    const kind = kinds.find(({ below }) => drawn < below);
    if (kind === undefined) continue;
    const { arm, guard } = kind;
    const by = Math.floor(random() * together.replicas);
    if (replicas.harmed(by, { arm, guard, unit: request })) return request;
  }
}

/** Requests of a session fall to any replica. `claimed`: a session that fails counts once for all of them; else once for each. */
export function sessionsBringRollbackOfAll(
  sessions: Sessions,
  count: number,
  { settings, random, together }: Given,
  isClaimed: boolean,
): boolean {
  const share = settings.stages[0]?.share ?? 0;
  const replicas = replicasOf(settings, random, together);
  const known = Array.from({ length: isClaimed ? 1 : together.replicas }, () => metUnits(settings));
  for (let session = 0; session < count; session++) {
    if (random() >= sessions.failing) continue;
    const unit = Math.floor(random() * 2 ** 32);
    const arm = armOf(unit, share);
    for (let request = 0; request < sessions.requests; request++) {
      if (random() >= sessions.failed) continue;
      const by = Math.floor(random() * together.replicas);
      const met = known[isClaimed ? 0 : by];
      const seen = { what: "harm", guard: 0, arm, unit, decidedAtMs: 0 } as const;
      if (met !== undefined && isFirst(met, seen) && replicas.harmed(by, seen)) return true;
    }
    if (replicas.tellUntil(session * sessions.requests)) return true;
  }
  return false;
}

function replicasOf(settings: RolloutSettings, random: () => number, { replicas, every, judged }: Together) {
  const empty = () => emptyTally(settings, 0, 0);
  const own = Array.from({ length: replicas }, empty);
  const told: Tally[] = own.map(empty);
  const due = own.map(() => every * random());
  const share = settings.stages[0]?.share ?? 0;
  const isHarm = (parts: readonly Tally[]) => {
    const sum = merged(empty(), parts);
    return settings.guards.some((_, guard) => harmIsFound(sum, guard, share, settings));
  };
  const tells = (by: number): boolean => {
    told[by] = structuredClone(own[by] ?? empty());
    return judged !== "own-view" && isHarm(told);
  };
  return {
    /** Each tells when its time has come. */
    tellUntil(request: number): boolean {
      for (const [by, at] of due.entries()) {
        if (at > request) continue;
        due[by] = at + every * Math.ceil((request - at + 1) / every);
        if (tells(by)) return true;
      }
      return false;
    },
    harmed(
      by: number,
      { arm, guard, unit }: { readonly arm: "stable" | "candidate"; readonly guard: number; readonly unit: number },
    ): boolean {
      addUnit(own[by] ?? empty(), { what: "harm", arm, guard, unit, decidedAtMs: 0 }, settings);
      if (arm === "stable") return false;
      if (judged === "leaning") return tells(by);
      return judged === "own-view" && isHarm(told.map((tally, at) => (at === by ? (own[by] ?? tally) : tally)));
    },
  };
}
