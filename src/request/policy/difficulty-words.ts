// What the difficulty policy starts from when a configuration says no more: its words in three languages, and its bands.
import type { Band, DifficultyWords } from "./difficulty.ts";
import type { TierName } from "./policy.ts";

/** One idea a line. English words are stems. */
const REASONING = [
  ["为什么", "why", "왜"],
  ["如果", "if", "만약"],
  ["比较", "compar", "비교"],
  ["分析", "analy", "분석"],
  ["推理", "reasoning", "추론"],
  ["推导", "deriv", "도출"],
  ["假设", "assum", "가정"],
  ["因果", "causal", "인과"],
] as const;

/** Korean for a table, 표, is part of common words: it is asked for as in "in a table" and "a table of". */
const STRUCTURE = [
  ["表格", "table", "표로"],
  ["json"],
  ["结构化", "structured", "구조화"],
  ["格式要求", "format requirement", "형식 요구"],
  ["csv"],
  ["分类", "classif", "분류"],
  ["排序", "sort", "정렬"],
] as const;

const DOMAIN = [
  ["代码", "code", "코드"],
  ["算法", "algorithm", "알고리즘"],
  ["数学", "math", "수학"],
  ["公式", "formula", "공식"],
  ["法律", "law", "법률"],
  ["金融", "financ", "금융"],
  ["医疗", "medic", "의료"],
  ["科学", "scien", "과학"],
] as const;

export const DIFFICULTY_WORDS: DifficultyWords = { reasoning: REASONING.flat(), structure: STRUCTURE.flat(), domain: DOMAIN.flat() };

const FIRST_CUT = 0.2;
const LAST_CUT = 0.8;
const ONLY_CUT = 0.5;

/** Cuts from 0.2 to 0.8 at equal distances: of four tiers 0.2, 0.5 and 0.8; of two 0.5. No body is changed unless a band says so. */
export function defaultBands(tiers: readonly TierName[]): readonly Band[] {
  const cuts = tiers.length - 1;
  const step = (LAST_CUT - FIRST_CUT) / Math.max(1, cuts - 1);
  return tiers.map((tier, i) => {
    const below = cuts === 1 ? ONLY_CUT : Math.round((FIRST_CUT + step * i) * 100) / 100;
    return { below: i === cuts ? undefined : below, tier, params: [] };
  });
}
