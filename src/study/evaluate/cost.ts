// What requests cost, estimated from their text and the tiers' prices by the token. Prices by the hour are paid whatever is routed and are
// not counted.

/** US dollars. Undefined: not known. */
export interface TierPrice {
  readonly tier: string;
  readonly inputPerMTok: number | undefined;
  readonly outputPerMTok: number | undefined;
  readonly perHour: number | undefined;
}

/** A usual rule for English; Chinese and Korean have 3 bytes a character and about as many tokens by it as models count. */
export const BYTES_PER_TOKEN = 4;

export interface CostOfRow {
  readonly perByte: number; // of the text
  readonly fixed: number; // for the answer
}

/** US dollars for a request sent to a tier; undefined where a price that is needed is not known. */
export function costOfTier(price: TierPrice, outputTokens: number): CostOfRow | undefined {
  const { inputPerMTok, outputPerMTok } = price;
  if (inputPerMTok === undefined || (outputPerMTok === undefined && outputTokens > 0)) return undefined;
  return { perByte: inputPerMTok / BYTES_PER_TOKEN / 1e6, fixed: ((outputPerMTok ?? 0) * outputTokens) / 1e6 };
}

export function costOfRow({ perByte, fixed }: CostOfRow, textBytes: number): number {
  return perByte * textBytes + fixed;
}

/** Per 1,000 requests, each sent to its tier; undefined where the price of a tier that got requests is not known. */
export function costPer1000(
  tiers: Uint8Array,
  textBytes: Uint32Array,
  costs: readonly (CostOfRow | undefined)[],
  weights?: Float64Array,
): number | undefined {
  const rows = new Float64Array(costs.length);
  const bytes = new Float64Array(costs.length);
  for (let row = 0; row < tiers.length; row++) {
    const tier = tiers[row] ?? 0;
    const weight = weights === undefined ? 1 : (weights[row] ?? 0);
    rows[tier] = (rows[tier] ?? 0) + weight;
    bytes[tier] = (bytes[tier] ?? 0) + weight * (textBytes[row] ?? 0);
  }
  let sum = 0;
  for (let tier = 0; tier < costs.length; tier++) {
    const [cost, sent] = [costs[tier], rows[tier] ?? 0];
    if (sent === 0) continue;
    if (cost === undefined) return undefined;
    sum += cost.perByte * (bytes[tier] ?? 0) + cost.fixed * sent;
  }
  return (1000 * sum) / (weights === undefined ? tiers.length : rows.reduce((all, sent) => all + sent, 0));
}
