// A rollout's state as it is kept over a restart: plain JSON in a small file, written beside it and renamed. What is in the file is
// checked, and carried on only where the rollout is the same.
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { RolloutSettings } from "../../request/rollout/settings.ts";
import { BECAUSE, type Because, begunAnew, type RolloutState, rolloutState } from "../../request/rollout/stages.ts";
import { emptyTally, type Tally } from "../../request/rollout/tally.ts";

export interface KeptRollout {
  readonly candidate: string; // name and version, as is the next
  readonly stable: string;
  readonly settings: RolloutSettings;
  readonly state: RolloutState;
  readonly changed: Change | undefined; // the last one
  readonly shared?: SharedPart | undefined; // where replicas judge it together
}

/** What this process has of what replicas count together, in the stage that it is in. */
export interface SharedPart {
  readonly version: number; // of what they have agreed on; 0: of nothing yet
  readonly isAgreed: boolean; // false: the others have not taken on what became of it here
  readonly id: string; // of the part that it writes
  readonly sequence: number; // of the last that it wrote
  readonly fromMs: number; // what it decided before is not counted
  readonly own: Tally;
  readonly earlier: readonly EarlierPart[];
}

/** Of a process that wrote the same file before. */
export interface EarlierPart {
  readonly id: string;
  readonly sequence: number;
  readonly tally: Tally;
}

/** Something became of a rollout. */
export interface Change {
  readonly atMs: number; // since the epoch
  readonly action: ChangeAction;
  readonly because: Because | "file"; // `file`: its state could not be read
  readonly guards: readonly string[]; // that found harm
}

export const CHANGE_ACTIONS = ["start", "promote", "hold", "rollback"] as const;
export type ChangeAction = (typeof CHANGE_ACTIONS)[number];

const count = z.number().min(0);
const perArm = z.object({ stable: count, candidate: count });
const guardCount = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("event"), harmed: perArm }),
  z.object({
    kind: z.literal("amount"),
    units: perArm,
    sum: perArm,
    bets: z.object({ over: z.array(z.number()), under: z.array(z.number()) }),
  }),
]);
const tally = z.object({
  stage: z.int().min(0),
  sinceMs: z.number(),
  requests: perArm,
  units: perArm,
  young: z.array(z.object({ stable: count, candidate: count, endsMs: z.number() })),
  guards: z.array(guardCount),
});
const earlierPart = z.object({ id: z.string(), sequence: z.int(), tally });
const shared = z.object({
  version: z.int().min(0),
  isAgreed: z.boolean(),
  id: z.string(),
  sequence: z.int(),
  fromMs: z.number(),
  own: tally,
  earlier: z.array(earlierPart),
});
const because = z.enum(Object.keys(BECAUSE) as [Because, ...Because[]]);
const guard = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("event"), name: z.string(), allowed: z.number(), margin: z.number(), negligible: z.number().optional() }),
  z.object({ kind: z.literal("amount"), name: z.string(), allowed: z.number(), margin: z.number(), cap: z.number() }),
]);
const kept = z.object({
  version: z.literal(1),
  candidate: z.string(),
  stable: z.string(),
  settings: z.object({
    name: z.string(),
    stages: z.array(z.object({ share: z.number(), atLeastMs: z.number() })).min(1),
    by: z.enum(["session", "user", "request"]),
    guards: z.array(guard),
    onHarm: z.enum(["rollback", "hold"]),
    alpha: z.number(),
    settleMs: z.number(),
  }),
  state: z.object({
    rollout: z.string(),
    status: z.enum(["running", "held", "rolled-back", "complete"]),
    tally,
    past: z.array(z.object({ stage: z.int().min(0), sinceMs: z.number(), untilMs: z.number(), because, tally })),
  }),
  changed: z
    .object({
      atMs: z.number(),
      action: z.enum(CHANGE_ACTIONS),
      because: z.union([because, z.literal("file")]),
      guards: z.array(z.string()),
    })
    .optional(),
  shared: shared.optional(),
});

const MOST_PAST = 50;

export function keptText({ state, ...others }: KeptRollout): string {
  return `${JSON.stringify({ version: 1, ...others, state: { ...state, past: state.past.slice(-MOST_PAST) } })}\n`;
}

/** What all replicas agree on: what each has counted is no part of it. */
export function recordText({ candidate, stable, settings, state, changed }: KeptRollout): string {
  const { stage, sinceMs } = state.tally;
  return keptText({ candidate, stable, settings, state: { ...state, tally: emptyTally(settings, stage, sinceMs) }, changed });
}

/** `none`: there is none yet. `bad`: it cannot be read, or is not what was written. */
export async function readKept(path: string): Promise<KeptRollout | "none" | "bad"> {
  try {
    return keptIn(await readFile(path, "utf8")) ?? "bad";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "none" : "bad";
  }
}

/** Undefined: it is not what was written. */
export function keptIn(text: string): KeptRollout | undefined {
  const read = kept.safeParse(json(text));
  if (!read.success) return undefined;
  const { version: _, ...found } = read.data;
  const { settings, state } = found;
  const counted = state.tally.guards.map(({ kind }) => kind);
  const fits = isDeepStrictEqual(
    counted,
    settings.guards.map(({ kind }) => kind),
  );
  return fits && state.tally.stage < settings.stages.length ? (found as KeptRollout) : undefined;
}

/** Likewise. */
export function tallyIn(text: string): Tally | undefined {
  return tally.safeParse(json(text)).data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type RolloutOf = Pick<KeptRollout, "candidate" | "stable" | "settings">;

type Carried = Pick<KeptRollout, "state" | "changed" | "shared">;

/**
 * Where a rollout begins that may have been under way. The same one goes on with all it has counted; with other settings, or against
 * another active policy, its stage begins anew, and it stays held or rolled back.
 */
export function carriedOn(now: RolloutOf, before: KeptRollout | undefined, nowMs: number): Carried {
  const { candidate, stable, settings } = now;
  if (before === undefined || before.candidate !== candidate || before.settings.name !== settings.name)
    return { state: rolloutState(settings, nowMs), changed: undefined };
  const { state, changed, shared: part } = before;
  if (before.stable === stable && isDeepStrictEqual(plain(before.settings), plain(settings))) return { state, changed, shared: part };
  const share = before.settings.stages[state.tally.stage]?.share ?? 0;
  const stage = Math.max(
    0,
    settings.stages.findLastIndex((one) => one.share <= share),
  );
  const begun = begunAnew({ ...state, tally: { ...state.tally, stage } }, "asked", settings, nowMs);
  const stays = state.status === "held" || state.status === "rolled-back";
  return { state: stays ? { ...begun, status: state.status } : begun, changed };
}

/** As JSON has it: without members that are undefined. */
function plain(settings: RolloutSettings): unknown {
  return JSON.parse(JSON.stringify(settings));
}
