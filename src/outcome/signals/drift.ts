// Whether the traffic is still what the policy was made for: the scores against training and against the week before, the share of the
// stronger tiers, answers that fail, and low ratings. Says when to learn anew, and why.
import type { Decision } from "../../request/routing/decision.ts";
import { isNotChat } from "../../request/routing/reasons.ts";
import type { Outcome } from "../join/outcome.ts";
import { Adwin, type MeanChange } from "./adwin.ts";
import { PSI_ACT, type ScoreDrift, ScoreHistory, type ScoreWeeks, scoreDrifts, type TrainedScores } from "./score-weeks.ts";

/** What is watched for a change of its mean. */
export const WATCHED = ["strong-share", "failed-answers", "low-ratings"] as const;
export type Watched = (typeof WATCHED)[number];

export interface DriftChange extends MeanChange {
  readonly of: Watched;
  readonly ageSeconds: number;
}

/** Of one process, before it is drawn up. */
export interface DriftFigures {
  readonly scores: readonly ScoreWeeks[];
  readonly changes: readonly DriftChange[]; // the last of each, newest first
}

export const RETRAIN_REASONS = ["scores", "strong-share", "low-ratings"] as const;

export interface Retrain {
  readonly reason: (typeof RETRAIN_REASONS)[number];
  readonly because: string; // a sentence
}

export interface DriftView {
  readonly scores: readonly ScoreDrift[];
  readonly changes: readonly DriftChange[];
  readonly retrain: readonly Retrain[]; // none: nothing asks for it
}

export interface Drift {
  /** On the request path. */
  decided(decision: Decision): void;
  outcome(outcome: Outcome): void;
  rated(isLow: boolean): void;
  figures(): DriftFigures;
}

export interface DriftSettings {
  readonly cheapest: () => string | undefined; // the first tier
  readonly policyId: () => string; // of the configuration in force
  readonly trained: () => ReadonlyMap<string, TrainedScores>; // by policy
  readonly now: () => number; // milliseconds since the epoch
  readonly onChange: (of: Watched, change: MeanChange) => void;
}

const DELTA = 0.002;
const BLOCK = 128; // requests are many, ratings few
/** Changes are told for a week. */
const KEPT_MS = 7 * 86_400_000;
/** A change of the strong share that money or quality would feel; smaller ones are told, no more. */
const LARGE_CHANGE = 0.1;

export function createDrift({ cheapest, policyId, trained, now, onChange }: DriftSettings): Drift {
  const history = new ScoreHistory(now);
  const watches = {
    "strong-share": new Adwin({ delta: DELTA, block: BLOCK }),
    "failed-answers": new Adwin({ delta: DELTA, block: BLOCK }),
    "low-ratings": new Adwin({ delta: DELTA, block: 1 }),
  };
  const changes = new Map<Watched, MeanChange & { readonly atMs: number }>();
  let policyOfShare: string | undefined;

  const watch = (of: Watched, value: boolean): void => {
    const change = watches[of].add(value ? 1 : 0);
    if (change === undefined) return;
    changes.set(of, { ...change, atMs: now() });
    onChange(of, change);
  };

  return {
    decided({ policy, tier, reason, score, linkScore = score, arm }) {
      if (isNotChat(reason)) return;
      const inForce = policyId();
      if (inForce !== policyOfShare) {
        watches["strong-share"].forget(); // another policy, another share: no drift
        policyOfShare = inForce;
      }
      if (arm !== "candidate") watch("strong-share", tier !== cheapest());
      // Probabilities and the like; characters and other units of a policy's own are told by the strong share.
      if (linkScore !== undefined && linkScore >= 0 && linkScore <= 1) history.add(policy, linkScore);
    },
    outcome({ kind, isChat, served, failure }) {
      if (kind !== "joined" || !isChat || served === undefined) return;
      watch("failed-answers", served.status === 0 || served.status >= 500 || failure !== undefined);
    },
    rated: (isLow) => watch("low-ratings", isLow),
    figures() {
      const kept = [...changes].filter(([, { atMs }]) => now() - atMs < KEPT_MS);
      return {
        scores: history.weeks(trained()),
        changes: kept.map(([of, { atMs, ...change }]) => ({ of, ...change, ageSeconds: (now() - atMs) / 1000 })).sort(byAge),
      };
    },
  };
}

function byAge(a: DriftChange, b: DriftChange): number {
  return a.ageSeconds - b.ageSeconds;
}

/** Of one process or of several. `policy`: the one in force; others' scores ask for nothing. */
export function driftView(all: readonly DriftFigures[], policy: string): DriftView {
  const scores = scoreDrifts(all.flatMap((figures) => figures.scores)).filter((drift) => belongsTo(drift.policy, policy));
  const newest = new Map<Watched, DriftChange>();
  for (const change of all.flatMap((figures) => figures.changes).sort(byAge)) if (!newest.has(change.of)) newest.set(change.of, change);
  const changes = [...newest.values()];
  return { scores, changes, retrain: [...byScores(scores), ...changes.flatMap(byChange)] };
}

/** The links of a chain have its name in front of theirs. */
function belongsTo(policy: string, inForce: string): boolean {
  return policy === inForce || policy.startsWith(`${inForce}/`);
}

function byScores(scores: readonly ScoreDrift[]): readonly Retrain[] {
  const worst = scores.filter(({ psi }) => (psi ?? 0) >= PSI_ACT).sort((a, b) => (b.psi ?? 0) - (a.psi ?? 0))[0];
  if (worst === undefined) return [];
  const than = worst.against === "training" ? "in training" : "in the week before";
  return [{ reason: "scores", because: `the scores lie elsewhere than ${than}: PSI ${worst.psi?.toFixed(2)}, ${PSI_ACT} is time to act` }];
}

function byChange({ of, from, to }: DriftChange): readonly Retrain[] {
  const moved = `from ${percent(from)} to ${percent(to)}`;
  switch (of) {
    case "strong-share":
      if (Math.abs(to - from) < LARGE_CHANGE) return [];
      return [{ reason: of, because: `the same policy sends another share to the stronger tiers: ${moved}` }];
    case "low-ratings":
      return to > from ? [{ reason: of, because: `more answers are rated 1 or 2: ${moved}` }] : [];
    case "failed-answers":
      return []; // the servers' trouble, not the policy's
    default:
      return of satisfies never;
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
