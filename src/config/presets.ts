// The threshold policy's presets. Each edition has 17 keywords, English 10 and Chinese 7; a smaller preset takes the first of them, and
// the Korean counterpart of each Chinese keyword it takes. Which words the smaller presets had is not recorded: taking
// the first is our reading. What an edition decides never changes: figures rest on it. More words are another edition.

export const PRESET_NAMES = ["v1", "v3", "v5", "v7", "v7-hant"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export interface Preset {
  readonly keywords: readonly string[];
  readonly maxChars: number;
  readonly maxTurns: number;
}

const ENGLISH = ["refactor", "architect", "design", "analyze", "optimize", "debug", "migration", "complex", "performance", "security"];
const CHINESE = ["重构", "架构", "设计", "分析", "优化", "调试", "迁移"];
/** The Chinese words as they are written in Taiwan and Hong Kong, where that is otherwise; 分析 is not. Called after ISO 15924's script. */
const TRADITIONAL_CHINESE = ["重構", "架構", "設計", "優化", "最佳化", "調試", "除錯", "遷移"];
/** The Chinese words in the same order. */
const KOREAN = ["리팩터", "아키텍처", "설계", "분석", "최적화", "디버그", "마이그레이션"];

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  v1: { keywords: firstKeywords(5), maxChars: 1000, maxTurns: 10 },
  v3: { keywords: firstKeywords(10), maxChars: 750, maxTurns: 7 },
  v5: { keywords: firstKeywords(15), maxChars: 600, maxTurns: 6 },
  v7: { keywords: firstKeywords(17), maxChars: 500, maxTurns: 5 },
  "v7-hant": { keywords: [...firstKeywords(17), ...TRADITIONAL_CHINESE], maxChars: 500, maxTurns: 5 },
};

/** The first `count` of English then Chinese, with the Korean counterparts of the Chinese ones. */
function firstKeywords(count: number): readonly string[] {
  const chinese = Math.max(0, count - ENGLISH.length);
  return [...ENGLISH.slice(0, count), ...CHINESE.slice(0, chinese), ...KOREAN.slice(0, chinese)];
}
