// Random request bodies from a seed: odd shapes, repeated members, every spelling of a string and, for some, damaged bytes.
import { requestNode } from "./scanner-requests.ts";
import { Members, type Node, type Random } from "./scanner-values.ts";

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
  let bytes: Buffer = Buffer.from(written(random, requestNode(random, textPieces)));
  if (chance(0.3)) for (let n = 1 + below(3); n > 0; n--) bytes = damaged(random, bytes);
  return bytes;
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
