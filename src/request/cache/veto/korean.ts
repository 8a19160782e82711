// A Korean question in one form: how politely it is asked taken out, particles of topic, subject and object made one where they may be
// left out in speech, and all else word by word, in its order.
import { END, endings, isPunctuation, synonyms, type Token, tokensOf, type WordKind, type Words, wordSet } from "./words.ts";

/** On the whole text, in turn: forms of politeness, and question words with what is stuck to them. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/\s?(?:줘요?|주세요|주십시오|줄래요?|주실래요|주시겠어요|주시겠습니까|주실 수 있나요|주실 수 있어요)(?=[\s?.!]|$)/gu, "줘"],
  [/(?<=\S\s?)(?:을|를)?\s알려줘\s*[?.!]*$/u, ""],
  [/에 (?:대해|대하여|관해|관하여)서?(?=\s)/gu, "에대해 "],
  [/에 (?:대해|대하여|관해|관하여)서?$/u, "에대해"],
  [/(?<=^|\s)(?:무엇인가요|무엇입니까|무엇이야|무엇이에요|뭔가요|뭐예요|뭐에요|뭐죠|뭐니|뭐야|뭐지|무엇이죠)(?=[\s?.!]|$)/gu, "뭐"],
  [/(?<=^|\s)(?:무엇을|뭐를|뭘)(?=\s)/gu, "뭘"],
  [/(어디|누구|얼마|언제|몇 \S+?)(?:이?예요|이에요|야|인가요|입니까|죠|이야|인지)(?=[\s?.!]|$)/gu, "$1"],
  [/(?:해|하)야\s(?:하나요|해요|합니까|하죠|해|하지|할까요|돼요?|되나요)(?=[\s?.!]|$)/gu, "해야해"],
  [/(?:하나요|합니까|해요|하죠|하지요|할까요|하니)(?=[\s?.!]|$)/gu, "해"],
  [/(?:되나요|됩니까|돼요|되죠|될까요)(?=[\s?.!]|$)/gu, "돼"],
  [/(?<=[가-힣]{2})하는 (?=방법)/gu, " "],
  [/걸리나요|걸려요|걸립니까|걸릴까요/gu, "걸려"],
  [/(?<=[있없많좋싫같않맞했었았렸])(?:나요|습니까|을까요|어요|아요|어|아|죠)(?=[\s?.!]|$)/gu, ""],
];

/** Longest first. Role: what it makes of the word; empty, what may also be left unsaid. Least: the syllables that a word has. */
const PARTICLES: readonly (readonly [particle: string, role: string, least: number])[] = [
  ["이란", "subject", 2],
  ["에서는", "에서", 1],
  ["에서", "에서", 1],
  ["에는", "에", 1],
  ["에게", "에게", 1],
  ["한테", "에게", 1],
  ["으로", "로", 1],
  ["은", "subject", 2],
  ["는", "subject", 2],
  ["을", "", 2],
  ["를", "", 2],
  ["의", "", 2],
  ["이", "subject", 2],
  ["가", "subject", 2],
];

const QUESTIONS = wordSet("뭐 뭘 무슨 어떤 어디 어디서 어디에 언제 누구 누가 왜 어떻게 얼마 얼마나 몇 어느");
const NEGATIONS = wordSet("안 못 없 않 말고 말아야 아니 없이 아닌");
const NUMBERS = wordSet("한 두 세 네 다섯 여섯 일곱 여덟 아홉 열 스무 하나 둘 셋 넷 백 천 만 억 첫");
const UNITS = wordSet(
  "% $ € £ ¥ ₩ 원 분 초 시간 일 주 개월 년 마일 킬로미터 미터 센티미터 인치 피트 야드 파운드 킬로그램 그램 온스 갤런 리터 달러 유로 엔 위안 페소 " +
    "섭씨 화씨 도 퍼센트 쪽 줄 자 메가 기가 kb mb gb tb mib kg km cm mm",
);
const SAME = synonyms("방법 법; 가장 제일; 수리 고치기; 아이 어린이; 변경 바꾸기; 지금 현재");
/** Its place does not tell. */
const FREE = "어떻게";

interface Stem {
  readonly text: string;
  readonly role: string;
}

export function koreanWords(text: string): Words {
  const formed = FORMS.reduce((all, [form, instead]) => all.replace(form, instead), text.toLowerCase().trim());
  const parted = endings(tokensOf(formed)).filter((word) => !isPunctuation(word));
  const stems = parted.map((word) => (word === END ? { text: END, role: "" } : stemOf(word)));
  const placed = stems.filter((stem) => stem.text !== FREE);
  const tokens = stems.filter((stem) => stem.text !== END).map(tokenOf);
  return { tokens, order: placed.map(orderedOf).join(" "), names: new Map() };
}

function stemOf(word: string): Stem {
  if (!/\p{Script=Hangul}$/u.test(word) || QUESTIONS.has(word)) return { text: word, role: "" };
  for (const [particle, role, least] of PARTICLES) {
    const stem = word.slice(0, -particle.length);
    if (word.endsWith(particle) && stem.length >= least) return { text: SAME.get(stem) ?? stem, role };
  }
  return { text: SAME.get(word) ?? word, role: "" };
}

/** An object's and an owner's particle may be left out, since a subject's may not: who does a thing and to whom it is done stay apart. */
function orderedOf({ text, role }: Stem): string {
  return role === "" ? text : `${text}:${role}`;
}

function tokenOf({ text }: Stem): Token {
  return { text, kind: kindOf(text) };
}

function kindOf(text: string): WordKind {
  if (/^-?\d/.test(text) || NUMBERS.has(text)) return "number";
  if (UNITS.has(text)) return "unit";
  if (NEGATIONS.has(text)) return "negation";
  if (QUESTIONS.has(text)) return "question";
  return /^\p{Script=Latin}/u.test(text) ? "name" : "word";
}
