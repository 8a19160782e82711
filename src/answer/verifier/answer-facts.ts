// The facts by which a verifier weighs an answer: how long it is, whether it goes round in circles, how it ends, and what it has in common
// with its question. All are bounded or logarithmic. It reads form, not sense: it knows nothing of what is true.

import { leastDistinct } from "../said/distinct.ts";
import { CHOICE_FACTS, choiceFacts } from "./choice-facts.ts";
import { numbersIn, wordsIn } from "./words.ts";

/** In the order of the vector. A verifier's file names them, so that it is never read with other facts. */
export const ANSWER_FACTS = [
  "log-chars",
  "log-words",
  "log-lines",
  "log-sentences",
  "sentence-words", // in the mean
  "word-length", // in the mean
  "long-words", // share
  "least-distinct", // of the repetition check
  "distinct", // share of different sequences of four words
  "different-words", // share
  "late-new-words", // of the second half, those that the first does not have
  "ends-well", // 1: by a full stop or a bracket
  "conclusions", // "the answer is", "therefore", 因此, 따라서 …
  "hedges", // "however", "maybe", "closest" …
  "hedge-share", // a hundred words
  "negations", // share of words
  "digit-share", // of all characters but white space, as are the next
  "math-share",
  "uppercase-share",
  "bracket-share",
  "log-numbers",
  "most-decimals",
  "new-numbers", // share that the question does not have
  "last-numbers-asked", // of the last three numbers, those that the question has; -1: there are none
  "shared-words", // share that the question has, too
  "asked-words-said", // share of the question's words
  "last-sentence-words", // of the one before the last, where most answers conclude from
  "last-sentence-shared",
  "longer-than-asked", // logarithm
  "asked-log-chars",
  "asked-log-lines",
  "asked-digit-share",
  "asked-math-share",
  "asked-word-length",
  "asked-questions",
  ...CHOICE_FACTS,
] as const;
/** Changes whenever the same answer would give other facts. */
export const FACTS_VERSION = 1;

/** Characters that are read of an answer and of its question; of longer ones the front and the back. */
export const MAX_READ = 8192;
const MOST = 10; // what a count can come to
const MOST_DECIMALS = 20;
const LONG_WORD = 10;
const LAST_NUMBERS = 3;

const CONCLUSION =
  /\b(?:answer|therefore|result|conclusion|final answer) (?:is\b|:)|\btherefore,|答案是|因此|所以|결론|따라서|정답은|답은/giu;
const HEDGE = new RegExp(
  "\\b(?:however|but|not (?:clear|sure|possible)|none of|cannot|closest|approximately|assum(?:e|ing)|perhaps|might|may|maybe|unclear|" +
    "unknown|wait|actually|try|likely|possibly|seems?)\\b|可能|也许|或许|但是|不确定|아마|하지만|불확실",
  "giu",
);
const NEGATION = /\bnot\b|n't\b/giu;
const SENTENCE_END = /[.!?](?=\s|$)|[。!?]/g;
const ENDS_WELL = /[.!?)\]}"'`。!?」』]\s*$/;
const MATH = /[=+*/^\\<>$]/g;

/** Fills `out`. */
export function answerFacts(answer: string, question: string, out: Float64Array): void {
  const text = readable(answer);
  const asked = readable(question);
  const words = wordsIn(text);
  const askedWords = wordsIn(asked);
  const numbers = numbersIn(text);
  out.fill(0);
  let at = 0;
  const put = (...values: readonly number[]) => {
    for (const value of values) out[at++] = value;
  };
  put(...sizes(text, answer.length, words));
  put(...repeats(text, words));
  put(...manner(text, words.length));
  put(...characters(text));
  put(...ofNumbers(numbers, new Set(numbersIn(asked))));
  put(...ofQuestion(text, answer.length, words, asked, question.length, askedWords));
  put(...choiceFacts(text, asked));
}

function readable(text: string): string {
  return text.length <= MAX_READ ? text : `${text.slice(0, MAX_READ / 2)}\n${text.slice(-MAX_READ / 2)}`;
}

function sizes(text: string, chars: number, words: readonly string[]): readonly number[] {
  const sentences = count(text, SENTENCE_END);
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  return [
    Math.log1p(chars),
    Math.log1p(words.length),
    Math.log1p(count(text, /\n/g)),
    Math.log1p(sentences),
    words.length / Math.max(1, sentences),
    letters / Math.max(1, words.length),
    shareOf(words, (word) => word.length >= LONG_WORD),
  ];
}

function repeats(text: string, words: readonly string[]): readonly number[] {
  const sequences = new Set<string>();
  for (let at = 0; at + 4 <= words.length; at++) sequences.add(`${words[at]} ${words[at + 1]} ${words[at + 2]} ${words[at + 3]}`);
  const early = new Set(words.slice(0, words.length >> 1));
  return [
    leastDistinct(text),
    words.length <= 4 ? 1 : sequences.size / (words.length - 3),
    new Set(words).size / Math.max(1, words.length),
    shareOf(words.slice(words.length >> 1), (word) => !early.has(word)),
  ];
}

function manner(text: string, words: number): readonly number[] {
  const hedges = count(text, HEDGE);
  return [
    ENDS_WELL.test(text) ? 1 : 0,
    Math.min(MOST, count(text, CONCLUSION)),
    Math.min(MOST, hedges),
    (100 * hedges) / Math.max(1, words),
    count(text, NEGATION) / Math.max(1, words),
  ];
}

function characters(text: string): readonly number[] {
  const visible = Math.max(1, count(text, /\S/g));
  return [/\d/g, MATH, /\p{Lu}/gu, /\(/g].map((kind) => count(text, kind) / visible);
}

function ofNumbers(numbers: readonly string[], asked: ReadonlySet<string>): readonly number[] {
  const last = numbers.slice(-LAST_NUMBERS);
  const decimals = numbers.reduce((most, number) => Math.max(most, number.split(".")[1]?.length ?? 0), 0);
  return [
    Math.log1p(numbers.length),
    Math.min(MOST_DECIMALS, decimals),
    shareOf(numbers, (number) => !asked.has(number)),
    last.length === 0 ? -1 : shareOf(last, (number) => asked.has(number)),
  ];
}

function ofQuestion(
  text: string,
  chars: number,
  words: readonly string[],
  asked: string,
  askedChars: number,
  askedWords: readonly string[],
): readonly number[] {
  const known = new Set(askedWords);
  const said = new Set(words);
  const last = wordsIn(
    text
      .trimEnd()
      .slice(0, -1)
      .split(/[.!?]\s|[。!?]/)
      .at(-2) ?? "",
  );
  const letters = askedWords.reduce((sum, word) => sum + word.length, 0);
  return [
    shareOf(words, (word) => known.has(word)),
    shareOf([...known], (word) => said.has(word)),
    Math.log1p(last.length),
    shareOf(last, (word) => known.has(word)),
    Math.log1p(chars) - Math.log1p(askedChars),
    Math.log1p(askedChars),
    Math.log1p(count(asked, /\n/g)),
    count(asked, /\d/g) / Math.max(1, asked.length),
    count(asked, MATH) / Math.max(1, asked.length),
    letters / Math.max(1, askedWords.length),
    Math.min(MOST, count(asked, /[??]/g)),
  ];
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** 0 of nothing. */
function shareOf(items: readonly string[], fits: (item: string) => boolean): number {
  let fitting = 0;
  for (const item of items) if (fits(item)) fitting++;
  return fitting / Math.max(1, items.length);
}
