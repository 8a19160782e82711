// What a bandit knows of a request: few numbers of about one, so that a thousand requests teach it something.
import { type Scope, textIn } from "../../chat/facts.ts";
import type { PolicyRequest } from "../policy.ts";

export const FEATURES = [
  "one",
  "tokens",
  "asked",
  "code",
  "tools",
  "json",
  "turns",
  "han",
  "other-script",
  "day",
  "half-day",
  "score",
] as const;
/** Their places. */
export const HOUR_FEATURES: readonly number[] = [FEATURES.indexOf("day"), FEATURES.indexOf("half-day")];
export const FEATURE_SCOPES: readonly Scope[] = ["all", "last_user"];

const DAY_MS = 86_400_000;
const [USUAL_TOKENS, USUAL_CHARS, TYPICAL_SCORE] = [5, 5, 0.5]; // logarithms, and the middle

/** Into `x`, which has a place for each; `score`: what another policy says of it, 0 to 1. */
export function readFeatures(x: Float64Array, { facts }: PolicyRequest, score: number | undefined, nowMs: number): void {
  const asked = textIn(facts, "last_user");
  const hour = (2 * Math.PI * (nowMs % DAY_MS)) / DAY_MS;
  x[0] = 1;
  x[1] = (Math.log1p(facts.inputTokens) - USUAL_TOKENS) / 2;
  x[2] = (Math.log1p(asked.chars) - USUAL_CHARS) / 2;
  x[3] = asked.codeFences > 0 ? 1 : 0;
  x[4] = facts.tools ? 1 : 0;
  x[5] = facts.jsonOutput ? 1 : 0;
  x[6] = Math.log(Math.max(1, facts.humanTurns)) / 2;
  x[7] = asked.script === "han" ? 1 : 0;
  x[8] = asked.script === "latin" || asked.script === "han" ? 0 : 1;
  x[9] = Math.sin(hour) / 2;
  x[10] = Math.cos(hour) / 2;
  x[11] = score === undefined ? 0 : 2 * (Math.min(1, Math.max(0, score)) - TYPICAL_SCORE);
}
