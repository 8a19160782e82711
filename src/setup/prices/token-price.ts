// What a list says that a model's tokens cost, whatever the list's unit.
import { type ModelTraits, NO_TRAITS } from "./model-traits.ts";

/** The members of a tier's `price` that are taken over, in the order they are written. */
export const TOKEN_PRICES = ["inputPerMTok", "cachedInputPerMTok", "cacheWritePerMTok", "outputPerMTok"] as const;
export type TokenPriceName = (typeof TOKEN_PRICES)[number];

/** US dollars for a million. Undefined: not billed apart, so as the input. */
export type TokenPrice = Readonly<Record<TokenPriceName, number | undefined>>;

export type ListedModel =
  | { readonly kind: "priced"; readonly price: TokenPrice; readonly note: string | undefined; readonly traits: ModelTraits }
  | { readonly kind: "unpriced"; readonly why: string };

/** As the list has them: per token, in its own unit. */
export interface ListedRates {
  readonly input: unknown;
  readonly cachedInput: unknown;
  readonly cacheWrite: unknown;
  readonly output: unknown;
}

const TOKENS = 1_000_000;
const DIGITS = 12; // 2.8e-7 × 1,000,000 is 0.28, and not 0.27999999999999997
const MOST_DOLLARS = 1_000_000; // as the configuration takes

/** `dollars`: what the list's unit is worth. */
export function listedModel(rates: ListedRates, dollars: number, note?: string): ListedModel {
  const input = perMillion(rates.input, dollars);
  const output = perMillion(rates.output, dollars);
  if (input === undefined || output === undefined) {
    return { kind: "unpriced", why: rates.input == null || rates.output == null ? "has no price for a token" : "has no usable price" };
  }
  const apart = (rate: unknown) => {
    const price = perMillion(rate, dollars);
    return price === 0 && input > 0 ? undefined : price; // both lists say "not apart" with a zero
  };
  const price = {
    inputPerMTok: input,
    cachedInputPerMTok: apart(rates.cachedInput),
    cacheWritePerMTok: apart(rates.cacheWrite),
    outputPerMTok: output,
  };
  return { kind: "priced", price, note, traits: NO_TRAITS };
}

/** Undefined: no price. A negative one stands for "it depends" in the lists; some are written as text. */
export function perMillion(rate: unknown, dollars: number): number | undefined {
  const number = typeof rate === "string" && rate.trim() !== "" ? Number(rate) : rate;
  if (typeof number !== "number" || !(number >= 0)) return undefined;
  const price = Number((number * dollars * TOKENS).toPrecision(DIGITS));
  return price <= MOST_DOLLARS ? price : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
