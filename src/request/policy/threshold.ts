// Threshold policy: a keyword, then length, then turns; the first over its threshold decides. Pure: reads facts, never text.
import { type RequestFacts, type Scope, type TurnKind, textIn, turnsIn } from "../chat/facts.ts";
import { keywordList } from "../chat/keyword-list.ts";
import { WHOLE_WORD } from "./conditions.ts";
import { hitTest } from "./keyword-hits.ts";
import type { Policy, PolicyRequest, Signal, TierName, Verdict } from "./policy.ts";

export interface ThresholdSettings {
  readonly keywords: readonly string[]; // lower case; matched inside words, as the reference rule does
  readonly wholeWords?: true; // not inside longer words; see word-borders.ts
  readonly maxChars: number; // code points of the joined text
  readonly maxBytes: number | undefined; // UTF-8 bytes of the joined text; undefined: not asked
  readonly maxTurns: number; // of the conversation
  readonly countTurns?: TurnKind; // what they are; not given: messages
  readonly scope: Scope;
  readonly under: TierName;
  readonly over: TierName;
}

/** The rule of the presets v1 to v7 and its relatives. A quantity equal to its threshold is not over it. Never abstains. */
export function thresholdPolicy(settings: ThresholdSettings): Policy {
  const { keywords, maxChars, maxTurns, countTurns, scope, under, over } = settings;
  const maxBytes = settings.maxBytes ?? Number.POSITIVE_INFINITY;
  const list = keywordList(keywords);
  const hitsOf = countedHits(settings);
  // One verdict a reason, made once: on the request path only a keyword's verdict is new.
  const long: Verdict = { tier: over, reason: "chars" };
  const heavy: Verdict = { tier: over, reason: "bytes" };
  const lengthy: Verdict = { tier: over, reason: "turns" };
  const easy: Verdict = { tier: under, reason: "under-thresholds" };
  return {
    needs: {
      keywords,
      ...(settings.wholeWords ? { borders: new Map(keywords.map((word) => [word, WHOLE_WORD])) } : {}),
      scopes: [scope],
      params: [],
    },
    decide(request) {
      const { facts } = request;
      const { keywordHits, chars, textBytes } = textIn(facts, scope);
      const keyword = keywordHits.length === 0 ? undefined : list.first(hitsOf(request));
      if (keyword !== undefined) return { tier: over, reason: "keyword", detail: keyword };
      if (chars > maxChars) return long;
      if (textBytes > maxBytes) return heavy;
      return turnsIn(facts, countTurns) > maxTurns ? lengthy : easy;
    },
    signals(request) {
      return signals(request.facts, list.count(hitsOf(request)), settings);
    },
  };
}

/** The scanner's hits that a threshold policy may count, those of other policies among them: where it takes whole words, those that are. */
export function countedHits({ keywords, scope, wholeWords }: ThresholdSettings): (request: PolicyRequest) => readonly string[] {
  if (!wholeWords) return ({ facts }) => textIn(facts, scope).keywordHits;
  const counts = hitTest(keywords, scope, true);
  return (request) => textIn(request.facts, scope).keywordHits.filter((hit) => counts(hit, request));
}

function signals(facts: RequestFacts, hits: number, settings: ThresholdSettings): readonly Signal[] {
  const { scope, maxChars, maxBytes, maxTurns, countTurns } = settings;
  const { chars, textBytes } = textIn(facts, scope);
  const measured = [signal("keyword", hits, 0), signal("chars", chars, maxChars)];
  if (maxBytes !== undefined) measured.push(signal("bytes", textBytes, maxBytes));
  return [...measured, signal("turns", turnsIn(facts, countTurns), maxTurns)];
}

function signal(name: string, value: number, threshold: number): Signal {
  return { name, value, threshold, over: value > threshold };
}
