// Prices of models, as public lists of them say them: read from either format, in US dollars for a million tokens. Pure.
import { SluiceError } from "../../errors.ts";
import { isLitellmMap, litellmModels } from "./litellm.ts";
import { isPortkeyFile, portkeyModels } from "./portkey.ts";
import { isRecord, type ListedModel } from "./token-price.ts";

export interface PriceList {
  readonly source: string;
  readonly models: ReadonlyMap<string, ListedModel>;
}

/** `source` names the text in messages. Throws `prices-unreadable` and `prices-not-recognised`. */
export function parsePriceList(text: string, source: string): PriceList {
  const value = parsed(text, source);
  if (isRecord(value)) {
    if (isPortkeyFile(value)) return { source, models: portkeyModels(value, source) };
    if (isLitellmMap(value)) return { source, models: litellmModels(value) };
  }
  throw new SluiceError("prices-not-recognised", `${source}: ${described(value)}`);
}

function parsed(text: string, source: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new SluiceError("prices-unreadable", `${source}: not JSON`, { cause });
  }
}

function described(value: unknown): string {
  if (!isRecord(value)) return "no map of models to prices";
  if ("pay_as_you_go" in value) return "Portkey's answer about one model, which does not say its name; take the provider's file";
  if (isRecord(value["models"])) return "`models` inside of an object; the map itself is needed";
  return "neither LiteLLM's map nor one of Portkey's pricing files";
}
