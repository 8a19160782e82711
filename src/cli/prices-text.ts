// What `sluice prices` says: each tier's prices before and after, as a table for people.
import { traitsText } from "../setup/prices/model-traits.ts";
import type { PricedTier, TierPrices } from "../setup/prices/tier-prices.ts";
import { TOKEN_PRICES, type TokenPriceName } from "../setup/prices/token-price.ts";

const TITLES: Readonly<Record<TokenPriceName, string>> = {
  inputPerMTok: "input",
  cachedInputPerMTok: "cached input",
  cacheWritePerMTok: "cache write",
  outputPerMTok: "output",
};
const GAP = "   ";
const NONE = "–";
/** Whether it holds is for the operator to say: a server may run the model with less, and a wrong `false` moves its requests. */
const OFFERED = "the list says, for you to write where it holds";

export function pricesText({ priced, left }: TierPrices): string {
  const header = ["tier", "model", ...TOKEN_PRICES.map((name) => TITLES[name])];
  const rows = [header, ...priced.map((each) => [each.tier, each.model, ...TOKEN_PRICES.map((name) => cell(each, name))])];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  const notes = [
    `US dollars for a million tokens; ${NONE}: not given, so cached tokens cost what input does`,
    ...priced.flatMap(({ tier, note }) => (note === undefined ? [] : [`${tier}: ${note}`])),
    ...priced.flatMap(({ tier, traits }) => (traits === undefined ? [] : [`${tier}: ${OFFERED}: ${traitsText(traits)}`])),
    ...left.map(({ tier, why }) => `${tier}: ${why}`),
  ];
  return `${lines.join("\n")}\n\n${notes.join("\n")}\n`;
}

function cell({ before, after }: PricedTier, name: TokenPriceName): string {
  const [from, to] = [before[name], after[name]];
  return from === to ? shown(to) : `${shown(from)} → ${shown(to)}`;
}

function shown(dollars: number | undefined): string {
  return dollars === undefined ? NONE : String(dollars);
}
