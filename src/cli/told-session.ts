// A session as `sluice explain --session` is told of it, in the place of what a running filter remembers, and what is said of it.
import { InvalidArgumentError } from "commander";
import { nearest } from "../config/nearest.ts";
import { type ErrorCode, SluiceError } from "../errors.ts";
import type { SessionStore } from "../request/guard/session-store.ts";
import type { TierName } from "../request/policy/policy.ts";

/** What session protection made of the request. */
export type Protection = "asked" | "off" | "no-session" | "aside";

export interface ToldSession {
  readonly last: TierName; // served its last action
  readonly cachedTokens: number | undefined; // what that tier's servers have of it; undefined: as many as the request has
  readonly idleSeconds: number;
  readonly actions: number; // so far
  readonly questions: number; // of these
  readonly answerTokens: number; // mean of its answers
  readonly raised: number; // questions that go above its tier, since an answer was bad
}

const COUNTS = { cachedTokens: undefined, idleSeconds: 0, actions: 1, questions: 1, answerTokens: 0, raised: 0 } as const;
type CountName = keyof typeof COUNTS;
const KEYS = ["last", ...Object.keys(COUNTS)];

/** `last=strong,cachedTokens=40000,idleSeconds=60`. */
export function toldSession(text: string): ToldSession {
  const given = new Map(text.split(",").map((part) => [part.slice(0, part.indexOf("=")).trim(), part.slice(part.indexOf("=") + 1).trim()]));
  const unknown = [...given.keys()].find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new InvalidArgumentError(`Give NAME=VALUE with commas between, of the names ${KEYS.join(", ")}.`);
  const last = given.get("last");
  if (last === undefined || last === "") throw new InvalidArgumentError("It must say last=TIER, which served the session's last action.");
  const count = (name: CountName) => {
    const value = given.get(name);
    if (value === undefined) return COUNTS[name];
    if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError(`${name} must be a whole number.`);
    return Number(value);
  };
  return {
    last,
    cachedTokens: count("cachedTokens"),
    idleSeconds: count("idleSeconds") ?? 0,
    actions: count("actions") ?? 0,
    questions: count("questions") ?? 0,
    answerTokens: count("answerTokens") ?? 0,
    raised: count("raised") ?? 0,
  };
}

/** Every session there is is the one told of; without one, none is known. Nothing is remembered. */
export function sessionsAsTold(told: ToldSession | undefined): SessionStore {
  return {
    find(_session, tiers) {
      if (told === undefined) return undefined;
      const { last, cachedTokens = Number.POSITIVE_INFINITY, idleSeconds, actions, questions, answerTokens, raised } = told;
      const tier = tiers.indexOf(last);
      const atLast = (value: number) => tiers.map((_, at) => (at === tier ? value : 0));
      const servedAtMs = atLast(performance.now() - 1000 * idleSeconds);
      const counts = { actions, questions, answerTokens, inputTokens: 0 };
      const leastTier = raised > 0 ? Math.min(tier + 1, tiers.length - 1) : 0;
      return { tier, cachedTokens: atLast(cachedTokens), servedAtMs, ...counts, willRefer: false, leastTier };
    },
    acted() {},
    answered() {},
    answeredBadly() {},
    keepOnly() {},
  };
}

/** Throws `tier-unknown`. */
export function requireTier({ last }: ToldSession, tiers: readonly TierName[]): void {
  requireKnown("tier-unknown", `--session last=${last}`, last, tiers);
}

/** Throws the error where it is none of those known. `option`: where it was named. */
export function requireKnown(
  code: Extract<ErrorCode, "tier-unknown" | "limit-unknown">,
  option: string,
  name: string,
  known: readonly string[],
): void {
  if (known.includes(name)) return;
  const what = code === "tier-unknown" ? "tier" : "limit";
  const meant = nearest(name, known);
  const all = known.length === 0 ? "none is configured" : `known: ${known.join(", ")}`;
  throw new SluiceError(code, `${option}: no such ${what}; ${meant === undefined ? all : `did you mean ${meant}?`}`);
}
