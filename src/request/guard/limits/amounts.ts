// What a request comes to, by what limits measure, in integers: tokens, and millionths of a dollar. As requests go, it is one.
import type { Measure } from "./limit.ts";

/** US dollars for a million tokens, which is micro-dollars for one. Undefined: not known. */
export interface TokenPrice {
  readonly inputPerMTok: number | undefined;
  readonly outputPerMTok: number | undefined;
}

export interface Amounts {
  readonly tokens: number;
  readonly microUsd: number; // 0: the price is not known
}

/** What was spent, and whether a request counts as one: one that failed may not. */
export interface Spent extends Amounts {
  readonly requests: 0 | 1;
}

export function amountsOf(inputTokens: number, outputTokens: number, price: TokenPrice): Amounts {
  return { tokens: Math.ceil(inputTokens + outputTokens), microUsd: microDollars(inputTokens, outputTokens, price) ?? 0 };
}

export function amountIn({ tokens, microUsd }: Amounts, measure: Measure): number {
  switch (measure) {
    case "requests":
      return 1;
    case "tokens":
      return tokens;
    case "usd":
      return microUsd;
    default:
      return measure satisfies never;
  }
}

export function spentIn(spent: Spent, measure: Measure): number {
  return measure === "requests" ? spent.requests : amountIn(spent, measure);
}

/** Undefined: the price is not known. */
export function microDollars(inputTokens: number, outputTokens: number, { inputPerMTok, outputPerMTok }: TokenPrice): number | undefined {
  if (inputPerMTok === undefined || outputPerMTok === undefined) return undefined;
  return Math.ceil(inputTokens * inputPerMTok + outputTokens * outputPerMTok);
}
