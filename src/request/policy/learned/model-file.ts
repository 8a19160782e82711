// The model file: a line that says what it is, its version and the checksum of what follows, then one JSON object. Writes it, reads it, and
// refuses in words what is damaged, foreign or newer than this program.
import { SCOPES } from "../../chat/facts.ts";
import { checksum } from "./checksum.ts";
import type { Calibration, FactTrees, GramWeights, LearnedModel, TrainingSummary } from "./learned-model.ts";
import { FACT_NAMES } from "./surface-facts.ts";
import { BUCKETS, FEATURES_VERSION } from "./text-reader.ts";

export const MODEL_FILE_VERSION = 1;
export const MAX_MODEL_BYTES = 1 << 20;

const FORMAT = "sluice-model";
const ID_DIGITS = 8;
const MIN_READ_BYTES = 64;
const MAX_READ_BYTES = 1 << 20;
const MAX_TREE_DEPTH = 6;
const QUANTILES = 101;
const LINE_FEED = 0x0a;

/** Why bytes are no model that can be used: a sentence without the file's name, which the caller knows. */
export class ModelFileError extends Error {
  override readonly name = "ModelFileError";
}

/** What stands in the file; the id is of the bytes. */
export type NewModel = Omit<LearnedModel, "id">;

export function encodeModel(model: NewModel): Uint8Array {
  const { grams, facts, trees, seen } = model;
  const body = JSON.stringify({
    ...model,
    features: { version: FEATURES_VERSION, buckets: BUCKETS, facts: FACT_NAMES },
    grams: grams && { scale: grams.scale, weights: toBase64(grams.weights) },
    seen: seen && toBase64(seen),
    facts: facts && [...facts],
    trees: trees && { depth: trees.depth, facts: [...trees.facts], thresholds: [...trees.thresholds], leaves: [...trees.leaves] },
  });
  const content = new TextEncoder().encode(`${body}\n`);
  const header = { format: FORMAT, version: MODEL_FILE_VERSION, checksum: checksum(content) };
  const front = new TextEncoder().encode(`${JSON.stringify(header)}\n`);
  const file = new Uint8Array(front.length + content.length);
  file.set(front);
  file.set(content, front.length);
  return file;
}

/** Throws a ModelFileError. */
export function parseModel(bytes: Uint8Array): LearnedModel {
  if (bytes.length > MAX_MODEL_BYTES) throw new ModelFileError(`not a model: ${bytes.length} bytes, where a model has at most 1 MiB`);
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
  checkFeatures(body["features"]);
  return { id: actual.slice(0, ID_DIGITS), ...modelOf(body) };
}

type Fields = Readonly<Record<string, unknown>>;

function modelOf(body: Fields): NewModel {
  const calibration = fieldsOf(body["calibration"], "calibration");
  const readBytes = numberIn(body, "readBytes", MIN_READ_BYTES, MAX_READ_BYTES);
  const scope = SCOPES.find((name) => name === body["scope"]);
  if (scope === undefined) throw wrong("scope");
  return {
    scope,
    readBytes,
    bias: numberIn(body, "bias"),
    grams: body["grams"] === undefined ? undefined : gramsOf(fieldsOf(body["grams"], "grams")),
    facts: body["facts"] === undefined ? undefined : numbersIn(body, "facts", FACT_NAMES.length),
    trees: body["trees"] === undefined ? undefined : treesOf(fieldsOf(body["trees"], "trees")),
    calibration: { a: numberIn(calibration, "a"), b: numberIn(calibration, "b") } satisfies Calibration,
    weakShare: numberIn(body, "weakShare", 0, 1),
    cut: numberIn(body, "cut", 0, 1),
    quantiles: [...numbersIn(body, "quantiles", QUANTILES)],
    seen: body["seen"] === undefined ? undefined : seenOf(body["seen"]),
    summary: summaryOf(fieldsOf(body["summary"], "summary")),
  };
}

function gramsOf(grams: Fields): GramWeights {
  const bytes = fromBase64(grams["weights"]);
  if (bytes?.length !== BUCKETS) throw wrong("grams.weights");
  return { weights: new Int8Array(bytes.buffer), scale: numberIn(grams, "scale") };
}

function seenOf(value: unknown): Uint8Array {
  const bytes = fromBase64(value);
  if (bytes === undefined || bytes.length === 0 || (bytes.length & (bytes.length - 1)) !== 0) throw wrong("seen");
  return bytes;
}

function treesOf(trees: Fields): FactTrees {
  const depth = numberIn(trees, "depth", 1, MAX_TREE_DEPTH);
  const leaves = numbersIn(trees, "leaves");
  const count = leaves.length / 2 ** depth;
  if (!Number.isInteger(depth) || !Number.isInteger(count)) throw wrong("trees.leaves");
  const splits = count * (2 ** depth - 1);
  const facts = numbersIn(trees, "facts", splits);
  if (facts.some((fact) => !Number.isInteger(fact) || fact < 0 || fact >= FACT_NAMES.length)) throw wrong("trees.facts");
  return { depth, facts: Uint8Array.from(facts), thresholds: numbersIn(trees, "thresholds", splits), leaves };
}

/** Shown to people, never reckoned with: that it is an object is enough. */
function summaryOf(summary: Fields): TrainingSummary {
  return summary as unknown as TrainingSummary;
}

/** A program that reads texts in another way would score nonsense. */
function checkFeatures(features: unknown): void {
  const { version, buckets, facts } = fieldsOf(features, "features");
  if (version !== FEATURES_VERSION || buckets !== BUCKETS || JSON.stringify(facts) !== JSON.stringify(FACT_NAMES))
    throw new ModelFileError("trained on features that this sluice does not compute; train it again with this one");
}

function jsonObject(bytes: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown, name: string): Fields {
  if (!isFields(value)) throw wrong(name);
  return value;
}

function numberIn(fields: Fields, name: string, least = -Number.MAX_VALUE, most = Number.MAX_VALUE): number {
  const value = fields[name];
  if (typeof value !== "number" || !(value >= least && value <= most)) throw wrong(name);
  return value;
}

function numbersIn(fields: Fields, name: string, length?: number): Float64Array {
  const values = fields[name];
  if (!Array.isArray(values) || (length !== undefined && values.length !== length)) throw wrong(name);
  if (values.some((value) => typeof value !== "number")) throw wrong(name);
  return Float64Array.from(values as number[]);
}

function wrong(name: string): ModelFileError {
  return new ModelFileError(`damaged: \`${name}\` is missing or out of range`);
}

function toBase64(numbers: Int8Array | Uint8Array): string {
  let binary = "";
  for (const byte of new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.length)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function fromBase64(text: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
    return bytes;
  } catch {
    return undefined;
  }
}
