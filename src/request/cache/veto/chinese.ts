// A Chinese question in one form: courtesies and particles taken out, question words that mean the same made one, and all else character
// by character, in its order.
import { END, endings, isPunctuation, synonyms, type Token, tokensOf, type WordKind, type Words, wordSet } from "./words.ts";

const SEGMENTS = new Intl.Segmenter("zh", { granularity: "word" });
const LONGEST = 5; // segments that make one entry below

const LEFT_OUT = wordSet("的 请 请问 一下 呢 啊 呀 麻烦 麻烦你 请你 您好 你好");
const ANOTHER_FORM = new Map<string, readonly string[]>([
  ...forms("?how", "怎么 如何 怎样 应该怎么 应该如何 该怎么 该如何 要怎么 怎么才能 如何才能"),
  ...forms("?what", "什么 啥 是什么意思"),
  ...forms("?where", "哪里 哪儿 何处"),
  ["在哪里", ["是", "?where"]],
  ["在哪儿", ["是", "?where"]],
  ["在哪", ["是", "?where"]],
  ...forms("?when", "什么时候 何时 啥时候"),
  ...forms("?why", "为什么 为何 为啥"),
  ...forms("?who", "谁"),
  ...forms("?whose", "谁的"),
  ...forms("?amount", "多少 是多少 等于多少"),
  ...forms("?long", "多久 多长时间 要多久 要多长时间 需要多久 需要多长时间"),
  ...forms("?which", "哪些 有哪些"),
  ...forms("?yesno", "吗 是否 是不是"),
  ["能不能", ["能", "?yesno"]],
  ["可不可以", ["能", "?yesno"]],
  ["能否", ["能", "?yesno"]],
  ["有没有", ["有", "?yesno"]],
  ["会不会", ["会", "?yesno"]],
]);
const SAME = synonyms("能 可以 能够; 修改 更改 变更; 方法 办法; 孩子 小朋友 小孩; 买 购买; 学习 学; 使用 用; 修理 维修 修");
const NEGATIONS = wordSet("不 没 无 非 未 别 勿 莫 否");
const NUMBERS = wordSet("零 一 二 两 三 四 五 六 七 八 九 十 百 千 万 亿 半 双 第");
const UNITS = wordSet(
  "元 块 角 分 秒 时 天 日 周 月 年 里 米 克 斤 升 磅 码 寸 尺 吨 度 页 行 字 ℃ ℉ % $ € £ ¥ kb mb gb tb mib kg km cm mm",
);
/** Says whose place does not tell. */
const FREE = wordSet("?how ?yesno");
/** A word behind 怎么 with which it asks for a reason. */
const ASKS_WHY = /^[不没会这那]/;

function forms(form: string, words: string): readonly (readonly [string, readonly string[]])[] {
  return words.split(" ").map((word) => [word, [form]]);
}

export function chineseWords(text: string): Words {
  const words = identified(inOneForm(segmentsOf(text))).filter((word) => word !== "是");
  const placed = words.filter((word) => !FREE.has(word));
  const free = words.filter((word) => FREE.has(word)).toSorted();
  const tokens = words.filter((word) => word !== END).flatMap(tokensFrom);
  return { tokens, order: [...placed.flatMap(partsOf), "|", ...free].join(" "), names: new Map() };
}

function segmentsOf(text: string): readonly string[] {
  return tokensOf(text.toLowerCase()).flatMap((token) =>
    /\p{Script=Han}/u.test(token) ? [...SEGMENTS.segment(token)].flatMap(({ segment }) => parted(segment)) : [token],
  );
}

/** The segmenter takes a question word and its verb for one. */
function parted(segment: string): readonly string[] {
  return segment.length > 1 && segment.endsWith("是") && ANOTHER_FORM.has(segment.slice(0, -1)) ? [segment.slice(0, -1), "是"] : [segment];
}

/** The longest entry that begins at each segment, or else the segment. */
function inOneForm(all: readonly string[]): readonly string[] {
  const segments = endings(all);
  const words: string[] = [];
  for (let at = 0; at < segments.length; ) {
    const [length, word] = longestAt(segments, at) ?? [1, segments[at] ?? ""];
    at += length;
    if (isPunctuation(word) || LEFT_OUT.has(word)) continue;
    const asksWhy = word.endsWith("怎么") && ASKS_WHY.test(segments[at] ?? "");
    words.push(...(asksWhy ? [word] : (ANOTHER_FORM.get(word) ?? [SAME.get(word) ?? word])));
  }
  return words;
}

function longestAt(segments: readonly string[], at: number): readonly [number, string] | undefined {
  for (let length = Math.min(LONGEST, segments.length - at); length > 0; length--) {
    const word = segments.slice(at, at + length).join("");
    if (ANOTHER_FORM.has(word) || SAME.has(word) || LEFT_OUT.has(word)) return [length, word];
  }
  return undefined;
}

const IDENTIFYING = wordSet("?what ?who ?where");

/** `X 是谁` as `谁是 X`. A question word at the end without `是` is something else: what is done, not who does it. */
function identified(words: readonly string[]): readonly string[] {
  const last = words.at(-1) ?? "";
  return words.at(-2) === "是" && IDENTIFYING.has(last) && !words.includes(END) ? [last, ...words.slice(0, -1)] : words;
}

function partsOf(word: string): readonly string[] {
  return /\p{Script=Han}/u.test(word) ? [...word] : [word];
}

function tokensFrom(word: string): readonly Token[] {
  return partsOf(word).map((text) => ({ text, kind: kindOf(text) }));
}

function kindOf(text: string): WordKind {
  if (/^-?\d/.test(text) || NUMBERS.has(text)) return "number";
  if (UNITS.has(text)) return "unit";
  if (NEGATIONS.has(text)) return "negation";
  if (text.startsWith("?")) return "question";
  return /^\p{Script=Latin}/u.test(text) ? "name" : "word";
}
