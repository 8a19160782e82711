// How long requests wait for a tier's first byte, by tier and size of prompt, and which tiers are left for it: where the P95 is surely over
// the tier's level, until some of the few requests that still go there have come back in time. It outlives a reload.
import type { TierName } from "../../policy/policy.ts";
import { type ProbeDraw, probeDraw } from "./probe-draw.ts";
import { type TimeSketch, timeSketch } from "./time-sketch.ts";

/** What tells requests apart that wait differently long: an answer that is not streamed has its first byte when it is complete. */
export interface PromptSize {
  readonly inputTokens: number;
  readonly stream: boolean;
}

/** For a first byte. */
export interface Waited {
  readonly ms: number;
  readonly isOver: boolean; // false: who waited left before it came
}

export interface LevelledTier {
  readonly name: TierName;
  readonly firstByteMs: number | undefined; // the level: of 100 requests 95 shall not wait longer; undefined: it has none
}

/** `slow`: requests of this kind go elsewhere from now on. `well`: no longer. */
export type OnLevelChange = (tier: TierName, size: string, to: "slow" | "well", p95Ms: number | undefined) => void;

export interface LatenciesDeps {
  readonly now: () => number; // milliseconds, monotonic
  readonly random: () => number; // 0 to under 1
  readonly onChange: OnLevelChange;
}

export interface TierLatency {
  readonly tier: TierName;
  readonly levelMs: number;
  readonly p95Ms: number | undefined; // predicted for a request of the size most frequent there; undefined: too little is known
  readonly slow: readonly string[]; // sizes for which it is left: `1024-2047`, in tokens
}

export interface Latencies {
  use(tiers: readonly LevelledTier[]): void;
  /** No tier is left: nothing needs to be asked. */
  readonly areWell: boolean;
  /** What is not known is within its level. */
  isSlow(tier: TierName, size: PromptSize): boolean;
  /** Whether the next request meant for a tier that is left goes there all the same. */
  drawsProbe(tier: TierName): boolean;
  /** Of a request that was decided at `decidedMs`. Who left within the level says nothing. */
  waited(tier: TierName, size: PromptSize, waited: Waited, decidedMs: number): void;
  /** Of tiers with a level. */
  tiers(): readonly TierLatency[];
}

const HALF_LIFE_MS = 2 * 60_000;
const QUANTILE = 0.95;
/** Samples, with what is left of their weight, before anything is concluded: twenty of the last seconds. */
const LEAST = 19;
/** So many standard deviations more must be late than may be: at the level itself it would be left by chance at every second look. */
const SURELY = 2;
const PROBE_ONE_IN = 100;
const RETURNS_AFTER = 5; // probes in time, with none late between them
/** Where so long no request went there, what was known is too old. */
const FORGOTTEN_AFTER_MS = 10 * 60_000;
const SIZES = 24; // by log2 of the tokens

interface Cell {
  readonly sketch: TimeSketch;
  isSlow: boolean;
  sinceMs: number; // that it is so
  lastMs: number; // sample
  inTime: number; // probes, of those in a row
}

interface KnownTier {
  readonly name: TierName;
  level: number | undefined;
  readonly cells: (Cell | undefined)[];
  readonly probes: ProbeDraw;
}

export function latencies({ now, random, onChange }: LatenciesDeps): Latencies {
  let known: ReadonlyMap<TierName, KnownTier> = new Map();
  let slow = 0;

  const become = (tier: KnownTier, at: number, cell: Cell, isSlow: boolean): void => {
    const p95Ms = cell.sketch.quantile(QUANTILE);
    cell.isSlow = isSlow;
    cell.sinceMs = now();
    cell.inTime = 0;
    slow += isSlow ? 1 : -1;
    if (!isSlow) cell.sketch.clear();
    onChange(tier.name, sizeNamed(at), isSlow ? "slow" : "well", p95Ms);
  };

  /** Another level: what was late by the old one may not be by the new. */
  const forget = (tier: KnownTier): void => {
    for (const [at, cell] of tier.cells.entries()) if (cell?.isSlow) become(tier, at, cell, false);
  };

  const cellIn = ({ cells }: KnownTier, at: number): Cell => {
    const made = cells[at] ?? newCell(now());
    cells[at] = made;
    return made;
  };

  return {
    use(tiers) {
      const next = tiers.map(({ name, firstByteMs }): [TierName, KnownTier] => {
        const tier = known.get(name) ?? { name, level: firstByteMs, cells: [], probes: probeDraw(PROBE_ONE_IN, random) };
        if (tier.level !== firstByteMs) forget(tier);
        tier.level = firstByteMs;
        return [name, tier];
      });
      known = new Map(next);
      slow = next.reduce((sum, [, { cells }]) => sum + cells.filter((cell) => cell?.isSlow).length, 0);
    },
    get areWell() {
      return slow === 0;
    },
    isSlow(name, size) {
      const at = cellOf(size);
      const tier = known.get(name);
      const cell = tier?.cells[at];
      if (tier === undefined || cell === undefined || !cell.isSlow) return false;
      if (now() - cell.lastMs < FORGOTTEN_AFTER_MS) return true;
      become(tier, at, cell, false);
      return false;
    },
    drawsProbe: (name) => known.get(name)?.probes.isDrawn() ?? false,
    waited(name, size, { ms, isOver }, decidedMs) {
      const tier = known.get(name);
      if (tier?.level === undefined || (!isOver && ms <= tier.level)) return;
      const at = cellOf(size);
      const cell = cellIn(tier, at);
      if (decidedMs < cell.sinceMs) return;
      const nowMs = now();
      cell.sketch.add(ms, nowMs);
      cell.lastMs = nowMs;
      if (cell.isSlow) {
        cell.inTime = ms <= tier.level ? cell.inTime + 1 : 0;
        if (cell.inTime >= RETURNS_AFTER) become(tier, at, cell, false);
      } else if (ms > tier.level && isSurelyOver(cell.sketch, tier.level, nowMs)) {
        become(tier, at, cell, true);
      }
    },
    tiers: () => [...known.values()].flatMap((tier) => (tier.level === undefined ? [] : [shown(tier, tier.level, now())])),
  };
}

function newCell(nowMs: number): Cell {
  return { sketch: timeSketch(HALF_LIFE_MS), isSlow: false, sinceMs: Number.NEGATIVE_INFINITY, lastMs: nowMs, inTime: 0 };
}

function isSurelyOver(sketch: TimeSketch, level: number, nowMs: number): boolean {
  const samples = sketch.weight(nowMs);
  if (samples < LEAST) return false;
  const late = sketch.weightOver(level, nowMs);
  const allowed = samples * (1 - QUANTILE);
  return late > allowed + SURELY * Math.sqrt(allowed * QUANTILE);
}

/** By log2 of the tokens, streamed answers apart. */
function cellOf({ inputTokens, stream }: PromptSize): number {
  const size = inputTokens < 1 ? 0 : Math.min(SIZES - 1, 31 - Math.clz32(inputTokens));
  return stream ? SIZES + size : size;
}

function sizeNamed(cell: number): string {
  const size = cell % SIZES;
  const tokens = size === 0 ? "0-1" : `${2 ** size}-${2 ** (size + 1) - 1}`;
  return cell < SIZES ? tokens : `${tokens} streamed`;
}

function shown({ name, cells }: KnownTier, levelMs: number, nowMs: number): TierLatency {
  let most: TimeSketch | undefined;
  for (const cell of cells) {
    if (cell !== undefined && cell.sketch.weight(nowMs) > (most?.weight(nowMs) ?? LEAST)) most = cell.sketch;
  }
  const slow = cells.flatMap((cell, at) => (cell?.isSlow ? [sizeNamed(at)] : []));
  return { tier: name, levelMs, p95Ms: most?.quantile(QUANTILE), slow };
}
