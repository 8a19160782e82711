// Has rows judged: canaries first, then what people have judged too, then the rest, so that a judge that cannot be trusted costs little and
// writes nothing. What it says goes to the journal as it comes.
import { type PlacedRow, readLoop } from "../../loop/read-loop.ts";
import { atOnce } from "../at-once.ts";
import type { Spending } from "../call/spending.ts";
import { mostDollars } from "../replay.ts";
import { CANARIES_NEEDED, type Canary, type CanaryKind } from "./canaries.ts";
import { peopleSaid } from "./case.ts";
import type { Court } from "./court.ts";
import type { Entry } from "./journal.ts";
import { foreseenLook, judgePair, type Pair } from "./judge-pair.ts";
import { betterIn } from "./verdict.ts";

export interface JudgeRun {
  readonly court: Court;
  readonly spending: Spending;
  readonly concurrency: number; // rows
  readonly stopping: () => boolean;
  readonly onRow: () => void;
}

export type RunEnd = "done" | "stopped" | "over the cap";

export interface CanaryResult {
  readonly asked: number;
  readonly seenThrough: number;
  readonly fellFor: readonly CanaryKind[];
  readonly isTrusted: boolean;
}

/** One is seen through where the real answer scores more in both orders. */
export async function judgeCanaries(canaries: readonly Canary[], run: JudgeRun): Promise<{ end: RunEnd; result: CanaryResult }> {
  const { court } = run;
  const end = await work(asyncOf(canaries), run, async (canary) => {
    if (court.knownCanary(canary) !== undefined) return "done";
    return judged(canary.id, court.canaryKey(canary), [["canary", court.canaryPair(canary)]], run);
  });
  const entries = canaries.map((canary) => ({ canary, entry: court.knownCanary(canary) }));
  const asked = entries.filter(({ entry }) => entry !== undefined);
  const fellFor = asked.filter(({ entry }) => !isSeenThrough(entry)).map(({ canary }) => canary.kind);
  const seenThrough = asked.length - fellFor.length;
  const isTrusted = asked.length > 0 && seenThrough >= CANARIES_NEEDED * asked.length;
  return { end, result: { asked: asked.length, seenThrough, fellFor, isTrusted } };
}

function isSeenThrough(entry: Entry | undefined): boolean {
  return entry?.kind === "judged" && entry.pairs.every(({ looks }) => looks.every((look) => betterIn(look) === "base"));
}

/** `which`: only those that people have judged, or all. */
export async function judgeRows(files: readonly string[], which: "judged by people" | "all", run: JudgeRun): Promise<RunEnd> {
  const { court } = run;
  return work(readLoop(files), run, async (placed: PlacedRow) => {
    const { row } = placed;
    const found = court.caseOf(placed);
    if (found.kind === "lacking" || court.known(placed, found) !== undefined) return "done";
    if (which === "judged by people" && (found.kind !== "judged" || peopleSaid(row) === undefined)) return "done";
    const key = court.keyOf(row, found);
    if (found.kind === "judged") {
      const pairs = court.pairsOf(placed);
      return judged(
        row.id,
        key,
        found.challengers.flatMap(({ tier }, at) => (pairs[at] === undefined ? [] : [[tier, pairs[at]] as const])),
        run,
      );
    }
    const right: Record<string, boolean> = {};
    for (const { tier, text } of found.answers) right[tier] = await found.grading.grade(text);
    await court.journal.add({ id: row.id, key, entry: { kind: "graded", by: found.grading.names.join("+"), right } });
    return "done";
  });
}

async function judged(id: string, key: string, pairs: readonly (readonly [tier: string, pair: Pair])[], run: JudgeRun): Promise<RunEnd> {
  const { court, spending } = run;
  const { judge, journal } = court;
  const reserved = pairs.reduce((sum, [, pair]) => sum + 2 * mostDollars(judge.asker, foreseenLook(judge, pair), undefined), 0);
  if (!(await spending.reserve(reserved))) return "over the cap";
  let cost = 0;
  try {
    const looks = await Promise.all(pairs.map(([, pair]) => judgePair(judge, pair)));
    cost = looks.reduce((sum, each) => sum + each.cost, 0);
    const told = looks.flatMap((each, at) => {
      const tier = pairs[at]?.[0];
      return each.looks === undefined || tier === undefined ? [] : [{ tier, looks: each.looks }];
    });
    if (told.length === pairs.length) {
      await journal.add({ id, key, entry: { kind: "judged", pairs: told, ...(cost > 0 && { cost }) } });
    }
  } finally {
    spending.settle(reserved, cost);
  }
  return "done";
}

async function work<Item>(items: AsyncIterable<Item>, run: JudgeRun, each: (item: Item) => Promise<RunEnd>): Promise<RunEnd> {
  let end: RunEnd = "done";
  await atOnce(items, run.concurrency, async (item) => {
    if (run.stopping()) {
      end = "stopped";
      return false;
    }
    const one = await each(item);
    run.onRow();
    if (one === "done") return true;
    end = one;
    return false;
  });
  return run.stopping() ? "stopped" : end;
}

async function* asyncOf<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
