// An English question in one form: courtesies, articles and the ways to begin a question taken out, a few words that mean the same made
// one, and phrases behind a preposition free to stand in front or behind.
import { END, endings, GAP, isPunctuation, synonyms, type Token, tokensOf, type WordKind, type Words, wordSet } from "./words.ts";

const ASKING = "what|how|why|when|where|who|whom|which|whose";
const REQUESTS =
  "tell|explain|show|give|write|translate|list|help|describe|summarize|convert|provide|suggest|recommend|create|make|find|compare|define";

/** In turn, on words with a space between; tried again until none fits. */
const COURTESIES: readonly RegExp[] = [
  /^(?:hi|hello|hey)(?: there)? (?:[,.!] )?/,
  /^please /,
  /(?: ,)? please(?= [.?!]|$)/,
  new RegExp(`^(?:can|could|would|will) you (?:please )?(?=(?:${REQUESTS}) )`),
  new RegExp(`^(?:i (?:would like|want|need) to know|do you know|i am wondering) (?=(?:${ASKING}) )`),
  new RegExp(`^(?:tell me|show me|explain to me|explain) (?=(?:${ASKING}) )`),
];

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/\bcan't\b/g, "can not"],
  [/\bwon't\b/g, "will not"],
  [/\bcannot\b/g, "can not"],
  [/n't\b/g, " not"],
  [/\b(what|who|where|how|when|which|that|it|there|he|she)'s\b/g, "$1 is"],
  [/'re\b/g, " are"],
  [/'m\b/g, " am"],
  [/'ve\b/g, " have"],
  [/'ll\b/g, " will"],
  [/'d\b/g, " would"],
];
const HOW_TO = /\bhow (?:(?:do|can|could|should|would) (?:i|you|we|one)|does one|to)\b/g;

const LEFT_OUT = wordSet("is are am do does");
const ARTICLES = wordSet("a an the");
const PREPOSITIONS = wordSet(
  "in on at for with from to by of under over after before during about into onto against via using through within",
);
const NEGATIONS = wordSet("not no never none nor neither nobody nothing without unless except");
const QUESTIONS = wordSet(`${ASKING.replaceAll("|", " ")} ?howto`);
const NUMBERS = wordSet(
  "zero one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty fifty hundred thousand " +
    "million billion half quarter double twice dozen first second third last",
);
const UNITS = wordSet(
  "% $ € £ ¥ ₩ ° percent mile miles kilometre kilometres km metre metres meter m cm mm foot feet inch inches yard yards " +
    "pound pounds kilogram kilograms kg gram grams g ounce ounces gallon gallons litre litres second seconds minute minutes " +
    "hour hours day days week weeks month months year years celsius fahrenheit kelvin degree degrees dollar dollars usd " +
    "euro euros eur yen yuan won aud gbp kb mb gb tb mib gib kib bit bits byte bytes page pages line lines word words watt " +
    "watts kwh mph",
);
const SAME = synonyms(
  "could can; summarize summarise; repair fix mend; buy purchase; start begin; child kid; children kids; way method; big " +
    "large; biggest largest; fast quick; photo picture; kilometre kilometer; kilometres kilometers; litre liter; litres " +
    "liters; metres meters; colour color; centre center",
);
/** Words that are others with a capital. */
const OTHER_WITH_CAPITAL = wordSet(
  "us it who may polish turkey march china aids mark bill rust go swift java apple windows word excel august",
);

export function englishWords(text: string): Words {
  const plain = text.replaceAll("’", "'");
  const names = namesIn(plain);
  let words = tokensOf(FORMS.reduce((all, [form, instead]) => all.replace(form, instead), plain.toLowerCase())).join(" ");
  for (let before = ""; before !== words; ) {
    before = words;
    for (const courtesy of COURTESIES) words = words.replace(courtesy, "");
  }
  const all = words
    .replace(HOW_TO, "?howto")
    .split(" ")
    .filter((word) => word !== "" && !LEFT_OUT.has(word));
  const content = all.filter((word) => !ARTICLES.has(word) && !QUESTIONS.has(word) && !isPunctuation(word));
  const kept = (content.length < 2 ? all : all.filter((word) => !ARTICLES.has(word))).map((word) => SAME.get(word) ?? word);
  const tokens = kept.filter((word) => !isPunctuation(word)).map((word) => tokenOf(word.replace(/'s$/, ""), names));
  return { tokens: tokens.filter(({ text: word }) => word !== "of"), order: orderOf(kept), names };
}

function tokenOf(text: string, names: ReadonlyMap<string, string>): Token {
  return { text, kind: kindOf(text, names) };
}

function kindOf(word: string, names: ReadonlyMap<string, string>): WordKind {
  if (/^-?\d/.test(word) || NUMBERS.has(word)) return "number";
  if (UNITS.has(word)) return "unit";
  if (NEGATIONS.has(word)) return "negation";
  if (QUESTIONS.has(word)) return "question";
  return names.has(word) ? "name" : "word";
}

/** By their small letters. A word that begins a sentence has a capital whatever it is. */
function namesIn(text: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(/(?<=\S\s+)(?<![.?!:]\s+)\p{Lu}[\p{L}\p{N}]*|\b\p{Lu}{2,}\b/gu)].map(([name]) => name);
  return new Map(found.filter((name) => name !== "I").map((name) => [name.toLowerCase(), name]));
}

/** Whether one of them may be another word than the same letters in the other question. */
export function otherByCapital(one: Words, two: Words): boolean {
  const differs = ({ names }: Words, other: Words) =>
    [...names.keys()].some((name) => OTHER_WITH_CAPITAL.has(name) && !other.names.has(name));
  return differs(one, two) || differs(two, one);
}

/** The words in their order, then the phrases behind prepositions, which may stand anywhere, those of one preposition in their order. */
function orderOf(words: readonly string[]): string {
  const core: string[] = [];
  const phrases: { readonly preposition: string; readonly words: string[] }[] = [];
  let phrase: string[] | undefined;
  const begin = (preposition: string) => {
    phrase = [];
    phrases.push({ preposition, words: phrase });
  };
  let sentence = 0;
  for (const word of endings(words)) {
    if (word === END) core.push(`/${++sentence}`);
    if (isPunctuation(word) || word === END) phrase = undefined;
    else if (PREPOSITIONS.has(word)) begin(`${sentence} ${word}`);
    else if (QUESTIONS.has(word)) {
      phrase = undefined;
      core.push(word);
    } else if (word.endsWith("'s") && word !== GAP) phrases.push({ preposition: `${sentence} of`, words: [word.slice(0, -2)] });
    else (phrase ?? core).push(word);
  }
  const sorted = phrases.toSorted((a, b) => (a.preposition < b.preposition ? -1 : a.preposition > b.preposition ? 1 : 0));
  return [core.join(" "), ...sorted.map(({ preposition, words: behind }) => `${preposition}: ${behind.join(" ")}`)].join(" | ");
}
