// What random bodies are made of: a seeded source of chance, values whose members may repeat, and odd texts.

export const KEYWORDS: readonly string[] = [
  ..."refactor architect design analyze optimize debug migration complex performance security".split(" "),
  ..."重构 架构 设计 분석 최적화 마이그레이션".split(" "),
  ..."k sql i pattern pattern. e\u0301 i\u0307x résumé проект ς \u0000z z\u0000".split(" "), // short, overlapping, cased beyond ASCII
  ..."c++ ａ１ ガ".split(" "), // folded themselves
  "설계".normalize("NFD"),
  "sign p",
  "n d",
  "重构 d",
];

export interface Random {
  below(n: number): number;
  chance(p: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** Marsaglia's xorshift: the same bodies for the same seed, everywhere. */
export function randomFrom(seed: number): Random {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return {
    below: (n) => Math.floor(next() * n),
    chance: (p) => next() < p,
    pick: (list) => list[Math.floor(next() * list.length)] as (typeof list)[number],
  };
}

/** An object as a list of members, so that names may repeat. */
export class Members {
  readonly list: readonly (readonly [string, Node])[];
  constructor(list: readonly (readonly [string, Node])[]) {
    this.list = list;
  }
}
export type Node = Members | readonly Node[] | string | number | boolean | null;

export const PIECES = [
  ...KEYWORDS,
  ...KEYWORDS.map((keyword) => keyword.toUpperCase()),
  ...[
    "refacto",
    "efactor",
    "desig",
    "重",
    "构",
    "마이",
    " ",
    " ",
    "\n",
    '"',
    "\\",
    "/",
    "\t",
    "\0",
    "\x1f",
    "\x7f",
    "é",
    "ß",
    "Σ",
    "ΑΣ ",
    "你好",
    "🚀",
  ],
  ...[
    "İ",
    "İx",
    "\u212a",
    "\u0307",
    "\ufeff",
    "\ufffd",
    "\ud800",
    "\udc00",
    "\ud83d",
    "\\u0072efactor",
    '{"model":"no"}',
    "model",
    "the quick brown fox ",
    "```",
    "``",
    "한국어 ",
    "漢字",
    "Привет, ",
    "αβγ",
    "かな",
  ],
  ...KEYWORDS.map((keyword) => keyword.normalize("NFD")),
  ...["ｄｅｓｉｇｎ", "Ｃ＋＋", "ｶﾞ", "カ\u3099", "ⓓesign", "𝗱𝗲𝘀𝗶𝗴𝗻", "ﬁ", "\u1109", "\u1165", "\u11af", "\uf951"],
  ...["de\u200bsign", "重\u00ad构", "\u200d", "\u200e", "\u2060", "\ufe0f", "❤\ufe0f", "\u{e0100}", "\u0301", "\u0308", "，。“”—"],
  "x".repeat(40),
  "x".repeat(15),
];
/** Marks of envelopes, whole and damaged. */
const MARKS: readonly string[] = [
  ...["system-reminder", "environment_context", "user_instructions", "environment_details"].flatMap((tag) => [`<${tag}>`, `</${tag}>`]),
  ...["# AGENTS.md instructions for ", "</INSTRUCTIONS>", "I have *added these files to the chat*", "<system-reminde", "# A", "</"],
];
const DEPTHS = [3, 20, 121, 122, 123, 124, 125, 126, 127, 128, 129];
export function text(random: Random, textPieces: number): string {
  const { chance, below, pick } = random;
  const pieces = Array.from({ length: below(chance(0.1) ? textPieces : 6) }, () => pick(PIECES));
  if (!chance(0.2)) return pieces.join("");
  const marked = pieces.flatMap((piece) => (chance(0.5) ? [pick(MARKS), piece] : [piece]));
  const envelope = () => `<system-reminder>${pick(PIECES)}</system-reminder>`;
  return [...(chance(0.5) ? [envelope(), pick([" ", "\n\n", ""])] : []), ...marked, ...(chance(0.3) ? [envelope()] : [])].join("");
}

export function scalar(random: Random): Node {
  const { pick, below } = random;
  return pick([
    () => text(random, 6),
    () => 0,
    () => -1.5e10,
    () => 1e-7,
    () => true,
    () => false,
    () => null,
    () => below(1e9),
    () => "",
    () => "text",
  ])();
}

export function anyNode(random: Random, depth = 0): Node {
  const { chance, pick, below } = random;
  if (chance(0.02)) return nested(random, pick(DEPTHS));
  if (depth > 2 || chance(0.6)) return scalar(random);
  if (chance(0.5)) return Array.from({ length: below(4) }, () => anyNode(random, depth + 1));
  const list = ["a", "model", "content", "role", "text", "type", "format", "user_id"].map((name): [string, Node] => [
    name,
    anyNode(random, depth + 1),
  ]);
  return shuffled(random, list.slice(below(8)));
}

function nested(random: Random, depth: number): Node {
  if (depth === 0) return scalar(random);
  const inner = nested(random, depth - 1);
  return random.chance(0.5) ? [inner] : new Members([[random.pick(["a", "model", "content", "messages"]), inner]]);
}

export function shuffled(random: Random, list: readonly (readonly [string, Node])[]): Members {
  return new Members(
    random.chance(0.3)
      ? list
          .map((member) => [random.below(1e6), member] as const)
          .sort(([a], [b]) => a - b)
          .map(([, member]) => member)
      : list,
  );
}
