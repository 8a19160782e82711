// LiteLLM's map of models, `model_prices_and_context_window.json`: dollars per token, flat, or by the length of the prompt; and what
// models take.
import type { Ability } from "../../request/guard/abilities.ts";
import type { ModelTraits } from "./model-traits.ts";
import { isRecord, type ListedModel, listedModel, perMillion } from "./token-price.ts";

type Entry = Readonly<Record<string, unknown>>;

const DOLLAR = 1;
const MOST_TOKENS = 1_000_000_000; // as the configuration takes
/** An entry that explains the others. */
const EXPLANATION = "sample_spec";
const LONGER = /^input_cost_per_token_above_(\d+)k_tokens$/;

export function isLitellmMap(value: Entry): boolean {
  return Object.values(value).some((entry) => isRecord(entry) && ("litellm_provider" in entry || "input_cost_per_token" in entry));
}

export function litellmModels(value: Entry): ReadonlyMap<string, ListedModel> {
  const models = new Map<string, ListedModel>();
  for (const [name, entry] of Object.entries(value)) {
    if (name !== EXPLANATION && isRecord(entry)) models.set(name, withTraits(modelOf(entry), entry));
  }
  return models;
}

function withTraits(model: ListedModel, entry: Entry): ListedModel {
  return model.kind === "priced" ? { ...model, traits: traitsOf(entry) } : model;
}

const SUPPORTS: Readonly<Record<Ability, string>> = {
  images: "supports_vision",
  files: "supports_pdf_input",
  audio: "supports_audio_input",
  video: "supports_video_input",
  tools: "supports_function_calling",
  json: "supports_response_schema",
};

/** Most entries say nothing of what a model cannot: then it is not known here either. */
function traitsOf(entry: Entry): ModelTraits {
  const can = Object.entries(SUPPORTS).flatMap(([ability, name]) => (typeof entry[name] === "boolean" ? [[ability, entry[name]]] : []));
  return { can: Object.fromEntries(can), contextTokens: windowOf(entry) };
}

/** Of the question: with the answer it may be longer, but is no shorter. `max_tokens` means the answer where the map knows both. */
function windowOf(entry: Entry): number | undefined {
  const tokens = entry["max_input_tokens"] ?? (entry["max_output_tokens"] === undefined ? entry["max_tokens"] : undefined);
  return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens > 0 && tokens <= MOST_TOKENS ? tokens : undefined;
}

function modelOf(entry: Entry): ListedModel {
  const steps = entry["tiered_pricing"];
  if (entry["input_cost_per_token"] === undefined && Array.isArray(steps)) return steppedModel(steps.filter(isRecord));
  return listedModel(ratesOf(entry), DOLLAR, longerNote(entry));
}

function ratesOf(entry: Entry) {
  return {
    input: entry["input_cost_per_token"],
    cachedInput: entry["cache_read_input_token_cost"],
    cacheWrite: entry["cache_creation_input_token_cost"], // kept for five minutes; those kept for an hour cost more
    output: entry["output_cost_per_token"],
  };
}

/** Ranges of prompt lengths, the shortest first. */
function steppedModel(steps: readonly Entry[]): ListedModel {
  const [first, second] = steps.toSorted((a, b) => startOf(a) - startOf(b));
  if (first === undefined) return { kind: "unpriced", why: "has no price for a token" };
  if (second === undefined) return listedModel(ratesOf(first), DOLLAR);
  const longer = `${startOf(second).toLocaleString("en")} tokens`;
  return listedModel(ratesOf(first), DOLLAR, noteFor(longer, second["input_cost_per_token"], second["output_cost_per_token"]));
}

function startOf({ range }: Entry): number {
  const from: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof from === "number" ? from : 0;
}

function longerNote(entry: Entry): string | undefined {
  const thousands = Object.keys(entry)
    .flatMap((key) => LONGER.exec(key)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)[0];
  if (thousands === undefined) return undefined;
  const above = `above_${thousands}k_tokens`;
  return noteFor(`${thousands},000 tokens`, entry[`input_cost_per_token_${above}`], entry[`output_cost_per_token_${above}`]);
}

function noteFor(longer: string, input: unknown, output: unknown): string {
  const dollars = [input, output].map((rate) => perMillion(rate, DOLLAR));
  return `prompts over ${longer} cost more (input ${dollars[0] ?? "?"}, output ${dollars[1] ?? "?"}); the lower price is taken`;
}
