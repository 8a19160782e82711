// Examples as training sees them: features, facts and what each row would gain from strong. The text itself is not kept.
import type { RequestFacts, Scope } from "../../request/chat/facts.ts";
import { textIn } from "../../request/chat/facts.ts";
import type { ChatScanner } from "../../request/chat/scanner.ts";
import { contentHash, hexOf } from "../../request/policy/learned/checksum.ts";
import { embeddedText } from "../../request/policy/learned/embedded-text.ts";
import type { TrainingTarget } from "../../request/policy/learned/learned-model.ts";
import { type TextHash, textHash } from "../../request/policy/learned/seen-texts.ts";
import { FACT_NAMES, surfaceFacts } from "../../request/policy/learned/surface-facts.ts";
import { BUCKETS, READ_BYTES, TextReader } from "../../request/policy/learned/text-reader.ts";
import type { Example, Truth } from "../dataset/example.ts";
import { qualityOf } from "../evaluate/rows.ts";
import { ask, NO_TEXT } from "../evaluate/trial.ts";

/** Rows kept in memory, about 3 KB each; of more, as many are drawn at random. */
export const MAX_ROWS = 100_000;

/** With vectors, which take 4 bytes a dimension and are held twice. */
export const MAX_EMBEDDED_ROWS = 25_000;

/** Gives each text's vector, of length 1, all of as many numbers. */
export type Embed = (texts: readonly string[]) => Promise<readonly Float32Array[]>;

export interface RowVectors {
  readonly width: number;
  readonly values: Float32Array; // `width` numbers a row
}

/** One index everywhere: the row. */
export interface TrainingRows {
  readonly count: number;
  readonly features: readonly Int32Array[]; // buckets, ascending
  readonly tokenShares: Float32Array; // by bucket: how far what fell into it were words, symbols and pairs, and not character grams
  readonly facts: Float64Array; // FACT_NAMES.length numbers a row
  readonly chars: Float64Array; // length of the text: the simplest policy there is
  readonly weights: Float64Array | undefined; // requests that a row stands for, 1 in the mean; undefined: each one
  readonly gains: Float64Array; // strong's score less weak's; of labels 1 where strong was needed, else 0
  readonly positive: Uint8Array; // 1: to be learned as "needs strong"
  readonly better: Float64Array; // by how much, 0 to 1: what is fitted, so that a small difference counts as little as in gains
  readonly worse: Float64Array; // by how much strong scores lower; of labels nobody knows, and with weak-fails nobody asks
  readonly groups: Int32Array; // numbered from 0 as they come; rows that name none are one group
  readonly groupCount: number;
  readonly groupNames: readonly (string | undefined)[]; // by number; undefined: of rows that name none
  readonly tiers: readonly string[]; // cheapest first, where rows score more than two; else none
  readonly scores: Float64Array; // one a tier and row
  readonly truth: Truth["kind"];
  readonly read: number; // rows of the input, of which `count` were kept
  readonly texts: readonly TextHash[];
  readonly fingerprint: string; // of all rows read: texts, truths and their order
  readonly vectors?: RowVectors | undefined; // undefined: nobody asked for them
}

export interface RowSettings {
  readonly scope: Scope;
  readonly target: TrainingTarget;
  readonly maxRows: number;
  readonly random: () => number; // draws the rows to keep
  readonly onRow: (read: number) => void;
  readonly refuse: (example: Example, why: string) => void; // hears of examples that cannot be used; may throw
  readonly embed?: Embed | undefined;
}

interface Row {
  readonly features: Int32Array;
  readonly facts: Float64Array;
  readonly chars: number;
  readonly text: TextHash;
  readonly truth: Truth;
  readonly group: string | undefined;
  readonly weight: number | undefined;
  readonly embedded: string | undefined; // what its vector is to be of
}

/** `scanner` is made for the scope of `settings`. */
export async function collectRows(examples: AsyncIterable<Example>, scanner: ChatScanner, settings: RowSettings): Promise<TrainingRows> {
  const { scope, maxRows, random, onRow, refuse, embed } = settings;
  const tokenCounts = new Uint32Array(BUCKETS);
  const reader = new TextReader(READ_BYTES, tokenCounts);
  const kept: Row[] = [];
  const fingerprint = new Float64Array([0, 0]);
  let read = 0;
  let first: Example | undefined;
  for await (const example of examples) {
    const asked = ask(scanner, example);
    if (asked.kind === "wrong") {
      refuse(example, asked.problem);
      continue;
    }
    const text = asked.request.text(scope);
    if (text.length === 0) {
      refuse(example, NO_TEXT);
      continue;
    }
    addToFingerprint(fingerprint, text, example.truth);
    first ??= example;
    const odd = oddTiers(tiersOf(first.truth), example.truth) ?? oddWeight(first, example);
    if (odd !== undefined) {
      refuse(example, odd);
      continue;
    }
    const place = read < maxRows ? read : Math.floor(random() * (read + 1)); // reservoir sampling: every row is as likely to stay
    read++;
    const embedded = embed && embeddedText(text, READ_BYTES);
    if (place < maxRows) kept[place] = { ...rowOf(reader, text, asked.request.facts, scope, example), embedded };
    onRow(read);
  }
  return {
    ...columnsOf(kept, settings.target, first === undefined ? [] : tiersOf(first.truth)),
    tokenShares: tokenSharesOf(kept, tokenCounts),
    read,
    fingerprint: Array.from(fingerprint, hexOf).join(""),
    vectors: embed && (await vectorsOf(kept, embed)),
  };
}

async function vectorsOf(rows: readonly Row[], embed: Embed): Promise<RowVectors> {
  const vectors = await embed(rows.map(({ embedded = "" }) => embedded));
  const width = vectors[0]?.length ?? 0;
  const values = new Float32Array(rows.length * width);
  vectors.forEach((vector, row) => {
    values.set(vector, row * width);
  });
  return { width, values };
}

function rowOf(reader: TextReader, text: Uint8Array, request: RequestFacts, scope: Scope, example: Example): Omit<Row, "embedded"> {
  reader.read(text);
  const facts = new Float64Array(FACT_NAMES.length);
  surfaceFacts(reader, request, scope, facts);
  return {
    features: reader.buckets.slice(0, reader.count).sort(),
    facts,
    chars: textIn(request, scope).chars,
    text: textHash(text),
    truth: example.truth,
    group: example.group,
    weight: example.weight,
  };
}

function columnsOf(
  rows: readonly Row[],
  target: TrainingTarget,
  tiers: readonly string[],
): Omit<TrainingRows, "read" | "fingerprint" | "tokenShares" | "vectors"> {
  const facts = new Float64Array(rows.length * FACT_NAMES.length);
  rows.forEach((row, at) => {
    facts.set(row.facts, at * FACT_NAMES.length);
  });
  return {
    count: rows.length,
    features: rows.map((row) => row.features),
    facts,
    chars: Float64Array.from(rows, (row) => row.chars),
    texts: rows.map((row) => row.text),
    weights: weightsOf(rows),
    gains: Float64Array.from(rows, (row) => qualityOf(row.truth).gain),
    positive: Uint8Array.from(rows, (row) => (isPositive(row.truth, target) ? 1 : 0)),
    ...sidesOf(
      rows.map((row) => row.truth),
      target,
    ),
    ...groupsOf(rows),
    tiers,
    scores: Float64Array.from(rows.flatMap(({ truth }) => tiers.map((tier) => scoreIn(truth, tier)))),
    truth: rows[0]?.truth.kind ?? "label",
  };
}

/** Of those that have a feature in a bucket, the share that have a word there. One that has it twice counts twice, as far as to 1. */
function tokenSharesOf(rows: readonly Row[], tokenCounts: Uint32Array): Float32Array {
  const holders = new Uint32Array(BUCKETS);
  for (const { features } of rows) for (const feature of features) holders[feature] = (holders[feature] ?? 0) + 1;
  return Float32Array.from(tokenCounts, (tokens, bucket) => Math.min(1, tokens / Math.max(1, holders[bucket] ?? 0)));
}

function tiersOf(truth: Truth): readonly string[] {
  const tiers = truth.kind === "scores" && truth.tiers !== undefined ? Object.keys(truth.tiers) : [];
  return tiers.length > 2 ? tiers : [];
}

/** Why a row cannot stand beside the first one. */
function oddTiers(expected: readonly string[], truth: Truth): string | undefined {
  const own = tiersOf(truth);
  if (own.join() === expected.join()) return undefined;
  const listed = (tiers: readonly string[]) => (tiers.length === 0 ? "two tiers" : tiers.join(", "));
  return `expected the scores of ${listed(expected)}, in that order, as in the first row; found those of ${listed(own)}`;
}

/** Among rows that were drawn with a known chance one without a chance could stand for any number. */
function oddWeight(first: Example, { weight }: Example): string | undefined {
  if ((first.weight === undefined) === (weight === undefined)) return undefined;
  const [has, had] = weight === undefined ? ["no", "has one"] : ["a", "has none"];
  return `the row has ${has} chance to be drawn (inclusion), the first row ${had}`;
}

function weightsOf(rows: readonly Row[]): Float64Array | undefined {
  if (rows[0]?.weight === undefined) return undefined;
  const mean = rows.reduce((sum, { weight = 1 }) => sum + weight, 0) / rows.length;
  return Float64Array.from(rows, ({ weight = 1 }) => weight / mean);
}

function scoreIn(truth: Truth, tier: string): number {
  return truth.kind === "scores" ? (truth.tiers?.[tier] ?? 0) : 0;
}

/**
 * The same rows for one step of a ladder of tiers: is tier number `step` enough, or would one above it be better? What counts as strong is
 * the best of those above.
 */
export function rowsOfStep(rows: TrainingRows, step: number, target: TrainingTarget): TrainingRows {
  const { count, tiers, scores } = rows;
  const truths = Array.from({ length: count }, (_, row): Truth => {
    const own = scores.subarray(row * tiers.length, (row + 1) * tiers.length);
    return { kind: "scores", weak: own[step] ?? 0, strong: Math.max(...own.subarray(step + 1)) };
  });
  return {
    ...rows,
    gains: Float64Array.from(truths, (truth) => qualityOf(truth).gain),
    positive: Uint8Array.from(truths, (truth) => (isPositive(truth, target) ? 1 : 0)),
    ...sidesOf(truths, target),
  };
}

function groupsOf(rows: readonly Row[]): Pick<TrainingRows, "groups" | "groupCount" | "groupNames"> {
  const numbers = new Map<string | undefined, number>();
  const groups = Int32Array.from(rows, ({ group }) => {
    const known = numbers.get(group);
    if (known !== undefined) return known;
    numbers.set(group, numbers.size);
    return numbers.size - 1;
  });
  return { groups, groupCount: numbers.size, groupNames: [...numbers.keys()] };
}

/** A tie of the scores is no gain: weak is cheaper. */
function isPositive(truth: Truth, target: TrainingTarget): boolean {
  if (truth.kind === "label") return truth.needed === "strong";
  return target === "strong-gains" ? truth.strong > truth.weak : truth.weak < HALF;
}

/** What is fitted: of two scores what strong gains or loses, in units of the largest difference, else whether strong is needed. */
function sidesOf(truths: readonly Truth[], target: TrainingTarget): Pick<TrainingRows, "better" | "worse"> {
  const gains = Float64Array.from(truths, (truth) =>
    truth.kind === "scores" && target === "strong-gains" ? truth.strong - truth.weak : Number(isPositive(truth, target)),
  );
  const largest = gains.reduce((most, gain) => Math.max(most, Math.abs(gain)), 0) || 1;
  return {
    better: gains.map((gain) => Math.max(0, gain) / largest),
    worse: gains.map((gain) => Math.max(0, -gain) / largest),
  };
}

const HALF = 0.5; // below it an answer counts as failed

const TRUTH_TEXT = new TextEncoder();

function addToFingerprint(state: Float64Array, text: Uint8Array, truth: Truth): void {
  const told = truth.kind === "label" ? truth.needed : Object.values(truth.tiers ?? [truth.weak, truth.strong]).join(" ");
  for (let lane = 0; lane < 2; lane++) {
    const hash = contentHash(text, (state[lane] ?? 0) + lane);
    state[lane] = contentHash(TRUTH_TEXT.encode(told), hash);
  }
}
