// The model file: a line that says what it is, its version and the checksum of what follows, then one JSON object. Writes it, reads it, and
// refuses in words what is damaged, foreign or newer than this program.
import { SCOPES } from "../../chat/facts.ts";
import { checksum } from "./checksum.ts";
import type { KnownFeatures, LearnedModel, ModelStep, TrainingSummary } from "./learned-model.ts";
import { embeddingJson, embeddingOf } from "./model-embedding.ts";
import {
  type Fields,
  fieldsOf,
  fromBase64,
  jsonObject,
  ModelFileError,
  numberIn,
  numbersIn,
  QUANTILE_COUNT,
  toBase64,
  wrong,
} from "./model-fields.ts";
import { calibrationOf, onePart, partJson, partsOf } from "./model-parts.ts";
import { FACT_NAMES, FIRST_FACTS } from "./surface-facts.ts";
import { BUCKETS, FEATURES_VERSION } from "./text-reader.ts";
import { topicsJson, topicsOf } from "./topics.ts";

export { ModelFileError } from "./model-fields.ts";

/** Version 1 had one part, whose members stood in the model itself. */
export const MODEL_FILE_VERSION = 2;
/** A step between two tiers takes up to 0.8 MiB. */
export const MAX_MODEL_BYTES = 6 << 20;
/** As many as have room. */
export const MAX_TIERS = 8;

const FORMAT = "sluice-model";
const ID_DIGITS = 8;
const MIN_READ_BYTES = 64;
const MAX_READ_BYTES = 1 << 20;
const LINE_FEED = 0x0a;

/** What stands in the file; the id is of the bytes. */
export type NewModel = Omit<LearnedModel, "id">;

export function encodeModel(model: NewModel): Uint8Array {
  const { seen, topics, embedding } = model;
  const body = JSON.stringify({
    ...model,
    features: { version: FEATURES_VERSION, buckets: BUCKETS, facts: FACT_NAMES },
    ...stepJson(model),
    above: model.above.map(stepJson),
    topics: topics && topicsJson(topics),
    embedding: embedding && embeddingJson(embedding),
    seen: seen && toBase64(seen),
  });
  const content = new TextEncoder().encode(`${body}\n`);
  const header = { format: FORMAT, version: MODEL_FILE_VERSION, checksum: checksum(content) };
  const front = new TextEncoder().encode(`${JSON.stringify(header)}\n`);
  const file = new Uint8Array(front.length + content.length);
  file.set(front);
  file.set(content, front.length);
  return file;
}

function stepJson({ parts, known, calibration, cut }: ModelStep): object {
  return { parts: parts.map(partJson), known: known && { ...known, bits: toBase64(known.bits) }, calibration, cut };
}

/** Throws a ModelFileError. */
export function parseModel(bytes: Uint8Array): LearnedModel {
  if (bytes.length > MAX_MODEL_BYTES)
    throw new ModelFileError(`not a model: ${bytes.length} bytes, where a model has at most ${MAX_MODEL_BYTES >> 20} MiB`);
  const headerEnd = bytes.indexOf(LINE_FEED);
  const header = jsonObject(bytes.subarray(0, Math.max(0, headerEnd)));
  if (header?.["format"] !== FORMAT) throw new ModelFileError("not a model made by `sluice train`");
  const version = header["version"];
  if (typeof version !== "number") throw new ModelFileError("damaged: its first line names no version");
  if (version > MODEL_FILE_VERSION)
    throw new ModelFileError(`made by a newer sluice: model version ${version}, this one reads up to ${MODEL_FILE_VERSION}`);
  const content = bytes.subarray(headerEnd + 1);
  const actual = checksum(content);
  if (header["checksum"] !== actual)
    throw new ModelFileError(`damaged: its checksum is ${actual}, its first line says ${String(header["checksum"])}`);
  const body = jsonObject(content);
  if (body === undefined) throw new ModelFileError("damaged: no JSON object behind its first line");
  const facts = factCountOf(body["features"]);
  const parts = version === 1 ? onePart(body, facts) : partsOf(body["parts"], facts);
  return { id: actual.slice(0, ID_DIGITS), ...modelOf(body, parts, facts) };
}

function modelOf(body: Fields, parts: LearnedModel["parts"], factCount: number): NewModel {
  const readBytes = numberIn(body, "readBytes", MIN_READ_BYTES, MAX_READ_BYTES);
  const scope = SCOPES.find((name) => name === body["scope"]);
  if (scope === undefined) throw wrong("scope");
  const ladder = ladderOf(body, factCount);
  const stepCount = 1 + ladder.above.length;
  return {
    scope,
    readBytes,
    ...stepOf(body, parts),
    ...ladder,
    weakShare: numberIn(body, "weakShare", 0, 1),
    quantiles: [...numbersIn(body, "quantiles", QUANTILE_COUNT)],
    ...(body["topics"] === undefined ? {} : { topics: topicsOf(fieldsOf(body["topics"], "topics")) }),
    ...(body["embedding"] === undefined ? {} : { embedding: embeddingOf(fieldsOf(body["embedding"], "embedding"), factCount, stepCount) }),
    seen: body["seen"] === undefined ? undefined : seenOf(body["seen"]),
    summary: summaryOf(fieldsOf(body["summary"], "summary")),
  };
}

function stepOf(body: Fields, parts: ModelStep["parts"]): ModelStep {
  return {
    parts,
    known: body["known"] === undefined ? undefined : knownOf(fieldsOf(body["known"], "known")),
    calibration: calibrationOf(body, "calibration"),
    cut: numberIn(body, "cut", 0, 1),
  };
}

/** A file of two tiers may name neither; else there is a step for each tier but the last. */
function ladderOf(body: Fields, factCount: number): Pick<LearnedModel, "tiers" | "above"> {
  const { tiers = [], above = [] } = body;
  if (!Array.isArray(tiers) || tiers.length > MAX_TIERS || tiers.some((tier) => typeof tier !== "string")) throw wrong("tiers");
  if (!Array.isArray(above) || above.length !== Math.max(0, tiers.length - 2)) throw wrong("above");
  const steps = above.map((step: unknown) => fieldsOf(step, "above"));
  return { tiers: tiers as string[], above: steps.map((step) => stepOf(step, partsOf(step["parts"], factCount))) };
}

function knownOf(known: Fields): KnownFeatures {
  const bits = fromBase64(known["bits"]);
  if (bits?.length !== BUCKETS / 8) throw wrong("known.bits");
  const from = numberIn(known, "from", 0, 1);
  const to = numberIn(known, "to", 0, 1);
  if (!(from < to)) throw wrong("known.to");
  return { bits, from, to };
}

function seenOf(value: unknown): Uint8Array {
  const bytes = fromBase64(value);
  if (bytes === undefined || bytes.length === 0 || (bytes.length & (bytes.length - 1)) !== 0) throw wrong("seen");
  return bytes;
}

/** Shown to people, never reckoned with: that it is an object is enough. */
function summaryOf(summary: Fields): TrainingSummary {
  return summary as unknown as TrainingSummary;
}

/** How many facts it was trained on: those of today, or as many of the first as it names. With others a program would score nonsense. */
function factCountOf(features: unknown): number {
  const { version, buckets, facts } = fieldsOf(features, "features");
  const count = Array.isArray(facts) ? facts.length : 0;
  const areKnown = count >= FIRST_FACTS && JSON.stringify(facts) === JSON.stringify(FACT_NAMES.slice(0, count));
  if (version !== FEATURES_VERSION || buckets !== BUCKETS || !areKnown)
    throw new ModelFileError("trained on features that this sluice does not compute; train it again with this one");
  return count;
}
