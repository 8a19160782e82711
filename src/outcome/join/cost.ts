// What a served chat cost: exact where the model server said how many tokens it used, else estimated and marked so.

import type { Reading } from "../../answer/answer-reader.ts";
import type { AnswerFailure } from "../../answer/ending/ending.ts";
import type { Usage } from "../../answer/usage/usage.ts";
import type { Measured } from "../../request/routing/routing.ts";
import type { Served } from "./served.ts";

/** US dollars. Undefined: not known. */
export interface TierPrice {
  readonly inputPerMTok: number | undefined; // for a million tokens, as are the next three
  readonly cachedInputPerMTok?: number | undefined; // undefined: as the input, as is the next
  readonly cacheWritePerMTok?: number | undefined;
  readonly outputPerMTok: number | undefined;
  readonly perHour?: number | undefined; // of servers that are rented by time
}

export interface Cost extends Usage {
  readonly basis: "exact" | "estimated";
  readonly costUsd: number | undefined; // undefined: a price is not known
  readonly inputUsd?: number | undefined; // of it, for the request; and for the answer
  readonly outputUsd?: number | undefined;
  readonly isPriced: boolean; // by token or by the hour; false: nobody knows what this cost
}

/** Of JSON that was not read: a usual rule for English. */
const BYTES_PER_TOKEN = 4;
/** Of a whole answer in OpenAI's form: names, ids and usage around the text. */
const JSON_FRAME_BYTES = 450;
/** Of one server-sent event of OpenAI's, which carries about a token. */
const EVENT_BYTES = 260;

/** Undefined: nothing was generated that anybody would charge for. */
export function costOf(
  served: Served,
  measured: Measured | undefined,
  reading: Reading | undefined,
  failure: AnswerFailure | undefined,
  price: TierPrice | undefined,
): Cost | undefined {
  if (served.status < 200 || served.status > 299) return undefined;
  const said = reading?.usage;
  if (said === undefined && failure === "error" && !measured?.stream) return undefined; // an error body
  const isExact = said !== undefined && reading?.knowsOutput === true;
  const usage = isExact ? said : estimated(served, measured, said);
  const usd = price && costUsd(usage, price);
  const inputUsd = price && costUsd({ ...usage, outputTokens: 0 }, price);
  const outputUsd = price && costUsd({ ...NO_INPUT, outputTokens: usage.outputTokens }, price);
  const isPriced = (usd ?? price?.perHour) !== undefined;
  return { basis: isExact ? "exact" : "estimated", ...usage, costUsd: usd, inputUsd, outputUsd, isPriced };
}

/** Of an answer that was kept from before. */
export const NOTHING_SPENT: Cost = {
  basis: "exact",
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costUsd: 0,
  inputUsd: 0,
  outputUsd: 0,
  isPriced: true,
};

const NO_INPUT = { inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0 };

/** `said`: of an answer that had only begun, what it said of its input. */
function estimated({ requestBytes, responseBytes }: Served, measured: Measured | undefined, said: Usage | undefined): Usage {
  const output = measured?.stream ? responseBytes / EVENT_BYTES : Math.max(0, responseBytes - JSON_FRAME_BYTES) / BYTES_PER_TOKEN;
  return {
    inputTokens: said?.inputTokens ?? measured?.inputTokens ?? Math.ceil(requestBytes / BYTES_PER_TOKEN),
    cachedInputTokens: said?.cachedInputTokens ?? 0,
    cacheWriteTokens: said?.cacheWriteTokens ?? 0,
    outputTokens: Math.max(said?.outputTokens ?? 0, Math.round(output)),
    reasoningTokens: said?.reasoningTokens ?? 0,
  };
}

/** What tokens cost at a price, US dollars; undefined: it says too little. */
export function costUsd(
  { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens }: Omit<Usage, "reasoningTokens">,
  { inputPerMTok, cachedInputPerMTok, cacheWritePerMTok, outputPerMTok }: TierPrice,
): number | undefined {
  if (inputPerMTok === undefined || outputPerMTok === undefined) return undefined;
  const uncached = Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens);
  const cached = cachedInputTokens * (cachedInputPerMTok ?? inputPerMTok) + cacheWriteTokens * (cacheWritePerMTok ?? inputPerMTok);
  return (uncached * inputPerMTok + cached + outputTokens * outputPerMTok) / 1e6;
}
