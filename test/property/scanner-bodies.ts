// Random chat bodies from a seed: odd shapes, repeated members, every spelling of a string and, for some, damaged bytes.

export const KEYWORDS: readonly string[] = [
  ..."refactor architect design analyze optimize debug migration complex performance security".split(" "),
  ..."重构 架构 设计 분석 최적화 마이그레이션".split(" "),
  ..."k sql i pattern pattern. e\u0301 i\u0307x résumé проект ς \u0000z z\u0000".split(" "), // short, overlapping, cased beyond ASCII
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
class Members {
  readonly list: readonly (readonly [string, Node])[];
  constructor(list: readonly (readonly [string, Node])[]) {
    this.list = list;
  }
}
type Node = Members | readonly Node[] | string | number | boolean | null;

const PIECES = [
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
  ],
  "x".repeat(40),
  "x".repeat(15),
];
const DEPTHS = [3, 20, 121, 122, 123, 124, 125, 126, 127, 128, 129];
const NUMBERS = [
  "1E5",
  "-0",
  "0.0e+10",
  "1e999",
  "01",
  "1.",
  ".5",
  "+1",
  "-",
  "1e",
  "0x1",
  "12345678901234567890",
  "1e-",
  "NaN",
  "1e+",
  "-01",
  "2.e3",
];
const TOKENS = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "true",
  "null",
  "fals",
  "\\u12",
  "\\x",
  "\\ud83d",
  "\0",
  "\n",
  "\x1f",
  "0",
  "-",
  ".",
  "e",
];
const FRAGMENTS = ['"model":1,', ',"model":2', ',"messages":[]', '"role":"user",', " ", "\ufeff", "/*c*/", "\u00a0"];

/** One body; some are not valid. `textPieces` bounds the length of a text. */
export function bodyFrom(random: Random, textPieces = 60): Buffer {
  const { chance, below } = random;
  let bytes: Buffer = Buffer.from(written(random, bodyNode(random, textPieces)));
  if (chance(0.35)) for (let n = 1 + below(3); n > 0; n--) bytes = damaged(random, bytes);
  return bytes;
}

function bodyNode(random: Random, textPieces: number): Node {
  const { chance, pick, below } = random;
  if (chance(0.02)) return anyNode(random);
  const list: (readonly [string, Node])[] = [
    ["model", chance(0.9) ? pick(["gpt-4o", 'a"b', "é", ""]) : anyNode(random)],
    ["messages", messages(random, textPieces)],
  ];
  if (chance(0.4)) list.push(["stream", chance(0.5)]);
  if (chance(0.3)) list.push(["tools", anyNode(random)]);
  while (chance(0.3)) list.splice(below(list.length + 1), 0, ["model", scalar(random)]);
  if (chance(0.1)) list.push(["messages", messages(random, textPieces)]);
  if (chance(0.05)) list.push([pick(["model\0", "messages\0", "Model", "mode", "__proto__", ""]), scalar(random)]);
  return shuffled(random, list.slice(chance(0.1) ? 1 : 0));
}

function messages(random: Random, textPieces: number): Node {
  const { chance, below } = random;
  return chance(0.95) ? Array.from({ length: below(6) }, () => message(random, textPieces)) : anyNode(random);
}

function message(random: Random, textPieces: number): Node {
  const { chance, pick } = random;
  if (chance(0.05)) return anyNode(random);
  const role = () => (chance(0.9) ? pick(["user", "user", "assistant", "system", "user\0", "use"]) : anyNode(random));
  const list: (readonly [string, Node])[] = [
    ["role", role()],
    ["content", content(random, textPieces)],
  ];
  if (chance(0.1)) list.push(["content", content(random, textPieces)]);
  if (chance(0.1)) list.push(["role", role()]);
  if (chance(0.1)) list.push(["name", anyNode(random)]);
  if (chance(0.1))
    list.push([
      "tool_calls",
      [
        new Members([
          ["content", "design"],
          ["role", "user"],
        ]),
      ],
    ]);
  return shuffled(random, list.slice(chance(0.1) ? 1 : 0));
}

function content(random: Random, textPieces: number): Node {
  const { chance, below } = random;
  if (chance(0.6)) return text(random, textPieces);
  return chance(0.9) ? Array.from({ length: below(4) }, () => part(random, textPieces)) : anyNode(random);
}

function part(random: Random, textPieces: number): Node {
  const { chance, pick, below } = random;
  if (chance(0.1)) return anyNode(random);
  const list: (readonly [string, Node])[] = [
    ["type", chance(0.8) ? "text" : pick<Node>(["image_url", "text\0", null, 1])],
    ["text", chance(0.9) ? text(random, textPieces) : anyNode(random)],
  ];
  if (chance(0.1)) list.push(["text", text(random, textPieces)]);
  if (chance(0.1)) list.push(["type", pick<Node>(["text", "image", null])]);
  if (chance(0.1))
    list.push([
      "image_url",
      new Members([
        ["url", `data:${"A".repeat(below(300))}`],
        ["text", "design"],
        ["type", "text"],
      ]),
    ]);
  return shuffled(random, list);
}

function text(random: Random, textPieces: number): string {
  const { chance, below, pick } = random;
  return Array.from({ length: below(chance(0.1) ? textPieces : 6) }, () => pick(PIECES)).join("");
}

function scalar(random: Random): Node {
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

function anyNode(random: Random, depth = 0): Node {
  const { chance, pick, below } = random;
  if (chance(0.02)) return nested(random, pick(DEPTHS));
  if (depth > 2 || chance(0.6)) return scalar(random);
  if (chance(0.5)) return Array.from({ length: below(4) }, () => anyNode(random, depth + 1));
  const list = ["a", "model", "content", "role", "text"].map((name): [string, Node] => [name, anyNode(random, depth + 1)]);
  return shuffled(random, list.slice(below(5)));
}

function nested(random: Random, depth: number): Node {
  if (depth === 0) return scalar(random);
  const inner = nested(random, depth - 1);
  return random.chance(0.5) ? [inner] : new Members([[random.pick(["a", "model", "content", "messages"]), inner]]);
}

function shuffled(random: Random, list: readonly (readonly [string, Node])[]): Members {
  return new Members(
    random.chance(0.3)
      ? list
          .map((member) => [random.below(1e6), member] as const)
          .sort(([a], [b]) => a - b)
          .map(([, member]) => member)
      : list,
  );
}

function written(random: Random, node: Node): string {
  const { chance, pick } = random;
  const escaped = chance(0.7) ? 0 : chance(0.5) ? 0.1 : 1;
  const space = () => (chance(0.9) ? "" : pick([" ", "\n", "\t", "\r\n", "  ", " ".repeat(random.below(40))]));
  const comma = () => `${space()},${space()}`;
  const inner = () => {
    if (typeof node === "string") return spelled(random, node, escaped);
    if (typeof node === "number" && chance(0.1)) return pick(NUMBERS);
    if (node instanceof Members) {
      const name = (text: string) => spelled(random, text, escaped && chance(0.3) ? 0.3 : 0);
      const members = node.list.map(([key, value]) => `${name(key)}${space()}:${space()}${written(random, value)}`);
      return `{${space()}${members.join(comma())}${space()}}`;
    }
    return Array.isArray(node) ? `[${node.map((element) => written(random, element)).join(comma())}${space()}]` : JSON.stringify(node);
  };
  return space() + inner() + space();
}

function spelled({ chance }: Random, value: string, escaped: number): string {
  let out = '"';
  for (const character of value) {
    if (escaped > 0 && chance(escaped)) for (let i = 0; i < character.length; i++) out += hex(character.charCodeAt(i), chance(0.5));
    else out += character === "/" && chance(0.5) ? "\\/" : JSON.stringify(character).slice(1, -1);
  }
  return `${out}"`;
}

function hex(unit: number, upper: boolean): string {
  const digits = unit.toString(16).padStart(4, "0");
  return `\\u${upper ? digits.toUpperCase() : digits}`;
}

function damaged({ below, chance, pick }: Random, bytes: Buffer): Buffer {
  const at = below(bytes.length + 1);
  const end = Math.min(bytes.length, at + pick([0, 1, 1, 2, 5, 30]));
  const copied = bytes.subarray(below(bytes.length + 1)).subarray(0, below(40));
  const insert = pick([Buffer.from(pick(TOKENS)), Buffer.from(pick(FRAGMENTS)), Buffer.from([below(256)]), Buffer.alloc(0), copied]);
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(chance(0.4) ? at : end)]);
}
