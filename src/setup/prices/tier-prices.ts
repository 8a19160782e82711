// Which tier gets which price of the lists. Pure.
import type { Price, TierConfig } from "../../config/capabilities/tiers.ts";
import { nearest } from "../../config/nearest.ts";
import { SluiceError } from "../../errors.ts";
import { type ModelTraits, newTraits } from "./model-traits.ts";
import type { PriceList } from "./price-list.ts";
import type { ListedModel, TokenPrice } from "./token-price.ts";

export interface PricedTier {
  readonly tier: string;
  readonly index: number; // in the configuration
  readonly model: string;
  readonly source: string; // the list that has it
  readonly before: Price;
  readonly after: TokenPrice;
  readonly note: string | undefined;
  readonly traits: ModelTraits | undefined; // that the configuration does not have so
}

export interface LeftTier {
  readonly tier: string;
  readonly why: string;
}

export interface TierPrices {
  readonly priced: readonly PricedTier[];
  readonly left: readonly LeftTier[];
}

const MOST_SUGGESTED = 5;

/**
 * `given`: models by tier, before those of the configuration; an empty one leaves the tier as it is. Of several lists the first that knows
 * a model's price counts. Throws `prices-tier`, and `prices-unknown-model` with every such model at once.
 */
export function tierPrices(tiers: readonly TierConfig[], given: ReadonlyMap<string, string>, lists: readonly PriceList[]): TierPrices {
  requireTiers(tiers, given);
  const priced: PricedTier[] = [];
  const left: LeftTier[] = [];
  const unknown: string[] = [];
  for (const [index, { name: tier, model: own, price: before, can, contextTokens }] of tiers.entries()) {
    const model = given.get(tier) ?? own;
    if (model === undefined) {
      left.push({ tier, why: `no \`model\` of its own; --tier ${tier}=MODEL gives one` });
    } else if (model === "") {
      left.push({ tier, why: "left as it is" });
    } else {
      const found = lookUp(model, lists);
      if (found.kind === "unpriced") unknown.push(`tier ${tier}: ${found.why}`);
      else {
        const traits = newTraits({ can, contextTokens }, found.traits);
        priced.push({ tier, index, model, source: found.source, before, after: found.price, note: found.note, traits });
      }
    }
  }
  if (unknown.length > 0) throw new SluiceError("prices-unknown-model", unknown.join("\n  "));
  if (priced.length === 0) throw new SluiceError("prices-tier", `no tier to look a price up for: ${left.map(whyLeft).join(", ")}`);
  return { priced, left };
}

function whyLeft({ tier, why }: LeftTier): string {
  return `${tier} (${why})`;
}

function requireTiers(tiers: readonly TierConfig[], given: ReadonlyMap<string, string>): void {
  const names = tiers.map(({ name }) => name);
  for (const name of given.keys()) {
    if (names.includes(name)) continue;
    const meant = nearest(name, names);
    const advice = meant === undefined ? `known: ${names.join(", ")}` : `did you mean ${meant}?`;
    throw new SluiceError("prices-tier", `--tier ${name}: no such tier; ${advice}`);
  }
}

type Found =
  | (Extract<ListedModel, { readonly kind: "priced" }> & { readonly source: string })
  | { readonly kind: "unpriced"; readonly why: string };

function lookUp(model: string, lists: readonly PriceList[]): Found {
  const sources = lists.map(({ source }) => source).join(", ");
  let why: string | undefined;
  for (const { source, models } of lists) {
    const listed = models.get(model);
    if (listed?.kind === "priced") return { ...listed, source };
    if (listed !== undefined) why ??= `${model} ${listed.why} in ${source}`;
  }
  return { kind: "unpriced", why: why ?? `${model} is not in ${sources}${suggested(model, lists)}` };
}

function suggested(model: string, lists: readonly PriceList[]): string {
  const names = lists.flatMap(({ models }) => [...models].flatMap(([name, { kind }]) => (kind === "priced" ? [name] : [])));
  const near = nearNames(model, names);
  return near.length === 0 ? "" : `; near: ${near.join(", ")}`;
}

/** The same name with a provider in front or behind, then the names that hold it, then those spelt nearly so. */
export function nearNames(model: string, names: readonly string[]): readonly string[] {
  const wanted = model.toLowerCase();
  const last = lastPart(wanted);
  const near = new Set([
    ...names.filter((name) => lastPart(name.toLowerCase()) === last),
    ...names.filter((name) => name.toLowerCase().includes(wanted)).sort((a, b) => a.length - b.length),
  ]);
  for (let rest = names.filter((name) => !near.has(name)); near.size < MOST_SUGGESTED; ) {
    const next = nearest(model, rest);
    if (next === undefined) break;
    near.add(next);
    rest = rest.filter((name) => name !== next);
  }
  return [...near].slice(0, MOST_SUGGESTED);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
