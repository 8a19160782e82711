// The breaker of one tier, or of one provider: closed while enough of its requests succeed; open when they do not; half-open, after a
// while, when a few requests are let through to see. Counts and the clock's time come from outside, and nothing else moves it.
import { type OutcomeWindow, outcomeWindow } from "./outcome-window.ts";
import { type ProbeDraw, probeDraw } from "./probe-draw.ts";

export type CircuitState = "closed" | "open" | "half-open";

/** The defaults stand in config/capabilities/breaker.ts. */
export interface CircuitSettings {
  readonly windowMs: number; // that is looked at
  readonly least: number; // outcomes in it, before anything is concluded
  readonly failedShare: number; // of them, 0 to 1, from which it opens
  readonly opensForMs: number; // before it is tried; twice as long each time that it opens again
  readonly opensAtMostMs: number;
  readonly probeOneIn: number; // of the requests meant for it, while it is tried
  readonly closesAfter: number; // probes that succeed, with none that fails between them
}

export interface Circuit {
  /** Time alone makes it half-open. */
  stateAt(nowMs: number): CircuitState;
  /** A request has ended that was decided at `decidedMs`. What was decided before the state last changed says nothing of it now. */
  ended(isFailed: boolean, decidedMs: number, nowMs: number): void;
  /** While it is half-open: whether the next request that is meant for it is let through. */
  drawsProbe(): boolean;
  /** Whether its window, of this many outcomes or more, says that it fails, or it has not closed again since. Undefined: too few. */
  failsAt(nowMs: number, least: number): boolean | undefined;
}

export interface CircuitDeps {
  readonly random: () => number; // 0 to under 1
  readonly onChange: (to: CircuitState, nowMs: number) => void;
  readonly mayOpen?: (nowMs: number) => boolean; // asked where the counts say that it should
}

/**
 * The whole window answers late where there are many requests: it takes half of it full of failures. So its last fifteenth (2 s of 30)
 * counts by itself where it has five times as many outcomes: of 100 a fifth fails by chance, where half of them did, once in 10^11.
 */
const SHORT_SLICES = 2;
const SHORT_LEAST = 5;
/** Opening again so soon after it closed is one trouble, not two. */
const SAME_TROUBLE = 2; // of the longest time it is open

export function circuit(settings: CircuitSettings, { random, onChange, mayOpen = () => true }: CircuitDeps): Circuit {
  const { windowMs, opensForMs, opensAtMostMs, probeOneIn, closesAfter } = settings;
  const window: OutcomeWindow = outcomeWindow(windowMs);
  const probes: ProbeDraw = probeDraw(probeOneIn, random);
  let state: CircuitState = "closed";
  let sinceMs = Number.NEGATIVE_INFINITY;
  let openMs = 0; // how long it is open this time; 0: it never was
  let goodProbes = 0;

  const become = (to: CircuitState, nowMs: number): void => {
    state = to;
    sinceMs = nowMs;
    goodProbes = 0;
    if (to === "half-open") probes.restart();
    if (to !== "half-open") window.clear();
    onChange(to, nowMs);
  };

  const open = (nowMs: number): void => {
    const isSame = state !== "closed" || nowMs - sinceMs < SAME_TROUBLE * opensAtMostMs;
    openMs = openMs === 0 || !isSame ? opensForMs : Math.min(openMs * 2, opensAtMostMs);
    become("open", nowMs);
  };

  const stateAt = (nowMs: number): CircuitState => {
    if (state === "open" && nowMs - sinceMs >= openMs) become("half-open", nowMs);
    return state;
  };

  return {
    stateAt,
    ended(isFailed, decidedMs, nowMs) {
      const now = stateAt(nowMs);
      if (decidedMs < sinceMs) return;
      window.count(isFailed, nowMs);
      if (now === "closed") {
        if (isFailed && isTooMuch(window, settings, nowMs) && mayOpen(nowMs)) open(nowMs);
      } else if (now === "half-open") {
        if (isFailed) open(nowMs);
        else if (++goodProbes >= closesAfter) become("closed", nowMs);
      }
    },
    drawsProbe: () => probes.isDrawn(),
    failsAt(nowMs, least) {
      if (stateAt(nowMs) !== "closed") return true;
      const { outcomes, failed } = window.whole(nowMs);
      return outcomes < least ? undefined : failed >= outcomes * settings.failedShare;
    },
  };
}

function isTooMuch(window: OutcomeWindow, { least, failedShare }: CircuitSettings, nowMs: number): boolean {
  const whole = window.whole(nowMs);
  if (whole.outcomes >= least && whole.failed >= whole.outcomes * failedShare) return true;
  if (whole.outcomes < least * SHORT_LEAST) return false;
  const short = window.last(SHORT_SLICES, nowMs);
  return short.outcomes >= least * SHORT_LEAST && short.failed >= short.outcomes * failedShare;
}
