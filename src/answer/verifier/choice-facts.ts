// What an answer to a question with lettered choices tells: which it names, and whether what it says before speaks for that one. A model
// that guesses names a choice that its own words do not lead to.

export const CHOICE_FACTS = [
  "choices", // that the question has
  "choice-place", // of the one that is named; -1, as in all below: none is
  "choice-length", // of its words, those of all choices in the mean being 1
  "choice-said", // share of its words that the answer says before it names it
  "choice-said-lately", // among the last words before
  "choice-over-others", // share less that of the other choice that is said most
  "choice-lately-over-others",
  "choices-as-likely", // others of which as much is said lately
  "choices-spoken-of", // letters in brackets before
] as const;

const CHOICE = /^\s*\(?([A-Z])[.):]\s+(.*)$/gm;
const NAMING = /(?:\b(?:is|are|answer:?)|答案(?:是|为|:|:)|정답은|답은|\\boxed\{)\s*\**\(?([A-Z])\)?(?![A-Za-z])/g;
const IN_BRACKETS = /\(([A-Z])\)/g;
const WORDS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}.]+/gu;
const SMALL = new Set("the a an of to in is are and or for with on by as at that this it be from".split(" "));
const MOST_CHOICES = 26;
const LATELY = 25; // words
const NONE = [-1, -1, -1, -1, -2, -2, -1] as const;

/** Letter and words of each. */
export function choicesIn(question: string): readonly { readonly letter: string; readonly text: string }[] {
  return [...question.matchAll(CHOICE)].slice(0, MOST_CHOICES).map(([, letter = "", text = ""]) => ({ letter, text }));
}

/** Where the answer says its choice, the letter in the first group; undefined: nowhere. */
export function namingIn(answer: string): RegExpMatchArray | undefined {
  return [...answer.matchAll(NAMING)].at(-1);
}

export function choiceFacts(answer: string, question: string): readonly number[] {
  const choices = choicesIn(question).map((choice) => ({ ...choice, words: tellingWords(choice.text) }));
  const naming = namingIn(answer) ?? [...answer.matchAll(IN_BRACKETS)].at(-1);
  const place = choices.findIndex(({ letter }) => letter === naming?.[1]);
  const chosen = choices[place];
  if (chosen === undefined || choices.length < 2) return [choices.length, ...NONE, 0];
  const before = answer.slice(0, naming?.index).toLowerCase();
  const said = allWords(before);
  const [inAll, inLast] = [new Set(said), new Set(said.slice(-LATELY))];
  const [all, last] = [inAll, inLast].map((known) => choices.map(({ words }) => saidShare(words, known)));
  const meanLength = choices.reduce((sum, { text }) => sum + text.length, 0) / choices.length;
  const [own, ownLast] = [all?.[place] ?? 0, last?.[place] ?? 0];
  return [
    choices.length,
    place,
    chosen.text.length / Math.max(1, meanLength),
    own,
    ownLast,
    own - mostOfOthers(all, place),
    ownLast - mostOfOthers(last, place),
    (last ?? []).filter((share, at) => at !== place && share >= ownLast).length,
    before.match(/\([a-z]\)/g)?.length ?? 0,
  ];
}

function tellingWords(text: string): readonly string[] {
  return allWords(text.toLowerCase()).filter((word) => !SMALL.has(word));
}

/** With the points of numbers, without those of sentences. */
function allWords(lowered: string): readonly string[] {
  return (lowered.match(WORDS) ?? []).map((word) => (word.endsWith(".") ? word.slice(0, -1) : word));
}

function saidShare(words: readonly string[], said: ReadonlySet<string>): number {
  return words.length === 0 ? 0 : words.filter((word) => said.has(word)).length / words.length;
}

function mostOfOthers(shares: readonly number[] | undefined, place: number): number {
  return (shares ?? []).reduce((most, share, at) => (at === place ? most : Math.max(most, share)), 0);
}
