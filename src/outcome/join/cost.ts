// What a served request cost: exact where the model server said how many tokens it used, else estimated from bytes and marked so.

import type { Usage } from "../../answer/usage/usage.ts";
import type { Measured } from "../../request/routing/routing.ts";
import type { Served } from "./served.ts";

/** US dollars. Undefined: not known. */
export interface TierPrice {
  readonly inputPerMTok: number | undefined;
  readonly outputPerMTok: number | undefined;
}

export interface Cost {
  readonly basis: "exact" | "estimated";
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number | undefined; // undefined: a price is not known
}

/** A usual rule for English; Chinese and Korean have 3 bytes a character and about as many tokens by it as models count. */
const BYTES_PER_TOKEN = 4;
/** Of a whole answer in OpenAI's form: names, ids and usage around the text. */
const JSON_FRAME_BYTES = 450;
/** Of one server-sent event of OpenAI's, which carries about a token. */
const EVENT_BYTES = 260;

/** Undefined: nothing was generated that anybody would charge for. */
export function costOf(
  served: Served,
  measured: Measured | undefined,
  usage: Usage | undefined,
  price: TierPrice | undefined,
): Cost | undefined {
  if (served.status < 200 || served.status > 299) return undefined;
  const tokens = usage ?? estimated(served, measured);
  return {
    basis: usage === undefined ? "estimated" : "exact",
    inputTokens: tokens.inputTokens,
    outputTokens: tokens.outputTokens,
    costUsd: price && costUsd(tokens, price),
  };
}

function estimated({ requestBytes, responseBytes }: Served, measured: Measured | undefined): { inputTokens: number; outputTokens: number } {
  const textBytes = measured === undefined || measured.textBytes === 0 ? requestBytes : measured.textBytes;
  const output = measured?.stream ? responseBytes / EVENT_BYTES : Math.max(0, responseBytes - JSON_FRAME_BYTES) / BYTES_PER_TOKEN;
  return { inputTokens: Math.ceil(textBytes / BYTES_PER_TOKEN), outputTokens: Math.round(output) };
}

/** What so many tokens cost at a price; undefined: it says too little. */
export function costUsd(
  tokens: { inputTokens: number; outputTokens: number },
  { inputPerMTok, outputPerMTok }: TierPrice,
): number | undefined {
  if (inputPerMTok === undefined || outputPerMTok === undefined) return undefined;
  return (tokens.inputTokens * inputPerMTok + tokens.outputTokens * outputPerMTok) / 1e6;
}
