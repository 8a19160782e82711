// What a tier's model can take beside text, as the operator says it: yes, no, or unsaid, which is not known and keeps nothing away.
import type { RequestFacts } from "../chat/facts.ts";
import { LIMIT, paramNamed } from "../chat/param-table.ts";
import type { ParamEdit, ParamPlace } from "../chat/params.ts";
import type { TierName } from "../policy/policy.ts";

/** In the order in which reasons name them. */
export const ABILITIES = ["images", "files", "audio", "video", "tools", "json"] as const;
export type Ability = (typeof ABILITIES)[number];

export type Abilities = Readonly<Partial<Record<Ability, boolean>>>;

/** What a guard must know of a tier. */
export interface AbleTier {
  readonly name: TierName;
  readonly can: Abilities;
  readonly contextTokens: number | undefined; // of question and answer together; undefined: not known
  readonly params: readonly ParamEdit[]; // set in every request it serves: `max_tokens` may be among them
}

/** What a request asks of the tier that serves it. */
export interface Asks {
  readonly bits: number; // of ABILITIES, the first is 1
  readonly inputTokens: number; // an estimate
  readonly answerTokens: number | undefined; // at most, as the client says; undefined: it does not
}

/** What the request has in it or wants: of ABILITIES, the first is 1. */
export function askedBits({ images, files, audio, video, tools, jsonOutput }: RequestFacts): number {
  return (images ? 1 : 0) | (files ? 2 : 0) | (audio ? 4 : 0) | (video ? 8 : 0) | (tools ? 16 : 0) | (jsonOutput ? 32 : 0);
}

/** What a tier is said not to take. */
export function refusedBits(can: Abilities): number {
  return ABILITIES.reduce((bits, ability, index) => (can[ability] === false ? bits | (1 << index) : bits), 0);
}

export function abilitiesIn(bits: number): readonly Ability[] {
  return ABILITIES.filter((_, index) => (bits & (1 << index)) !== 0);
}

/** Members in which clients say how long an answer may be: the scanner must note their places. */
export const ANSWER_LIMITS: readonly string[] = LIMIT.all.map(({ member }) => member);

const MAX_DIGITS = 15;

/** The largest that the body says, in tokens. Undefined: it says none, or no number. */
export function answerTokens(body: Uint8Array, params: readonly ParamPlace[]): number | undefined {
  let most: number | undefined;
  for (const { name, start, end } of params) {
    if (!ANSWER_LIMITS.includes(name) || end - start > MAX_DIGITS) continue;
    const tokens = wholeNumber(body, start, end);
    if (tokens !== undefined && (most === undefined || tokens > most)) most = tokens;
  }
  return most;
}

const ZERO = 0x30;

/** Digits alone: decoding them as text took longer than all the rest. */
function wholeNumber(body: Uint8Array, start: number, end: number): number | undefined {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (body[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  return start === end ? undefined : value;
}

/** How long an answer the tier itself asks for. */
export interface AnswerLimit {
  readonly tokens: number;
  readonly always: boolean; // whatever the client says
}

export function answerLimitOf(params: readonly ParamEdit[]): AnswerLimit | undefined {
  const edit = params.findLast(({ name }) => paramNamed(name) === LIMIT);
  const tokens = edit === undefined ? Number.NaN : Number(edit.json);
  return edit === undefined || !Number.isFinite(tokens) ? undefined : { tokens, always: edit.overwrite };
}
