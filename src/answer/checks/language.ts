// The language check: an answer in another script, or in another language of the Latin script, than it was asked in. Where the request
// speaks of languages, or uses two itself, it may mean it so: the check is silent.
import type { Asked } from "../said/asked.ts";
import type { Watch } from "./check.ts";

const SCRIPTS = {
  Latin: /\p{Script=Latin}/gu,
  Chinese: /\p{Script=Han}/gu,
  Japanese: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  Korean: /\p{Script=Hangul}/gu,
  Cyrillic: /\p{Script=Cyrillic}/gu,
  Arabic: /\p{Script=Arabic}/gu,
  Devanagari: /\p{Script=Devanagari}/gu,
  Thai: /\p{Script=Thai}/gu,
  Greek: /\p{Script=Greek}/gu,
  Hebrew: /\p{Script=Hebrew}/gu,
} as const;
type Script = keyof typeof SCRIPTS;

/** Words that stand in every few sentences of one language and hardly in the others. */
const COMMON_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  English: new Set(
    "the and is are of that this with for from which have has was were you your would should what how will can not".split(" "),
  ),
  German: new Set("der die das und ist nicht ein eine mit für auf werden sind auch dass sich wird den dem".split(" ")),
  French: new Set("le les des est une dans pour que qui vous pas avec sont sur cette aux être nous du".split(" ")),
  Spanish: new Set("el los las una para con por que es como más esta pero sus del puede son este".split(" ")),
  Italian: new Set("il gli della che una sono di questo anche alla nel più dei essere delle degli quale cosa".split(" ")),
  Portuguese: new Set("os as uma para com não que é como mais pode são você este dos ao também em".split(" ")),
  Dutch: new Set("het een van de en dat niet zijn met voor op wordt ook deze kan aan worden naar".split(" ")),
};

const LEAST_LETTERS = 60; // of the answer; less is a name, a formula, a word
const LEAST_ASKED = 12; // letters of the question
const MOST_READ = 2000; // characters of each
const MOSTLY = 0.85;
const LEAST_WORDS = 5; // of the answer: different common ones, for a language of the Latin script
const LEAST_ASKED_WORDS = 3;
const CLEARER = 3; // times as many as of the next language
/** A letter of these is a word or a syllable, and counts as so many. */
const DENSE: Readonly<Partial<Record<Script, number>>> = { Chinese: 4, Japanese: 3, Korean: 3 };

/** Whoever names a language may want it. */
const OF_LANGUAGES = new RegExp(
  [
    "translat language english chinese mandarin cantonese korean japanese german french spanish italian portuguese",
    "russian arabic hindi thai greek hebrew dutch latin 翻译 翻譯 英文 英语 英語 中文 汉语 漢語 韩语 韓語 日语 日語 日本語 번역 영어 한국어 중국어 일본어",
    "übersetz deutsch englisch traduc tradui anglais français inglés español inglese italiano inglês português",
    "перевод переве англий русск vertaal engels nederlands",
  ]
    .join(" ")
    .replaceAll(" ", "|"),
  "i",
);

/** Silent where the request is not known. Known when some sentences have come. */
export const watchLanguage: Watch = (watched, when) => {
  const { text } = watched.answer;
  if (text.length < LEAST_LETTERS / 4 || (when === "growing" && text.length < MOST_READ / 2)) return undefined;
  const { asked } = watched;
  if (asked === undefined || speaksOfLanguages(asked)) return "good";
  const [from, to] = [languageOf(asked.text, LEAST_ASKED, LEAST_ASKED_WORDS), languageOf(text, LEAST_LETTERS, LEAST_WORDS)];
  if (from === undefined || to === undefined || !differ(from, to)) return "good";
  return { bad: `asked in ${nameOf(from)}, answered in ${nameOf(to)}` };
};

function speaksOfLanguages({ text, instructions }: Asked): boolean {
  return OF_LANGUAGES.test(text) || OF_LANGUAGES.test(instructions);
}

export interface Language {
  readonly script: Script;
  readonly language: string | undefined; // of the Latin script, where it is clear
}

function nameOf({ script, language }: Language): string {
  return language ?? (script === "Latin" ? "the Latin script" : script);
}

function differ(a: Language, b: Language): boolean {
  if (a.script !== b.script) return true;
  return a.language !== undefined && b.language !== undefined && a.language !== b.language;
}

/** Undefined: too little, or mixed. Code, links and formulas are left out. */
export function languageOf(text: string, least: number, leastWords: number): Language | undefined {
  const prose = text.slice(0, MOST_READ).replaceAll(/```[\s\S]*?(?:```|$)|`[^`\n]*`|https?:\S+|\$[^$\n]*\$|\\[a-z]+/g, " ");
  const letters = Object.entries(SCRIPTS).map(([script, pattern]) => {
    const name = script as Script;
    return { script: name, letters: (prose.match(pattern)?.length ?? 0) * (DENSE[name] ?? 1) };
  });
  const sum = letters.reduce((all, each) => all + each.letters, 0);
  // Japanese is written with Chinese characters, too: a few kana tell.
  const kana = letters.find(({ script }) => script === "Japanese")?.letters ?? 0;
  const most = letters.reduce((a, b) => (b.letters > a.letters ? b : a));
  if (sum < least) return undefined;
  if (kana > sum / 20 && (most.script === "Chinese" || most.script === "Japanese")) return { script: "Japanese", language: undefined };
  if (most.letters < MOSTLY * sum) return undefined;
  return { script: most.script, language: most.script === "Latin" ? latinLanguage(prose, leastWords) : undefined };
}

function latinLanguage(prose: string, leastWords: number): string | undefined {
  const words = prose.toLowerCase().match(/\p{L}+/gu) ?? [];
  const counts = Object.entries(COMMON_WORDS)
    .map(([language, common]) => ({ language, count: new Set(words.filter((word) => common.has(word))).size }))
    .sort((a, b) => b.count - a.count);
  const [first, second] = counts;
  if (first === undefined || first.count < leastWords || first.count < CLEARER * (second?.count ?? 0)) return undefined;
  return first.language;
}
