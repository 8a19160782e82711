// The verifier's file: a line that says what it is, its version and the checksum of what follows, then one JSON object. Writes it, reads
// it, and refuses in words what is damaged, foreign or newer than this program.
import { checksum } from "../../request/policy/learned/checksum.ts";
import type { FactTrees } from "../../request/policy/learned/learned-model.ts";
import { isObject, type JsonObject, numberIn, objectIn, parsedJson } from "../said/json.ts";
import { ANSWER_FACTS, FACTS_VERSION } from "./answer-facts.ts";
import type { AskingCosts } from "./asking-cost.ts";
import type { Verifier, VerifierSummary } from "./verifier.ts";

export const MAX_VERIFIER_BYTES = 1 << 20;

const FORMAT = "sluice-verifier";
const VERSION = 1;
const ID_DIGITS = 8;
const MAX_DEPTH = 6;
const LINE_FEED = 0x0a;

/** Why bytes are no verifier that can be used: a sentence without the file's name, which the caller knows. */
export class VerifierFileError extends Error {
  override readonly name = "VerifierFileError";
}

/** What stands in the file; the id is of the bytes. */
export type NewVerifier = Omit<Verifier, "id">;

export function encodeVerifier(verifier: NewVerifier): Uint8Array {
  const { depth, facts, thresholds, leaves } = verifier.trees;
  const body = JSON.stringify({
    ...verifier,
    facts: { version: FACTS_VERSION, names: ANSWER_FACTS },
    trees: { depth, facts: [...facts], thresholds: [...thresholds].map(brief), leaves: [...leaves].map(brief) },
  });
  const content = new TextEncoder().encode(`${body}\n`);
  const front = JSON.stringify({ format: FORMAT, version: VERSION, checksum: checksum(content) });
  return new TextEncoder().encode(`${front}\n${body}\n`);
}

/** Seven digits say as much, in half the room. */
function brief(value: number): number {
  return Number(value.toPrecision(7));
}

/** Throws a VerifierFileError. */
export function parseVerifier(bytes: Uint8Array): Verifier {
  if (bytes.length > MAX_VERIFIER_BYTES) throw new VerifierFileError(`not a verifier: ${bytes.length} bytes, where one has at most 1 MiB`);
  const headEnd = bytes.indexOf(LINE_FEED);
  const head = jsonOf(bytes.subarray(0, Math.max(0, headEnd)));
  if (head?.["format"] !== FORMAT) throw new VerifierFileError("not a verifier made by `sluice train --answers`");
  const version = numberIn(head, "version");
  if (version === undefined) throw new VerifierFileError("damaged: its first line names no version");
  if (version > VERSION) throw new VerifierFileError(`made by a newer sluice: version ${version}, this one reads up to ${VERSION}`);
  const content = bytes.subarray(headEnd + 1);
  const actual = checksum(content);
  if (head["checksum"] !== actual)
    throw new VerifierFileError(`damaged: its checksum is ${actual}, its first line says ${String(head["checksum"])}`);
  const body = jsonOf(content);
  if (body === undefined) throw new VerifierFileError("damaged: no JSON object behind its first line");
  const facts = objectIn(body, "facts");
  if (facts?.["version"] !== FACTS_VERSION || JSON.stringify(facts["names"]) !== JSON.stringify(ANSWER_FACTS))
    throw new VerifierFileError("trained on facts that this sluice does not compute; train it again with this one");
  return { id: actual.slice(0, ID_DIGITS), ...verifierOf(body) };
}

function verifierOf(body: JsonObject): NewVerifier {
  const calibration = objectIn(body, "calibration");
  return {
    trees: treesOf(objectIn(body, "trees")),
    calibration: { a: known(numberIn(calibration, "a"), "calibration"), b: known(numberIn(calibration, "b"), "calibration") },
    share: share(body, "share"),
    threshold: share(body, "threshold"),
    weighedThreshold: known(numberIn(body, "weighedThreshold"), "weighedThreshold"),
    costs: body["costs"] === undefined ? undefined : costsOf(objectIn(body, "costs")),
    // Shown to people, never reckoned with: that it is an object is enough.
    summary: known(objectIn(body, "summary"), "summary") as unknown as VerifierSummary,
  };
}

function costsOf(costs: JsonObject | undefined): AskingCosts {
  const [upTo, chars] = [[...numbersIn(costs, "upTo", "costs")], [...numbersIn(costs, "chars", "costs")]];
  const mean = known(numberIn(costs, "mean"), "costs");
  if (chars.length !== upTo.length + 1 || !(mean > 0)) throw wrong("costs");
  return { upTo, chars, mean };
}

function treesOf(trees: JsonObject | undefined): FactTrees {
  const depth = known(numberIn(trees, "depth"), "trees");
  const leaves = numbersIn(trees, "leaves", "trees");
  const count = leaves.length / 2 ** depth;
  if (!(depth >= 1 && depth <= MAX_DEPTH) || !Number.isInteger(depth) || !Number.isInteger(count)) throw wrong("trees");
  const [facts, thresholds] = [numbersIn(trees, "facts", "trees"), numbersIn(trees, "thresholds", "trees")];
  const splits = count * (2 ** depth - 1);
  if (facts.length !== splits || thresholds.length !== splits) throw wrong("trees");
  if (facts.some((fact) => !Number.isInteger(fact) || fact < 0 || fact >= ANSWER_FACTS.length)) throw wrong("trees.facts");
  return { depth, facts: Uint8Array.from(facts), thresholds, leaves };
}

function numbersIn(fields: JsonObject | undefined, name: string, holder: string): Float64Array {
  const values = fields?.[name];
  if (!Array.isArray(values) || values.some((value) => typeof value !== "number")) throw wrong(`${holder}.${name}`);
  return Float64Array.from(values as readonly number[]);
}

function share(body: JsonObject, name: string): number {
  const value = known(numberIn(body, name), name);
  if (!(value >= 0 && value <= 1)) throw wrong(name);
  return value;
}

function known<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw wrong(name);
  return value;
}

function wrong(name: string): VerifierFileError {
  return new VerifierFileError(`damaged: \`${name}\` is missing or out of range`);
}

function jsonOf(bytes: Uint8Array): JsonObject | undefined {
  const value = parsedJson(new TextDecoder().decode(bytes))?.value;
  return isObject(value) ? value : undefined;
}
