// The facts that the learned policy weighs beside words: how long, in what form, with what around it. All are bounded or logarithmic, so
// that one huge prompt weighs no more than a large one.
import { type RequestFacts, type Scope, textIn } from "../../chat/facts.ts";
import { DIGIT, HANGUL, IDEOGRAPH, KIND, MATH, QUESTION, SPACE, SYMBOL, TRAITS_END, UPPER } from "./characters.ts";
import type { TextReader } from "./text-reader.ts";

/** In the order of the vector. A model file names them, so that a model is never read with other facts. */
export const FACT_NAMES = [
  "log-chars", // of the whole text
  "log-turns",
  "log-words", // this and all below but the last three: of the part that is read
  "word-length", // mean
  "longest-word",
  "log-lines",
  "choices",
  "questions",
  "code-fences",
  "digit-share", // shares of all characters but white space
  "uppercase-share",
  "symbol-share",
  "math-share",
  "ideograph-share", // Han, kana and Hangul
  "new-share", // words, pairs and grams that were not met before, by character
  "tools", // 0 or 1
  "images",
  "json-output",
  "log-numbers", // this and all below: of the part that is read
  "log-latex", // commands and dollar signs
  "log-stem", // bytes in front of the first choice
  "log-choice", // mean bytes of a choice; 0 without one
  "log-longest-choice",
  "choice-spread", // standard deviation of their bytes, in means
  "code-share", // characters that programs have and prose has not, of all but white space
  "foreign-share", // letters of other scripts than Latin, Han, kana and Hangul
  "log-blanks", // underscores
  "log-quotes",
  "comma-share",
  "bracket-share",
  "sentence-length", // words to a full stop or question mark
] as const;

/** How many of the facts there were at first: models of that time name these alone. */
export const FIRST_FACTS = 18;

/** What a count of choices, questions or code fences can come to. */
const MOST = 20;

/** Fills `out` with the facts of a request whose text in `scope` the reader has just read. */
export function surfaceFacts(reader: TextReader, request: RequestFacts, scope: Scope, out: Float64Array): void {
  const count = countCharacters(reader.characters);
  const visible = Math.max(1, count.letters + count.symbols + count.ideographs);
  out[0] = Math.log1p(textIn(request, scope).chars);
  out[1] = Math.log1p(request.turns);
  out[2] = Math.log1p(reader.words);
  out[3] = count.letters / Math.max(1, reader.words);
  out[4] = reader.longestWord;
  out[5] = Math.log1p(reader.lines);
  out[6] = Math.min(reader.choices, MOST);
  out[7] = Math.min(count.questions, MOST);
  out[8] = Math.min(reader.fences, MOST);
  out[9] = count.digits / visible;
  out[10] = count.uppercase / visible;
  out[11] = count.symbols / visible;
  out[12] = count.math / visible;
  out[13] = (count.ideographs + count.hangul) / visible;
  out[14] = reader.count / visible;
  out[15] = request.tools ? 1 : 0;
  out[16] = request.images ? 1 : 0;
  out[17] = request.jsonOutput ? 1 : 0;
  const { ascii, choices } = reader;
  out[18] = Math.log1p(reader.numbers);
  out[19] = Math.log1p((ascii[BACKSLASH] ?? 0) + (ascii[DOLLAR] ?? 0));
  out[20] = Math.log1p(reader.stemBytes);
  const mean = reader.choiceBytes / Math.max(1, choices);
  out[21] = Math.log1p(mean);
  out[22] = Math.log1p(reader.longestChoice);
  out[23] = choices === 0 ? 0 : Math.sqrt(Math.max(0, reader.choiceSquares / choices - mean * mean)) / mean;
  out[24] = countOf(ascii, CODE) / visible;
  out[25] = reader.foreign / visible;
  out[26] = Math.log1p(ascii[UNDERSCORE] ?? 0);
  out[27] = Math.log1p(ascii[QUOTE] ?? 0);
  out[28] = (ascii[COMMA] ?? 0) / visible;
  out[29] = (ascii[BRACKET] ?? 0) / visible;
  out[30] = Math.min(reader.words / Math.max(1, (ascii[STOP] ?? 0) + count.questions), MOST_WORDS);
}

const code = (character: string) => character.charCodeAt(0);
const [BACKSLASH, DOLLAR, UNDERSCORE, QUOTE, COMMA, BRACKET, STOP] = [...'\\$_",(.'].map(code) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
const CODE = Uint8Array.from("{}[];=<>#&|", code);
const MOST_WORDS = 60;

function countOf(ascii: Uint32Array, codes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < codes.length; at++) sum += ascii[codes[at] ?? 0] ?? 0;
  return sum;
}

/** `letters` has Hangul in it. */
function countCharacters(characters: Uint32Array) {
  const count = { letters: 0, hangul: 0, ideographs: 0, symbols: 0, digits: 0, uppercase: 0, math: 0, questions: 0 };
  for (let traits = 0; traits < TRAITS_END; traits++) {
    const found = characters[traits] ?? 0;
    const kind = traits & KIND;
    if (found === 0 || kind === SPACE) continue;
    if (kind === SYMBOL) count.symbols += found;
    else if (kind === IDEOGRAPH) count.ideographs += found;
    else count.letters += found;
    if (kind === HANGUL) count.hangul += found;
    if ((traits & DIGIT) !== 0) count.digits += found;
    if ((traits & UPPER) !== 0) count.uppercase += found;
    if ((traits & MATH) !== 0) count.math += found;
    if ((traits & QUESTION) !== 0) count.questions += found;
  }
  return count;
}
