// Rows of the learning loop as a proposal sees them: what is labelled, what was rated, and for how many requests each stands.
import { randomSource } from "../evaluate/random-source.ts";
import type { LoopRow } from "../loop/loop-row.ts";
import { neededBy } from "../loop/needed-by.ts";
import type { PlacedRow } from "../loop/read-loop.ts";

/** What a policy is asked about. */
export interface AskedRow {
  readonly body: Uint8Array;
  readonly path: string | undefined;
  readonly place: string; // file and line
}

export interface LabelledRow extends AskedRow {
  readonly quality: readonly number[]; // 0 to 1, of each tier's answer, cheap first
  readonly weight: number; // requests that it stands for: near-duplicates, over its chance to be drawn
  readonly group: string | undefined;
}

/** A request that somebody rated as it was served. */
export interface RatedRow extends AskedRow {
  readonly tier: string; // that answered
  readonly rating: number; // 1 to 5
}

export interface ReadRows {
  readonly labelled: readonly LabelledRow[];
  readonly rated: readonly RatedRow[];
  readonly truth: "scores" | "labels"; // of what is labelled
  readonly read: number;
  readonly otherTruth: number; // rows left out, since they have labels where most have scores, or the other way round
  readonly beyond: number; // labelled rows left out, since there are more than can be kept
  readonly drawn: boolean; // some rows have a chance to be drawn: figures are for what they were drawn from
}

/** Kept in memory, whole, with their words: at 4 KB a request 200 MB. Of more, as many are drawn at random. */
const MAX_LABELLED = 20_000;
/** The first of them; a mean has long been told then. */
const MAX_RATED = 50_000;

type Truth = { readonly kind: ReadRows["truth"]; readonly quality: readonly number[] };

const UTF8 = new TextEncoder();

/** `tiers`: their names, cheap first. `most`: labelled rows that are kept; the same rows give the same ones. */
export async function readRows(rows: AsyncIterable<PlacedRow>, tiers: readonly string[], most = MAX_LABELLED): Promise<ReadRows> {
  const labelled = { scores: new Drawn(most), labels: new Drawn(most) };
  const rated: RatedRow[] = [];
  let [read, drawn] = [0, false];
  for await (const { row, place } of rows) {
    read++;
    drawn ||= row.inclusion !== undefined;
    const truth = truthOf(row, tiers);
    const { tier, rating } = row.seen ?? {};
    if (truth === undefined && rating === undefined) continue;
    const asked = { body: UTF8.encode(JSON.stringify(row.request)), path: row.path, place };
    if (tier !== undefined && rating !== undefined && rated.length < MAX_RATED) rated.push({ ...asked, tier, rating });
    if (truth !== undefined) labelled[truth.kind].offer({ ...asked, quality: truth.quality, weight: weightOf(row), group: row.group });
  }
  const truth = labelled.labels.offered > labelled.scores.offered ? "labels" : "scores";
  const otherTruth = labelled[truth === "labels" ? "scores" : "labels"].offered;
  const { rows: kept, offered } = labelled[truth];
  return { labelled: kept, rated, truth, read, otherTruth, beyond: offered - kept.length, drawn };
}

/** Every row is as likely to stay (Vitter's algorithm R). */
class Drawn {
  readonly rows: LabelledRow[] = [];
  readonly #most: number;
  readonly #random = randomSource(1);
  offered = 0;

  constructor(most: number) {
    this.#most = most;
  }

  offer(row: LabelledRow): void {
    const place = this.offered < this.#most ? this.offered : Math.floor(this.#random() * (this.offered + 1));
    this.offered++;
    if (place < this.#most) this.rows[place] = row;
  }
}

/** Horvitz and Thompson's: one over the chance to be drawn. */
export function weightOf({ like = 1, inclusion = 1 }: Pick<LoopRow, "like" | "inclusion">): number {
  return inclusion > 0 && like > 0 ? like / inclusion : 0;
}

/** Scores go before labels. Tiers between the first and the last answer like the last where only two scores are known. */
function truthOf(row: LoopRow, tiers: readonly string[]): Truth | undefined {
  const each = tiers.map((tier) => row.scores?.[tier]);
  if (each.every(isScore)) return { kind: "scores", quality: each };
  const { weak, strong } = row;
  if (isScore(weak) && isScore(strong)) return { kind: "scores", quality: tiers.map((_, at) => (at === 0 ? weak : strong)) };
  const needed = neededOf(row);
  if (needed === undefined) return undefined;
  return { kind: "labels", quality: tiers.map((_, at) => (at > 0 || needed === "weak" ? 1 : 0)) };
}

function isScore(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

/** As the column `label` says; else as most people do, or where there are none, as most judges do. */
function neededOf({ label, labels = [] }: LoopRow): "weak" | "strong" | undefined {
  if (label !== undefined) return label;
  const people = labels.filter(({ by }) => by !== "judge");
  const needed = neededBy(people.length > 0 ? people : labels);
  return needed === "weak" || needed === "strong" ? needed : undefined;
}
