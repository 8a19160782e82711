// A sample of what was collected: reads it once to know what may be drawn, draws, and reads it once more for the rows themselves.
import { SluiceError } from "../../errors.ts";
import { textIn } from "../../request/chat/facts.ts";
import type { ChatScanner } from "../../request/chat/scanner.ts";
import { Column, float64, uint8 } from "../evaluate/column.ts";
import { ask, type PolicyOnTrial, scriptOf } from "../evaluate/trial.ts";
import type { LoopRow } from "../loop/loop-row.ts";
import { type PlacedRow, readLoop } from "../loop/read-loop.ts";
import { draw } from "./draw.ts";
import type { Frame } from "./frame.ts";
import { designOf, stratumName } from "./inclusion.ts";
import { freshSlices, type SliceCounts, sliceCounts } from "./slices.ts";
import { isSuspect } from "./suspects.ts";

export interface SampleSettings {
  readonly files: readonly string[];
  readonly known: readonly string[]; // what was sampled or collected before: what is not in it is new
  readonly size: number;
  readonly seed: number;
  readonly suspectsFirst: boolean;
  readonly policy: PolicyOnTrial; // near whose threshold half is drawn
  readonly scanner: ChatScanner; // made for it
  readonly tiers: readonly string[]; // cheap first
  readonly defaultTier: string;
}

export interface Sampled {
  readonly rows: readonly LoopRow[]; // in an order that tells nothing; suspects before the others where they are asked for
  readonly frame: { readonly rows: number; readonly requests: number; readonly unread: number };
  readonly strata: readonly { readonly stratum: string; readonly rows: number; readonly drawn: number; readonly expected: number }[];
  readonly fresh: readonly string[]; // slices
  readonly byLength: boolean; // the policy has no score: the length stood in for it
}

/** Throws the `data-…` errors of the files. */
export async function sample(settings: SampleSettings): Promise<Sampled> {
  const read = await readFrame(settings);
  if (read.frame.count === 0) throw new SluiceError("data-empty", `${settings.files.join(", ")}: no rows that can be read`);
  const design = designOf(read.frame, settings.size, settings.suspectsFirst);
  const drawn = draw(design, settings.seed);
  const names = Array.from(design.strata, stratumName);
  const rows = await rowsAt(settings.files, read.places, drawn);
  const chosen = drawn.map((row, at) => ({ ...present(rows[at]), inclusion: design.inclusion[row] ?? 1, stratum: names[row] ?? "" }));
  const isFirst = ({ stratum }: { readonly stratum: string }) => stratum.startsWith("suspect");
  const strata = [...new Set(names)].toSorted().map((stratum) => {
    let [all, expected] = [0, 0];
    for (let row = 0; row < names.length; row++) {
      if (names[row] !== stratum) continue;
      all++;
      expected += design.inclusion[row] ?? 0;
    }
    return { stratum, rows: all, drawn: chosen.filter((each) => each.stratum === stratum).length, expected };
  });
  return {
    rows: [...chosen.filter(isFirst), ...chosen.filter((row) => !isFirst(row))],
    frame: { rows: read.frame.count, requests: read.frame.like.reduce((sum, like) => sum + like, 0), unread: read.unread },
    strata,
    fresh: read.fresh,
    byLength: read.byLength,
  };
}

interface ReadFrame {
  readonly frame: Frame;
  readonly places: Float64Array; // of each row of the frame: its number among all rows
  readonly fresh: readonly string[];
  readonly unread: number;
  readonly byLength: boolean;
}

async function readFrame(settings: SampleSettings): Promise<ReadFrame> {
  const { files, known, scanner, policy, tiers, defaultTier } = settings;
  const columns = { like: new Column(float64), scores: new Column(float64), lengths: new Column(float64), places: new Column(float64) };
  const flags = { toWeak: new Column(uint8), suspects: new Column(uint8) };
  const slices: string[] = [];
  const now = sliceCounts();
  let [unread, place, unscored] = [0, -1, 0];
  for await (const { row } of readLoop(files)) {
    place++;
    const asked = askAbout(scanner, row);
    if (asked === undefined) {
      unread++;
      continue;
    }
    const verdict = policy.policy.decide(asked.request);
    if (verdict?.score === undefined) unscored++;
    const like = row.like ?? 1;
    columns.places.push(place);
    columns.like.push(like);
    columns.scores.push(verdict?.score ?? 0);
    columns.lengths.push(asked.chars);
    flags.toWeak.push((verdict?.tier ?? defaultTier) === tiers[0] ? 1 : 0);
    flags.suspects.push(isSuspect(row, asked.chars, { strong: tiers.at(-1) ?? "" }) ? 1 : 0);
    slices.push(asked.slice);
    now.add(asked.slice, like);
  }
  const fresh = freshSlices(now, await knownSlices(scanner, known));
  const byLength = unscored > 0;
  const frame: Frame = {
    count: columns.like.length,
    like: columns.like.values(),
    scores: (byLength ? columns.lengths : columns.scores).values(),
    toWeak: flags.toWeak.values(),
    suspects: flags.suspects.values(),
    fresh: Uint8Array.from(slices, (slice) => (fresh.has(slice) ? 1 : 0)),
  };
  return { frame, places: columns.places.values(), fresh: [...fresh].toSorted(), unread, byLength };
}

async function knownSlices(scanner: ChatScanner, files: readonly string[]): Promise<SliceCounts> {
  const counts = sliceCounts();
  for await (const { row } of readLoop(files)) {
    const asked = askAbout(scanner, row);
    if (asked !== undefined) counts.add(asked.slice, (row.like ?? 1) / (row.inclusion ?? 1));
  }
  return counts;
}

const LONG_CHARS = 2000;

/** Undefined: it cannot be read. Without a group the script, the length and the tools make a slice. */
function askAbout(scanner: ChatScanner, row: LoopRow) {
  const asked = ask(scanner, { body: Buffer.from(JSON.stringify(row.request)), path: row.path, place: row.id });
  if (asked.kind === "wrong") return undefined;
  const { request } = asked;
  const { chars } = textIn(request.facts, "all");
  const kind = [row.task ?? "", scriptOf(request), chars > LONG_CHARS ? "long" : "short", request.facts.tools ? "tools" : ""];
  return { request, chars, slice: row.group ?? kind.filter((word) => word !== "").join(" ") };
}

/** In the order of `drawn`. Only these are kept. */
async function rowsAt(files: readonly string[], places: Float64Array, drawn: readonly number[]): Promise<readonly (LoopRow | undefined)[]> {
  const wanted = new Map(drawn.map((row, at) => [places[row], at]));
  const rows: (LoopRow | undefined)[] = drawn.map(() => undefined);
  let place = -1;
  for await (const { row } of readLoop(files) as AsyncIterable<PlacedRow>) {
    place++;
    const at = wanted.get(place);
    if (at !== undefined) rows[at] = row;
  }
  return rows;
}

function present(row: LoopRow | undefined): LoopRow {
  if (row === undefined) throw new SluiceError("data-unreadable", "the data changed while it was read");
  return row;
}
