// What is private in a request, replaced before anything is written: e-mail addresses, keys and tokens of known shapes, card, bank and
// phone numbers, who the user is, and what the operator's own patterns find. Every pattern takes time linear in the text.
import { RE2JS } from "re2js";
import { SluiceError } from "../../errors.ts";
import { regexProblem } from "../../request/policy/regex.ts";
import type { Json } from "../loop/loop-row.ts";

export const MASKS = ["email", "key", "card", "iban", "phone", "user", "own"] as const;
export type Mask = (typeof MASKS)[number];

/** How often each was found. */
export type MaskCounts = Record<Mask, number>;

export interface Masking {
  /** The value with what is private replaced in all its texts; the very same where nothing is. */
  value(value: Json): Json;
  readonly counts: Readonly<MaskCounts>;
}

interface Pattern {
  readonly mask: Mask;
  readonly of: RegExp;
  readonly isMeant?: (found: string) => boolean;
}

/** Bounded runs behind a border: none of them is searched twice from the same place. */
const PATTERNS: readonly Pattern[] = [
  { mask: "key", of: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,20000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g },
  { mask: "key", of: /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/g },
  { mask: "key", of: /(?<![\w-])(?:sk|pk|rk)-(?:[a-z]{2,10}-){0,2}[\w-]{16,}/g },
  { mask: "key", of: /(?<!\w)(?:sk|pk|rk)_(?:live|test)_\w{16,}/g },
  { mask: "key", of: /(?<!\w)(?:AKIA|ASIA|AGPA|AROA|AIDA)[0-9A-Z]{16}(?!\w)/g },
  { mask: "key", of: /(?<!\w)(?:gh[pousr]_\w{36,}|github_pat_\w{22,}|glpat-[\w-]{20,}|npm_\w{36}|hf_\w{30,}|ya29\.[\w-]{20,})/g },
  {
    mask: "key",
    of: /(?<!\w)(?:xox[abeoprs]-[\w-]{10,}|AIza[\w-]{35}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_\w{40,}|xai-\w{20,}|gsk_\w{20,})/g,
  },
  { mask: "key", of: /(?<=\b[Bb]earer\s{1,4})[\w.~+/-]{20,}=*/g },
  { mask: "key", of: /(?<=\b(?:api[_-]?key|secret|token|passwd|password)["']?\s{0,4}[:=]\s{0,4}["']?)[^\s"',;<>[\]]{8,200}/gi },
  { mask: "key", of: /(?<=\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s/:@]{1,100}:)[^\s/@]{1,200}(?=@)/gi },
  { mask: "email", of: /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}])/gu },
  { mask: "iban", of: /(?<![\w])[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?(?!\w)/g, isMeant: isIban },
  { mask: "card", of: /(?<![\w.-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-])/g, isMeant: isCard },
  { mask: "phone", of: /(?<![\w+])\+[1-9]\d{0,2}(?:[ .()/-]{0,3}\d){7,12}(?!\w)/g },
];

/** Members that name a person, by where OpenAI's and Anthropic's requests have them. */
const USERS = new Set(["user", "safety_identifier", "user_id"]);

/** `own`: patterns of RE2. Throws `mask-invalid`. */
export function masking(own: readonly string[] = []): Masking {
  const counts: MaskCounts = { email: 0, key: 0, card: 0, iban: 0, phone: 0, user: 0, own: 0 };
  const replacers = [...PATTERNS.map((pattern) => builtIn(pattern, counts)), ...own.map((source) => ownReplacer(source, counts))];
  const text = (written: string) => replacers.reduce((so, replace) => replace(so), written);
  return { counts, value: (value) => walked(value, text, counts) };
}

type Replace = (text: string) => string;

function builtIn({ mask, of, isMeant }: Pattern, counts: MaskCounts): Replace {
  return (text) =>
    text.replace(of, (found) => {
      if (isMeant?.(found) === false) return found;
      counts[mask]++;
      return `[${mask}]`;
    });
}

function ownReplacer(source: string, counts: MaskCounts): Replace {
  const problem = regexProblem(source);
  if (problem !== undefined) throw new SluiceError("mask-invalid", `--mask ${JSON.stringify(source)}: ${problem}`);
  const pattern = RE2JS.compile(source);
  return (text) => {
    const matcher = pattern.matcher(text);
    let [masked, from] = ["", 0];
    while (matcher.find()) {
      if (matcher.end() === matcher.start()) continue;
      counts.own++;
      masked += `${text.slice(from, matcher.start())}[private]`;
      from = matcher.end();
    }
    return from === 0 ? text : masked + text.slice(from);
  };
}

function walked(value: Json, text: Replace, counts: MaskCounts): Json {
  if (typeof value === "string") return isBinary(value) ? value : text(value);
  if (typeof value === "number") return masksNumber(value, counts) ? 0 : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return sameOr(
      value,
      value.map((each: Json) => walked(each, text, counts)),
    );
  const members = value as { readonly [member: string]: Json };
  let changed = false;
  const masked = Object.fromEntries(
    Object.entries(members).map(([name, each]) => {
      const to = memberOf(members, name, each) ?? walked(each, text, counts);
      if (to !== each) changed = true;
      if (to === "[user]" && each !== to) counts.user++;
      return [name, to];
    }),
  );
  return changed ? masked : value;
}

function sameOr(before: readonly Json[], after: readonly Json[]): readonly Json[] {
  return after.every((each, at) => each === before[at]) ? before : after;
}

/** Undefined: like any other value. */
function memberOf(members: { readonly [member: string]: Json }, name: string, value: Json): Json | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  if (USERS.has(name) && (name !== "user" || "messages" in members || "input" in members || "prompt" in members)) return "[user]";
  const isAttachment = name === "data" && ("media_type" in members || "format" in members);
  return isAttachment && /^[\w+/=-]{100,}$/.test(value) ? value : undefined;
}

/** An image or a sound: letters in it mean nothing. */
function isBinary(text: string): boolean {
  return text.startsWith("data:") && /^data:[\w/+.;=-]{1,100};base64,/.test(text);
}

function masksNumber(value: number, counts: MaskCounts): boolean {
  if (!Number.isSafeInteger(value) || value < 1e12 || !isCard(String(value))) return false;
  counts.card++;
  return true;
}

/** 13 to 19 digits with Luhn's check digit, the first of a card's. */
function isCard(found: string): boolean {
  const digits = found.replaceAll(/\D/g, "");
  if (digits.length < 13 || digits.length > 19 || !/^[2-6]/.test(digits) || /^(\d)\1+$/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? 2 * digit : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 13616: the country's letters and check digits behind the rest, letters as 10 to 35, modulo 97. */
function isIban(found: string): boolean {
  const compact = found.replaceAll(" ", "");
  if (compact.length < 15 || compact.length > 34) return false;
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
