// The rollout under way: outcomes go in, verdicts are reached with each harm of the candidate and every second, and its stage changes
// without a restart. Each process judges its own traffic, or all replicas theirs together.
import type { RolloutPlan } from "../../request/rollout/plan.ts";
import {
  afterVerdict,
  begunAnew,
  type RolloutState,
  resumed,
  rolloutState,
  seesHarm,
  shareOf,
  type Verdict,
  verdictOf,
} from "../../request/rollout/stages.ts";
import { addRequest, addUnit, emptyTally, type MetUnits, metUnits, type Seen, saw } from "../../request/rollout/tally.ts";
import type { SharedTally } from "../../state/shared-tally.ts";
import type { Outcome } from "../join/outcome.ts";
import { type CurveWriter, createCurve } from "./curve.ts";
import { type Assigned, assignedIn, eventsOf, type LaterWord, wordEvents } from "./events.ts";
import { type Change, type ChangeAction, carriedOn, type KeptRollout } from "./kept-rollout.ts";
import { recentUnits } from "./recent-units.ts";
import { type LocalRollout, type SharedNews, SharedRollout } from "./shared-rollout.ts";
import { type Judged, type RolloutStatus, statusOf } from "./status.ts";

export interface RolloutDeps {
  readonly now: () => number; // milliseconds since the epoch
  readonly isHeard: () => boolean; // Envoy's access log reaches this process
  readonly onChange: (change: Change, rollout: KeptRollout) => void;
  readonly store?: SharedTally; // of this rollout, by which replicas judge it together
  readonly onNews?: (what: SharedNews, rollout: KeptRollout) => void; // of it
}

/** What a configuration says of it. */
export interface PlannedRollout {
  readonly plan: RolloutPlan;
  readonly candidate: string; // name and version, as is the next
  readonly stable: string;
}

export type ActionResult = { readonly kind: "done" } | { readonly kind: "refused"; readonly why: string };

export interface Rollout {
  /** On the request path. */
  readonly standing: { readonly share: number; readonly isOver: boolean };
  /** On the request path: what may be needed of a request later. */
  decided(requestId: string | undefined, assigned: Assigned): void;
  outcome(outcome: Outcome): void;
  word(requestId: string, word: LaterWord): void;
  /** Reaches a verdict, and does what it says. */
  judge(): void;
  act(action: ChangeAction): ActionResult;
  status(): RolloutStatus;
  kept(): KeptRollout;
  /** Another takes its place, or none. */
  close(): Promise<void>;
}

/** `before`: what was under way; `bad`: its file cannot be read, so nothing is known, and it is held. */
export function createRollout(
  { plan, candidate, stable }: PlannedRollout,
  before: KeptRollout | "bad" | undefined,
  deps: RolloutDeps,
): Rollout {
  const { settings, watched } = plan;
  const { now, isHeard, onChange } = deps;
  const remembers = watched.some(({ what }) => what === "signals" || what === "lowRatings");
  const units = recentUnits();
  const curve: CurveWriter = createCurve();
  const carried = carriedOn({ candidate, stable, settings }, before === "bad" ? undefined : before, now());
  let { changed } = carried;
  let state: RolloutState = before === "bad" ? { ...carried.state, status: "held" } : carried.state;
  let met: MetUnits = metUnits(settings);
  let standing = standingOf();
  let shared: SharedRollout | undefined;
  if (before === "bad") changed = { atMs: now(), action: "hold", because: "file", guards: [] };

  function standingOf() {
    return { share: shareOf(state, settings), isOver: state.status === "rolled-back" || state.status === "complete" };
  }

  function becomes(next: RolloutState, change: Omit<Change, "atMs">): void {
    if (next.tally !== state.tally) {
      met = metUnits(settings);
      curve.restart();
    }
    state = next;
    standing = standingOf();
    changed = { atMs: now(), ...change };
    shared?.changed(changed);
    onChange(changed, kept());
  }

  function judge(): void {
    const verdict = verdictOf(state, settings, now());
    curve.add((now() - state.tally.sinceMs) / 1000, verdict.findings);
    const { action, because } = verdict;
    if (action === "stay") return;
    const next = afterVerdict(state, verdict, settings, now());
    if (next !== state) becomes(next, { action, because, guards: because === "harm" ? harmful(verdict) : [] });
  }

  function judgeIfHarmed(seen: Seen): void {
    if (mayProve(seen) && seesHarm(state, seen.guard, settings)) judge();
  }

  function see(seen: Seen): void {
    if (shared !== undefined) return shared.saw(seen);
    saw(state.tally, met, seen, settings);
    judgeIfHarmed(seen);
  }

  const kept = (): KeptRollout => ({ candidate, stable, settings, state, changed, shared: shared?.part ?? carried.shared });
  const local: LocalRollout = {
    kept,
    sums(tally) {
      state = { ...state, tally };
      if (settings.guards.some((_, at) => seesHarm(state, at, settings))) judge();
    },
    add(seen, { isUnit }) {
      if (!isUnit) return addRequest(state.tally, seen);
      addUnit(state.tally, seen, settings);
      judgeIfHarmed(seen);
    },
    adopt(agreed) {
      const before = state;
      const { stage, sinceMs } = agreed.state.tally;
      const isSameStage = before.tally.stage === stage && before.tally.sinceMs === sinceMs;
      if (!isSameStage) curve.restart();
      state = { ...agreed.state, tally: isSameStage ? before.tally : emptyTally(settings, stage, sinceMs) };
      standing = standingOf();
      changed = agreed.changed;
      if (changed !== undefined && (before.status !== state.status || before.tally.stage !== stage)) onChange(changed, kept());
    },
    insist({ action, because, guards }) {
      if (action !== "rollback" && action !== "hold") return;
      const next = afterVerdict(state, { action, because: because === "file" ? "asked" : because }, settings, now());
      becomes(next, { action, because, guards });
    },
    told: (what) => deps.onNews?.(what, kept()),
  };
  if (deps.store !== undefined) shared = new SharedRollout({ store: deps.store, settings, now }, local);

  return {
    get standing() {
      return standing;
    },
    decided(requestId, assigned) {
      if (remembers && requestId !== undefined) units.set(requestId, assigned);
    },
    outcome(outcome) {
      const assigned = assignedIn(outcome);
      if (assigned === undefined || state.status === "rolled-back") return;
      for (const seen of eventsOf(outcome, assigned, watched, isHeard())) see(seen);
    },
    word(requestId, word) {
      const assigned = units.get(requestId);
      if (assigned === undefined || state.status === "rolled-back") return;
      for (const seen of wordEvents(word, assigned, watched)) see(seen);
    },
    judge,
    act(action) {
      const next = afterWord(action, state, changed, { settings, nowMs: now() });
      if (typeof next === "string") return { kind: "refused", why: next };
      becomes(next, { action, because: "asked", guards: [] });
      return { kind: "done" };
    },
    status: () => statusOf(kept(), verdictOf(state, settings, now()), { curve: curve.curve(), judged: judgedBy(shared) }),
    kept,
    close: async () => shared?.close(),
  };
}

/** A harm of the candidate, or an amount of anybody, may be the one that proves it. */
function mayProve(seen: Seen): seen is Exclude<Seen, { readonly what: "request" }> {
  return seen.what === "amount" || (seen.what === "harm" && seen.arm === "candidate");
}

function judgedBy(shared: SharedRollout | undefined): Judged {
  if (shared === undefined) return "alone";
  return shared.isTogether ? "together" : "store-away";
}

function harmful({ findings }: Verdict): readonly string[] {
  return findings.filter(({ is }) => is === "harmful").map(({ guard }) => guard);
}

interface WordContext {
  readonly settings: RolloutPlan["settings"];
  readonly nowMs: number;
}

/** A person's word; text: why it cannot be done. */
function afterWord(
  action: ChangeAction,
  state: RolloutState,
  changed: Change | undefined,
  { settings, nowMs }: WordContext,
): RolloutState | string {
  const { status } = state;
  const asked = (what: "hold" | "rollback" | "promote") => afterVerdict(state, { action: what, because: "asked" }, settings, nowMs);
  switch (action) {
    case "start":
      if (status === "running") return "it is running";
      if (status === "complete") return "it is complete: the candidate has all requests; make it the active policy";
      if (status === "rolled-back") return { ...rolloutState(settings, nowMs), past: state.past };
      // What was found stands in the tally, and would be found again.
      return changed?.because === "split" || changed?.because === "harm" ? begunAnew(state, "asked", settings, nowMs) : resumed(state);
    case "hold":
      return status === "running" ? asked("hold") : `it is ${status}`;
    case "promote": {
      const next = asked("promote");
      if (next !== state) return next;
      return status === "rolled-back" ? "it was rolled back: `start` begins anew" : "this is its last stage";
    }
    case "rollback":
      return status === "rolled-back" ? "it was rolled back before" : asked("rollback");
    default:
      return action satisfies never;
  }
}
