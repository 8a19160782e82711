// Which language a question is in, as far as its words are known here; in any other, only what is written alike is alike.

export const LANGUAGES = ["en", "zh", "ko", "other"] as const;
export type Language = (typeof LANGUAGES)[number];

const HANGUL = /\p{Script=Hangul}/u;
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const HAN = /\p{Script=Han}/u;
const LATIN = /\p{Script=Latin}/u;
const LETTERS = /\p{L}+/gu;
const NOT_ENGLISH = /[^\p{ASCII}\p{P}\p{S}\p{N}\p{Z}]/u;

const ENGLISH = words(
  "a an the is are was were do does did to of for in on at with from by and or what how who when where which why can could should would " +
    "will my me i you your it this that please give tell write explain list show translate make find",
);
/** Of languages with the same letters. */
const FOREIGN = words(
  "der die das und ist nicht wie ein eine wo wer warum ich le la les des est une un et comment que qui quel quelle pourquoi el los " +
    "las como por para cual donde quien het een niet hoe wat waar och hur vad jag di il lo che come cosa perché uma não quais onde",
);

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}

export function languageOf(text: string): Language {
  if (KANA.test(text)) return "other";
  if (HANGUL.test(text)) return "ko";
  if (HAN.test(text)) return "zh";
  if (!LATIN.test(text) || NOT_ENGLISH.test(text)) return "other";
  const all = text.toLowerCase().match(LETTERS) ?? [];
  return all.some((word) => ENGLISH.has(word)) && !all.some((word) => FOREIGN.has(word)) ? "en" : "other";
}
