// A rollout as a state machine: shadow, then growing shares, then all. The state is plain data, so that it survives restarts and can be
// kept where all replicas see it; the clock is the caller's. In order: rolloutState once; armOf(unitHash(unit, salt), shareOf(state)) for
// each request; saw for what became of it; verdictOf where seesHarm, and every second; afterVerdict with it.
import { type Finding, findings, harmIsFound } from "./finding.ts";
import { type Split, splitEvidence, splitOf } from "./sample-ratio.ts";
import { isCompared, type RolloutSettings } from "./settings.ts";
import { emptyTally, settle, type Tally } from "./tally.ts";

export interface RolloutState {
  readonly rollout: string; // its name
  readonly status: Status;
  readonly tally: Tally; // of the stage it is in, or was in at its end
  readonly past: readonly PastStage[];
}

/** `held`: by a person, or for harm where that is all it shall do. It stays at its share, and is guarded. */
export type Status = "running" | "held" | "rolled-back" | "complete";

export interface PastStage {
  readonly stage: number;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly because: Because;
  readonly tally: Tally;
}

export type Action = "rollback" | "hold" | "promote" | "stay";

export const BECAUSE = {
  harm: "a guard has found harm",
  split: "the split is not the one asked for: an arm loses requests, so no comparison means anything",
  time: "the stage's least time is not over",
  open: "harm beyond the margin is not excluded yet",
  excluded: "harm beyond every margin is excluded, and the stage's least time is over",
  shadow: "the shadow's time is over",
  "last-stage": "this is the last stage",
  held: "it is held",
  ended: "it has ended",
  asked: "it was asked for",
} as const;
export type Because = keyof typeof BECAUSE;

export interface Verdict {
  readonly action: Action;
  readonly because: Because;
  readonly findings: readonly Finding[]; // none in shadow and after the end
  readonly split: { readonly is: Split; readonly evidence: number }; // natural logarithm
  readonly earliestMs: number; // of the next stage
  readonly moreRequests: number | undefined; // of the candidate, until every guard excludes harm, as things are; undefined: one would not
}

/** Of a rollout that begins. */
export function rolloutState(settings: RolloutSettings, nowMs: number): RolloutState {
  return entered(settings, 0, nowMs, []);
}

/** Of the units, that get the candidate now. */
export function shareOf({ status, tally }: RolloutState, { stages }: RolloutSettings): number {
  return status === "rolled-back" ? 0 : (stages[tally.stage]?.share ?? 0);
}

/** Lets units settle in `state.tally`, and changes nothing else. With replicas, `state.tally` is their sum (`merged`). */
export function verdictOf({ status, tally }: RolloutState, settings: RolloutSettings, nowMs: number): Verdict {
  const stage = settings.stages[tally.stage];
  if (stage === undefined) throw new Error(`invariant: stage ${tally.stage} is one of the settings`);
  const earliestMs = tally.sinceMs + stage.atLeastMs;
  const none = { findings: [], split: { is: "fine", evidence: 0 }, earliestMs, moreRequests: 0 } as const;
  if (status === "rolled-back" || status === "complete") return { action: "stay", because: "ended", ...none };
  settle(tally, nowMs, settings);
  const isLast = tally.stage === settings.stages.length - 1;
  if (!isCompared(stage)) {
    const because = status === "held" ? "held" : isLast ? "last-stage" : nowMs < earliestMs ? "time" : "shadow";
    return { action: because === "shadow" ? "promote" : "stay", because, ...none };
  }
  const { candidate, stable } = tally.units;
  const split = { is: splitOf(candidate, stable, stage.share), evidence: splitEvidence(candidate, stable, stage.share) };
  const found = findings(tally, stage.share, settings);
  const told = { findings: found, split, earliestMs, moreRequests: moreRequests(found) };
  if (split.is === "broken") return { action: status === "held" ? "stay" : "hold", because: "split", ...told };
  if (found.some(({ is }) => is === "harmful")) return { action: onHarm(status, settings), because: "harm", ...told };
  if (status === "held") return { action: "stay", because: "held", ...told };
  if (isLast) return { action: "stay", because: "last-stage", ...told };
  if (nowMs < earliestMs) return { action: "stay", because: "time", ...told };
  if (found.some(({ is }) => is === "open")) return { action: "stay", because: "open", ...told };
  return { action: "promote", because: "excluded", ...told };
}

function onHarm(status: Status, settings: RolloutSettings): Action {
  if (settings.onHarm === "rollback") return "rollback";
  return status === "held" ? "stay" : "hold";
}

/** Of the slowest guard. */
function moreRequests(found: readonly Finding[]): number | undefined {
  let most = 0;
  for (const { moreRequests: more } of found) {
    if (more === undefined) return undefined;
    most = Math.max(most, more);
  }
  return most;
}

/** Whether the guard at this place of the settings finds harm: for each event of the candidate, as a whole verdict takes far longer. */
export function seesHarm({ status, tally }: RolloutState, guard: number, settings: RolloutSettings): boolean {
  const stage = settings.stages[tally.stage];
  if (stage === undefined || !isCompared(stage) || status === "rolled-back") return false;
  return harmIsFound(tally, guard, stage.share, settings);
}

/** What the verdict makes of the state; the same object where nothing changes. A person's word is `{ action, because: "asked" }`. */
export function afterVerdict(
  state: RolloutState,
  { action, because }: Pick<Verdict, "action" | "because">,
  settings: RolloutSettings,
  nowMs: number,
): RolloutState {
  switch (action) {
    case "stay":
      return state;
    case "hold":
      return { ...state, status: "held" };
    case "rollback":
      return { ...state, status: "rolled-back", past: [...state.past, ended(state, because, nowMs)] };
    case "promote":
      return promoted(state, because, settings, nowMs);
    default:
      return action satisfies never;
  }
}

/** From the last stage there is nowhere to go. */
function promoted(state: RolloutState, because: Because, settings: RolloutSettings, nowMs: number): RolloutState {
  const next = state.tally.stage + 1;
  if (state.status === "rolled-back" || next >= settings.stages.length) return state;
  return entered(settings, next, nowMs, [...state.past, ended(state, because, nowMs)]);
}

/** Goes on where it was held, with what it has counted: looking again costs nothing. */
export function resumed(state: RolloutState): RolloutState {
  return state.status === "held" ? { ...state, status: "running" } : state;
}

/** The same stage from its beginning, once a broken split has been mended. A new chance of a false alarm, too. */
export function begunAnew(state: RolloutState, because: Because, settings: RolloutSettings, nowMs: number): RolloutState {
  return entered(settings, state.tally.stage, nowMs, [...state.past, ended(state, because, nowMs)]);
}

function entered(settings: RolloutSettings, stage: number, nowMs: number, past: readonly PastStage[]): RolloutState {
  const all = settings.stages[stage]?.share === 1;
  return { rollout: settings.name, status: all ? "complete" : "running", tally: emptyTally(settings, stage, nowMs), past };
}

function ended({ tally }: RolloutState, because: Because, nowMs: number): PastStage {
  return { stage: tally.stage, sinceMs: tally.sinceMs, untilMs: nowMs, because, tally };
}
