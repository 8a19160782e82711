// Portkey's pricing files, one for a provider (`pricing/PROVIDER.json`): US cents per token, under `pricing_config`.
import { SluiceError } from "../../errors.ts";
import { isRecord, type ListedModel, listedModel } from "./token-price.ts";

type Entry = Readonly<Record<string, unknown>>;

const CENT = 0.01;
/** An entry that says the currency and how to calculate, for all others. */
const DEFAULT = "default";

export function isPortkeyFile(value: Entry): boolean {
  return Object.values(value).some((entry) => isRecord(entry) && isRecord(entry["pricing_config"]));
}

/** Throws `prices-not-recognised` for another currency than US dollars. */
export function portkeyModels(value: Entry, source: string): ReadonlyMap<string, ListedModel> {
  const models = new Map<string, ListedModel>();
  for (const [name, entry] of Object.entries(value)) {
    if (!isRecord(entry)) continue;
    const config = isRecord(entry["pricing_config"]) ? entry["pricing_config"] : {};
    requireDollars(config["currency"], `${source}: ${name}`);
    if (name !== DEFAULT) models.set(name, modelOf(config["pay_as_you_go"]));
  }
  return models;
}

function requireDollars(currency: unknown, place: string): void {
  if (currency === undefined || currency === "USD") return;
  throw new SluiceError("prices-not-recognised", `${place}: prices in ${String(currency)}, where US dollars are needed`);
}

function modelOf(prices: unknown): ListedModel {
  if (!isRecord(prices)) return { kind: "unpriced", why: "has no price for a token" };
  const rate = (name: string) => (isRecord(prices[name]) ? prices[name]["price"] : undefined);
  const rates = {
    input: rate("request_token"),
    cachedInput: rate("cache_read_input_token"),
    cacheWrite: rate("cache_write_input_token"),
    output: rate("response_token"),
  };
  return listedModel(rates, CENT);
}
