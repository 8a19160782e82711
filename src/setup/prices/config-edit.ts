// New prices in the text of a configuration: nothing but the members of `price` changes, byte for byte. What cannot be changed in place,
// such as a price that an alias stands for, is refused. Pure.
import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import { SluiceError } from "../../errors.ts";
import { changedBlock, flowText, newFlow, nullPlace } from "./price-members.ts";
import { lineEndAfter, type Splice, spliced, startOfLine } from "./splices.ts";
import { TOKEN_PRICES, type TokenPrice } from "./token-price.ts";

export interface PriceEdit {
  readonly tier: string;
  readonly index: number; // in `tiers`
  readonly price: TokenPrice;
}

/** `text`: a valid configuration. Throws `prices-not-in-place`. */
export function withPrices(text: string, source: string, edits: readonly PriceEdit[]): string {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true });
  const tiers: unknown = document.get("tiers", true);
  const refuse = (edit: PriceEdit, node: unknown, why: string) => {
    const at = (node as Node | undefined)?.range?.[0];
    return notInPlace(edit, at === undefined ? source : `${source}:${lines.linePos(at).line}`, why);
  };
  const changes = edits.map((edit) => {
    if (!isSeq(tiers)) throw refuse(edit, undefined, "the file has no list of `tiers`");
    const tier: unknown = tiers.items[edit.index];
    if (!isMap(tier)) throw refuse(edit, tier ?? tiers, "the tier is no map of its own");
    const splices = tierSplices(text, tier as TierMap, edit.price);
    if (typeof splices === "string") throw refuse(edit, tier, splices);
    if (!saysOnlyThat(text, spliced(text, splices), edit)) throw refuse(edit, tier, SHARED);
    return splices;
  });
  return spliced(text, changes.flat());
}

const SHARED = "its price is shared with another place by an anchor, or is written in a way that is not known here";

type TierMap = YAMLMap<Node, Node | null>;

function notInPlace({ tier, price }: PriceEdit, place: string, why: string): SluiceError {
  const hint = `Write it by hand: price: ${newFlow(price, "plain")}`;
  return new SluiceError("prices-not-in-place", `${place}: tier ${tier}: ${why}`, { hint });
}

/** Text: why not. */
function tierSplices(text: string, tier: TierMap, price: TokenPrice): readonly Splice[] | string {
  const pair = pairOf(tier, "price");
  if (pair === undefined) return newMember(text, tier, price);
  const { value } = pair;
  if (value === null || (isScalar(value) && value.value === null)) return nullPrice(text, tier, pair, price);
  if (!isMap(value)) return "its price is an alias of another place";
  const map = value as TierMap;
  if (!map.flow) return changedBlock(text, map, price);
  return flowText(text, map, price);
}

function pairOf(map: TierMap, key: string): Pair<Node, Node | null> | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** Behind the tier's model, or else its name. */
function newMember(text: string, tier: TierMap, price: TokenPrice): readonly Splice[] | string {
  const pair = pairOf(tier, "model") ?? pairOf(tier, "name");
  const start = pair?.key.range?.[0];
  const end = pair?.value?.range?.[1];
  if (start === undefined || end === undefined || text.slice(start, end).includes("\n")) return "its name and model are no single lines";
  const style = text[start] === '"' ? "quoted" : "plain";
  const key = style === "quoted" ? '"price"' : "price";
  if (tier.flow) return [{ start: end, end, text: `, ${key}: ${newFlow(price, style)}` }];
  const { at, newline } = lineEndAfter(text, end);
  const indent = " ".repeat(start - startOfLine(text, start));
  return [{ start: at, end: at, text: `${newline}${indent}${key}: ${newFlow(price, style)}` }];
}

function nullPrice(text: string, tier: TierMap, pair: Pair<Node, Node | null>, price: TokenPrice): readonly Splice[] | string {
  const place = nullPlace(text, pair);
  if (place === undefined) return "its price has no place for a value";
  const style = tier.flow && text[pair.key.range?.[0] ?? 0] === '"' ? "quoted" : "plain";
  return [{ ...place, text: `${place.start === place.end ? " " : ""}${newFlow(price, style)}` }];
}

/** Whether the two texts mean the same but for this price. */
function saysOnlyThat(before: string, after: string, { index, price }: PriceEdit): boolean {
  const changed = parseDocument(after, { stringKeys: true });
  if (changed.errors.length > 0) return false;
  const wanted = parseDocument(before, { stringKeys: true }).toJS() as { readonly tiers: readonly Readonly<Record<string, unknown>>[] };
  const tiers = wanted.tiers.map((tier, at) => (at === index ? { ...tier, price: merged(tier["price"], price) } : tier));
  return isDeepStrictEqual(changed.toJS(), { ...wanted, tiers });
}

function merged(before: unknown, price: TokenPrice): object {
  const all: Record<string, unknown> = { ...(before as object | null) };
  for (const name of TOKEN_PRICES) {
    if (price[name] === undefined) delete all[name];
    else all[name] = price[name];
  }
  return all;
}
