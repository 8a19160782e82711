// The members of one `price` in YAML: changed where they stand, added in their order, taken away with their line. Pure.
import { isScalar, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { lineEndAfter, type Splice, startOfLine } from "./splices.ts";
import { TOKEN_PRICES, type TokenPrice, type TokenPriceName } from "./token-price.ts";

type PriceMap = YAMLMap<Node, Node | null>;
type Member = Pair<Node, Node | null>;

/** How keys are written. */
export type KeyStyle = "plain" | "quoted";

/** A whole price in one line. */
export function newFlow(price: TokenPrice, style: KeyStyle): string {
  const members = TOKEN_PRICES.flatMap((name) => (price[name] === undefined ? [] : [memberText(name, price[name], style)]));
  return `{ ${members.join(", ")} }`;
}

function memberText(name: string, dollars: number, style: KeyStyle): string {
  return `${style === "quoted" ? `"${name}"` : name}: ${dollars}`;
}

/** Where the value of a key without one belongs. Undefined: nowhere. */
export function nullPlace(text: string, { key, value }: Member): Omit<Splice, "text"> | undefined {
  const range = value?.range;
  if (range && range[0] < range[1]) return { start: range[0], end: range[1] };
  const keyEnd = key.range?.[1];
  if (keyEnd === undefined) return undefined;
  const colon = keyEnd + (/^\s*:/.exec(text.slice(keyEnd))?.[0].length ?? 0);
  return colon === keyEnd ? undefined : { start: colon, end: colon };
}

/** Of a map with a member a line. Text: why not. */
export function changedBlock(text: string, map: PriceMap, price: TokenPrice): readonly Splice[] | string {
  const splices: Splice[] = [];
  for (const name of TOKEN_PRICES) {
    const change = memberChange(text, map, price, name);
    if (typeof change === "string") return change;
    splices.push(...change);
  }
  return splices;
}

function memberChange(text: string, map: PriceMap, price: TokenPrice, name: TokenPriceName): readonly Splice[] | string {
  const member = memberOf(map, name);
  const dollars = price[name];
  if (dollars === undefined) return member === undefined ? [] : removedLine(text, member);
  return member === undefined ? addedLine(text, map, price, name, dollars) : changedValue(text, member, dollars);
}

function memberOf(map: PriceMap, name: string): Member | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name);
}

/** The same number keeps its spelling. */
function changedValue(text: string, member: Member, dollars: number): readonly Splice[] | string {
  const { value } = member;
  if (value !== null && !isScalar(value)) return "a part of its price is an alias of another place";
  if (value?.value === dollars) return [];
  if (value !== null && value.value !== null) {
    const range = (value as Scalar).range;
    return range ? [{ start: range[0], end: range[1], text: String(dollars) }] : "a part of its price has no place";
  }
  const place = nullPlace(text, member);
  if (place === undefined) return "a part of its price has no place for a value";
  return [{ ...place, text: place.start === place.end ? ` ${dollars}` : String(dollars) }];
}

/** Behind the nearest of those before it that stays, or else in front of all. */
function addedLine(text: string, map: PriceMap, price: TokenPrice, name: TokenPriceName, dollars: number): readonly Splice[] | string {
  const first = map.items[0]?.key.range?.[0];
  if (first === undefined) return "its price has no members";
  const start = startOfLine(text, first);
  const indent = text.slice(start, first);
  if (indent.trim() !== "") return "its price begins in the middle of a line";
  const member = `${indent}${memberText(name, dollars, text[first] === '"' ? "quoted" : "plain")}`;
  const behind = namesBefore(name)
    .map((each) => (price[each] === undefined ? undefined : memberOf(map, each)))
    .findLast((each) => each !== undefined);
  const end = behind?.value?.range?.[1] ?? behind?.key.range?.[1];
  if (end === undefined) return [{ start, end: start, text: `${member}${lineEndAfter(text, first).newline}` }];
  const { at, newline } = lineEndAfter(text, end);
  return [{ start: at, end: at, text: `${newline}${member}` }];
}

function namesBefore(name: TokenPriceName): readonly TokenPriceName[] {
  return TOKEN_PRICES.slice(0, TOKEN_PRICES.indexOf(name));
}

function removedLine(text: string, { key, value }: Member): readonly Splice[] | string {
  const from = key.range?.[0];
  const to = value?.range?.[1] ?? key.range?.[1];
  if (from === undefined || to === undefined) return "a part of its price has no place";
  const start = startOfLine(text, from);
  if (text.slice(start, from).trim() !== "" || text.slice(from, to).includes("\n")) return "a part of its price is no line of its own";
  const { at, newline } = lineEndAfter(text, to);
  return [{ start, end: Math.min(at + newline.length, text.length), text: "" }];
}

/** Of a map in braces: in place where the same members stay, else written anew. Text: why not. */
export function flowText(text: string, map: PriceMap, price: TokenPrice): readonly Splice[] | string {
  const has = (name: TokenPriceName) => memberOf(map, name) !== undefined;
  if (TOKEN_PRICES.every((name) => has(name) === (price[name] !== undefined))) return changedBlock(text, map, price);
  const range = map.range;
  if (!range) return "its price has no place";
  const source = text.slice(range[0], range[1]);
  if (/[#&*!]/.test(source)) return "its price has comments, anchors or tags within its braces";
  const members = flowMembers(text, map, price);
  const spaced = /^\{\S/.test(source) ? "" : " ";
  return [{ start: range[0], end: range[1], text: `{${spaced}${members.join(", ")}${spaced}}` }];
}

function flowMembers(text: string, map: PriceMap, price: TokenPrice): readonly string[] {
  const style: KeyStyle = text[map.items[0]?.key.range?.[0] ?? 0] === '"' ? "quoted" : "plain";
  const members = map.items.flatMap(({ key, value }) => {
    const name = String(isScalar(key) ? key.value : "");
    const isTaken = (TOKEN_PRICES as readonly string[]).includes(name);
    const dollars = isTaken ? price[name as TokenPriceName] : undefined;
    if (isTaken && (dollars === undefined || !(isScalar(value) && value.value === dollars))) {
      return dollars === undefined ? [] : [{ name, text: memberText(name, dollars, style) }];
    }
    return [{ name, text: text.slice(key.range?.[0] ?? 0, value?.range?.[1] ?? key.range?.[1]) }];
  });
  for (const name of TOKEN_PRICES) {
    const dollars = price[name];
    if (dollars === undefined || members.some((member) => member.name === name)) continue;
    const behind = members.findLastIndex((member) => namesBefore(name).some((each) => each === member.name));
    members.splice(behind + 1, 0, { name, text: memberText(name, dollars, style) });
  }
  return members.map((member) => member.text);
}
