// Made-up labelled rows for tests of proposals: ordinary words in three languages, and, where it is asked for, one word that tells.
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import type { LabelledRow, ReadRows } from "../../../src/study/propose/labelled-rows.ts";

const ENGLISH =
  `the of and to a in is you that it for on are with as at this have from or one had by word what all were when we there can an your
which their said if do will each about how up out them then she many some so these would other into has more her two like him see time could
write short list names email friend dinner recipe paris holiday weather translate sentence birthday song movie garden colour letter summary
invoice meeting monday greeting poem story headline slogan capital country river mountain animal city water`.split(/\s+/);
const CHINESE =
  "的 了 在 请 帮 我 写 一个 这个 关于 什么 怎么 如何 天气 生日 邮件 朋友 晚餐 电影 花园 颜色 信件 会议 问候 诗歌 故事 标题 首都 国家 河流 城市 动物 音乐 旅游 价格".split(
    " ",
  );
const KOREAN =
  "이 그 것을 수 있는 대해 알려줘 좀 어떻게 날씨를 생일에 이메일을 친구에게 저녁은 영화가 정원의 색깔을 편지를 회의는 인사말 시를 이야기를 제목을 수도는 나라의 강은 도시를 동물이 음악을 여행".split(
    " ",
  );
const LANGUAGES = { en: { words: ENGLISH, gap: " " }, zh: { words: CHINESE, gap: "" }, ko: { words: KOREAN, gap: " " } } as const;
export type Language = keyof typeof LANGUAGES;

export interface MadeSettings {
  readonly seed: number;
  readonly rows: number;
  readonly needs?: number; // share that needs strong where nothing tells
  readonly planted?: { readonly word: string; readonly language: Language; readonly share: number; readonly needs: number };
  readonly weight?: (random: () => number) => number;
}

const UTF8 = new TextEncoder();

export function madeRows({ seed, rows, needs = 0.25, planted, weight = () => 1 }: MadeSettings): ReadRows {
  const random = randomSource(seed);
  const languages = Object.keys(LANGUAGES) as Language[];
  const labelled = Array.from({ length: rows }, (_, row): LabelledRow => {
    const holds = planted !== undefined && random() < planted.share;
    const language = holds ? planted.language : (languages[Math.floor(random() * languages.length)] ?? "en");
    const { words, gap } = LANGUAGES[language];
    const text = Array.from({ length: 6 + Math.floor(random() ** 2 * 60) }, () => words[Math.floor(random() ** 2 * words.length)] ?? "");
    if (holds) text.splice(Math.floor(random() * text.length), 0, planted.word);
    const needsStrong = random() < (holds ? planted.needs : needs);
    const body = UTF8.encode(JSON.stringify({ messages: [{ role: "user", content: text.join(gap) }] }));
    const quality = [needsStrong ? 0 : 1, 1];
    return { body, path: undefined, place: `made:${row + 1}`, quality, weight: weight(random), group: undefined };
  });
  return { labelled, rated: [], truth: "labels", read: rows, otherTruth: 0, beyond: 0, drawn: false };
}
