// Brings what an answer says of its usage together: each count by its highest value, for those of a stream are cumulative, and then by the
// rules of the interface that uses these names.
import type { Usage } from "./usage.ts";
import { USAGE_PLACES } from "./usage-places.ts";

export interface UsageCounts {
  /** A number at one of USAGE_PLACES. */
  add(path: string, count: number): void;
  /** A list of STEP_LISTS ended. */
  stepsEnded(): void;
  /** Undefined: nothing was said. */
  usage(): Usage | undefined;
  /** What the answer was said to hold so far is all of it, or counts on; not the first event's guess. */
  readonly knowsOutput: boolean;
}

type Counts = Readonly<Record<string, number>>;

/** No server counts so far; a number beyond is not one of tokens. */
const MAX_TOKENS = 1e9;

const OUTPUTS = new Set([
  "output_tokens",
  "completion_tokens",
  "outputTokens",
  "candidatesTokenCount",
  "eval_count",
  "billed_units.output_tokens",
]);

export function usageCounts(): UsageCounts {
  const highest: Record<string, number> = {};
  const ofSteps: Record<string, number> = {};
  let steps: Record<string, number> = {};
  let knowsOutput = false;
  const raise = (counts: Record<string, number>, name: string, count: number) => {
    counts[name] = Math.max(counts[name] ?? 0, count);
  };
  return {
    add(path, count) {
      const place = USAGE_PLACES.get(path);
      if (place === undefined || !(count >= 0 && count <= MAX_TOKENS)) return;
      const { name, isStep, isProvisional } = place;
      if (isStep) steps[name] = (steps[name] ?? 0) + count;
      else {
        raise(highest, name, count);
        if (!isProvisional && OUTPUTS.has(name)) knowsOutput = true;
      }
    },
    stepsEnded() {
      for (const [name, count] of Object.entries(steps)) raise(ofSteps, name, count);
      steps = {};
    },
    usage() {
      const counts = { ...highest };
      for (const [name, count] of Object.entries(ofSteps)) raise(counts, name, count);
      return usageOf(counts);
    },
    get knowsOutput() {
      return knowsOutput;
    },
  };
}

/** Of several interfaces' names at once, as gateways write them, those that say most. */
function usageOf(counts: Counts): Usage | undefined {
  const said = [openAi(counts), anthropic(counts), converse(counts), gemini(counts), cohere(counts), ollama(counts)];
  const known = said.filter((usage) => usage !== undefined);
  if (known.length === 0) return undefined;
  return known.reduce((most, usage) => (total(usage) > total(most) ? usage : most));
}

function total({ inputTokens, outputTokens }: Usage): number {
  return inputTokens + outputTokens;
}

const READ = [
  ..."prompt_tokens_details.cached_tokens input_tokens_details.cached_tokens cached_tokens num_cached_tokens".split(" "),
  ..."prompt_cache_hit_tokens cache_read_input_tokens cacheReadInputTokens cacheReadInputTokenCount".split(" "),
];
const WRITTEN = [
  ...["prompt_tokens_details", "input_tokens_details"].flatMap((name) => [`${name}.cache_write_tokens`, `${name}.cache_creation_tokens`]),
  ..."cache_creation_input_tokens cacheWriteInputTokens cacheWriteInputTokenCount".split(" "),
];
const REASONING = [
  ..."completion_tokens_details.reasoning_tokens output_tokens_details.reasoning_tokens reasoning_tokens".split(" "),
  "output_tokens_details.thinking_tokens",
];

function read(counts: Counts): number {
  return highestOf(counts, READ);
}

function written(counts: Counts): number {
  const byAge = (counts["cache_creation.ephemeral_5m_input_tokens"] ?? 0) + (counts["cache_creation.ephemeral_1h_input_tokens"] ?? 0);
  return Math.max(byAge, highestOf(counts, WRITTEN));
}

function highestOf(counts: Counts, names: readonly string[]): number {
  return names.reduce((most, name) => Math.max(most, counts[name] ?? 0), 0);
}

/**
 * OpenAI's names (chat and completions): what was cached is part of `prompt_tokens`, reasoning of `completion_tokens`. Servers that use the
 * names otherwise (xAI counts reasoning beside, Gemini's endpoint too without saying how much, old gateways what was cached) are known by
 * `total_tokens`, and by a part that is larger than its whole.
 */
function openAi(counts: Counts): Usage | undefined {
  const [prompt, completion] = [counts["prompt_tokens"], counts["completion_tokens"]];
  if (prompt === undefined && completion === undefined) return undefined;
  return withBeside(counts, prompt ?? 0, completion ?? 0);
}

function withBeside(counts: Counts, prompt: number, completion: number): Usage {
  const cached = read(counts);
  const cacheWriteTokens = written(counts);
  const reasoningTokens = highestOf(counts, REASONING);
  const inCache = cached + cacheWriteTokens;
  const beyond = (counts["total_tokens"] ?? 0) - prompt - completion; // by how much the total is more than the two
  const isBeside = inCache > prompt || (inCache > 0 && (beyond === inCache || beyond === inCache + reasoningTokens));
  const inputTokens = prompt + (isBeside ? inCache : 0);
  const leftBeyond = beyond - (isBeside ? inCache : 0);
  const unsaid = leftBeyond > 0 ? leftBeyond : reasoningTokens > completion ? reasoningTokens : 0;
  return {
    inputTokens,
    cachedInputTokens: cached,
    cacheWriteTokens,
    outputTokens: completion + unsaid,
    reasoningTokens,
  };
}

/**
 * `input_tokens` and `output_tokens`: Anthropic counts what was read from and written to the cache beside, in counts of their own names;
 * OpenAI's Responses as part of the input, in its details.
 */
function anthropic(counts: Counts): Usage | undefined {
  const [input, output] = [counts["input_tokens"], counts["output_tokens"]];
  if (input === undefined && output === undefined) return undefined;
  const isOpenAi = counts["input_tokens_details.cached_tokens"] !== undefined || counts["total_tokens"] !== undefined;
  if (isOpenAi) return withBeside(counts, input ?? 0, output ?? 0);
  const [cachedInputTokens, cacheWriteTokens] = [read(counts), written(counts)];
  const inputTokens = (input ?? 0) + cachedInputTokens + cacheWriteTokens;
  return { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens: output ?? 0, reasoningTokens: highestOf(counts, REASONING) };
}

/** Bedrock's Converse: as Anthropic's. */
function converse(counts: Counts): Usage | undefined {
  const [input, output] = [counts["inputTokens"], counts["outputTokens"]];
  if (input === undefined && output === undefined) return undefined;
  const [cachedInputTokens, cacheWriteTokens] = [read(counts), written(counts)];
  const inputTokens = (input ?? 0) + cachedInputTokens + cacheWriteTokens;
  return { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens: output ?? 0, reasoningTokens: 0 };
}

/** Gemini: thoughts stand beside the candidates, the results of its own tools beside the prompt, what is cached is part of it. */
function gemini(counts: Counts): Usage | undefined {
  const [prompt, candidates] = [counts["promptTokenCount"], counts["candidatesTokenCount"]];
  if (prompt === undefined && candidates === undefined) return undefined;
  const reasoningTokens = counts["thoughtsTokenCount"] ?? 0;
  return {
    inputTokens: (prompt ?? 0) + (counts["toolUsePromptTokenCount"] ?? 0),
    cachedInputTokens: counts["cachedContentTokenCount"] ?? 0,
    cacheWriteTokens: 0,
    outputTokens: (candidates ?? 0) + reasoningTokens,
    reasoningTokens,
  };
}

/** Cohere: what is billed, else what was counted. */
function cohere(counts: Counts): Usage | undefined {
  for (const name of ["billed_units", "tokens"]) {
    const [inputTokens, outputTokens] = [counts[`${name}.input_tokens`], counts[`${name}.output_tokens`]];
    if (inputTokens === undefined && outputTokens === undefined) continue;
    const cachedInputTokens = Math.min(read(counts), inputTokens ?? 0);
    return { inputTokens: inputTokens ?? 0, cachedInputTokens, cacheWriteTokens: 0, outputTokens: outputTokens ?? 0, reasoningTokens: 0 };
  }
  return undefined;
}

function ollama(counts: Counts): Usage | undefined {
  const [input, output] = [counts["prompt_eval_count"], counts["eval_count"]];
  if (input === undefined && output === undefined) return undefined;
  return { inputTokens: input ?? 0, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: output ?? 0, reasoningTokens: 0 };
}
