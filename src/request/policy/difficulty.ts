// Difficulty policy: length, reasoning words, structure words and domain words of the last user message make a score; bands of it are
// tiers.
import { type TextFacts, textIn } from "../chat/facts.ts";
import type { ParamEdit } from "../chat/params.ts";
import { type Shape, shapedMembers } from "../chat/shape.ts";
import type { Policy, PolicyRequest, Signal, TierName, Verdict } from "./policy.ts";
import { isJudged, type WordTest, wordsIn, wordTest } from "./word-borders.ts";

export interface DifficultySettings {
  readonly words: DifficultyWords;
  readonly bands: readonly Band[]; // ascending; at least one, the last without `below`
}

/** Lower case; stems: found where a word starts, and anywhere in scripts without spaces. */
export interface DifficultyWords {
  readonly reasoning: readonly string[];
  readonly structure: readonly string[];
  readonly domain: readonly string[];
}

export interface Band {
  readonly below: number | undefined; // scores under it, 0 to 1, read to a ten-thousandth; undefined: all the rest
  readonly tier: TierName;
  readonly params: readonly ParamEdit[];
  readonly shape?: Shape | undefined;
}

const SCOPE = "last_user";
const BORDERS = "start";
/** Scores are counted in ten-thousandths, whole numbers, so that a score of 0.2 is not below a band's 0.2. */
const WHOLE = 10_000;

/** Scores for the reason header: their hundredths, so that one just below a band's 0.2 is 0.19. */
const SHOWN = Array.from({ length: 101 }, (_, hundredths) => (hundredths / 100).toFixed(2));

/** What one word adds, and how many count. With the 2,000 characters that count for 0.2 it makes 1. */
const KINDS = [
  { name: "reasoning", points: 1000, most: 3 },
  { name: "structure", points: 1000, most: 2 },
  { name: "domain", points: 1500, most: 2 },
] as const;
const MAX_CHARS = 2000; // a ten-thousandth each

/**
 * score = 0.2·min(characters/2000, 1) + 0.3·min(reasoning words/3, 1) + 0.2·min(structure words/2, 1) + 0.3·min(domain words/2, 1).
 * Each word counts once, however often it stands. Never abstains.
 */
export function difficultyPolicy({ words, bands }: DifficultySettings): Policy {
  const counted = wordCounter(words);
  const keywords = [...new Set(KINDS.flatMap(({ name }) => words[name]))];
  const cuts = bands.map(({ below }) => (below === undefined ? Number.POSITIVE_INFINITY : Math.round(below * WHOLE)));
  const last = bands.at(-1);
  if (last === undefined) throw new Error("invariant: a difficulty policy has a band");
  // A verdict follows from the points alone, so each is made once.
  const verdicts = new Map<number, Verdict>();
  const verdictOf = (reached: number): Verdict => {
    const { tier, params, shape } = bands.find((_, band) => reached < (cuts[band] ?? 0)) ?? last;
    const detail = SHOWN[Math.floor(reached / 100)] ?? "";
    return { tier, reason: "difficulty", detail, score: reached / WHOLE, params, ...(shape !== undefined && { shape }) };
  };
  const points = (request: PolicyRequest) => {
    const text = textIn(request.facts, SCOPE);
    const sum = Math.min(text.chars, MAX_CHARS);
    return text.keywordHits.length === 0 ? sum : sum + wordPoints(counted(text, request));
  };
  return {
    needs: {
      keywords,
      borders: new Map(keywords.map((word) => [word, BORDERS])),
      scopes: [SCOPE],
      params: [
        ...new Set(bands.flatMap(({ params, shape }) => [...params.map(({ name }) => name), ...(shape ? shapedMembers(shape) : [])])),
      ],
    },
    decide(request) {
      const reached = points(request);
      const made = verdicts.get(reached);
      if (made !== undefined) return made;
      const verdict = verdictOf(reached);
      verdicts.set(reached, verdict);
      return verdict;
    },
    signals(request) {
      const text = textIn(request.facts, SCOPE);
      const counts = counted(text, request);
      const measured = KINDS.map(({ name, most }, kind) => full(`${name}-words`, counts[kind] ?? 0, most));
      const reached = points(request);
      const passed = cuts
        .filter((cut) => cut !== Number.POSITIVE_INFINITY)
        .map((cut): Signal => ({ name: "score", value: reached / WHOLE, threshold: cut / WHOLE, over: reached >= cut }));
      return [full("chars", text.chars, MAX_CHARS), ...measured, ...passed];
    },
  };
}

function wordPoints(counts: readonly number[]): number {
  let sum = 0;
  for (let kind = 0; kind < KINDS.length; kind++) {
    const { points, most } = KINDS[kind] ?? { points: 0, most: 0 };
    sum += points * Math.min(counts[kind] ?? 0, most);
  }
  return sum;
}

/** A quantity beside the value from which more adds nothing. */
function full(name: string, value: number, most: number): Signal {
  return { name, value, threshold: most, over: value >= most };
}

/** How many words of each kind, in the order of KINDS, stand in the text. */
type WordCounter = (text: TextFacts, request: PolicyRequest) => readonly number[];

function wordCounter(words: DifficultyWords): WordCounter {
  const known = new Map<string, { readonly stands: WordTest | undefined; readonly kinds: number[] }>();
  KINDS.forEach(({ name }, kind) => {
    for (const word of new Set(words[name])) {
      const entry = known.get(word) ?? { stands: wordTest(word, BORDERS), kinds: [] };
      entry.kinds.push(kind);
      known.set(word, entry);
    }
  });
  const counts = [0, 0, 0]; // used again by every request, which reads them at once
  return (text, request) => {
    counts.fill(0);
    for (const hit of text.keywordHits) {
      const word = known.get(hit);
      if (word === undefined) continue;
      if (word.stands !== undefined && !isJudged(hit, BORDERS, text, request) && !word.stands(wordsIn(request, SCOPE))) continue;
      for (const kind of word.kinds) counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  };
}
