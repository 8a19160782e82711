// What images, sounds, films and files come to in tokens, told by the first bytes of their base64. Which model will see them is not known:
// each rule is the published one of a vendor's current models, named beside it.

export type MediaKind = "image" | "audio" | "video" | "document" | "text" | "opaque";

const HEAD_CHARS = 64; // of base64 that are looked at: 48 bytes
const PROBE_BYTES = 24;
const SEARCHED_BYTES = 512; // of a value, for where its base64 begins
const COMMA = 0x2c;
const MARK = [..."base64"].map((letter) => letter.charCodeAt(0));

// ---- images: patches that cover them, after they are scaled down to a longest side and to a number of patches ----
interface Grid {
  readonly patch: number; // pixels on a side
  readonly longest: number; // pixels
  readonly most: number; // patches
  readonly tokens: number; // a patch
}
/** Anthropic, "Vision" (2026): of Opus 4.7 and later. Models before it: 1,568 pixels and 1,568 patches. */
const ANTHROPIC: Grid = { patch: 28, longest: 2576, most: 4784, tokens: 1 };
/** As it is asked for with an image; without being asked for, `original`. */
const DETAILS = ["low", "high", "original"] as const;
type Detail = (typeof DETAILS)[number];
/** OpenAI, "Images and vision" (2026): of GPT-5.4 and later. GPT-5, 4.1 and 4o: tiles of a smaller copy, hardly over 1,000 tokens. */
const OPENAI: Readonly<Record<Detail, Grid>> = {
  low: { patch: 32, longest: 512, most: 256, tokens: 1.2 },
  high: { patch: 32, longest: 2048, most: 2500, tokens: 1.2 },
  original: { patch: 32, longest: 6000, most: 10_000, tokens: 1.2 },
};
const DETAIL = /"detail"\s*:\s*"(\w+)"/;
const TAIL_BYTES = 48; // of a value, where a member may stand behind its base64
/** Of an image that is only linked. */
const USUAL_SIDE = 1024;
/** Photos, which do not tell their size in their first bytes: a JPEG or WebP takes about 2 bits a pixel. */
const BYTES_PER_PIXEL = 0.25;
const SIDE_RANGE = [128, 4096] as const;

// ---- sounds and films ----
/** OpenAI, "Managing costs" of the Realtime API (2026): a token for 100 ms of what a user says. Gemini's are 32 a second. */
const AUDIO_TOKENS_PER_SECOND = 10;
const COMPRESSED_AUDIO_BYTES = 16_000; // a second at 128 kbit/s
const RAW_AUDIO_BYTES = 48_000; // a second of 16 bits at 24 kHz
/** Gemini, "Video understanding" (2026): about 300 a second, 258 of a frame, 32 of sound, and what tells the time; here at 2 Mbit/s. */
const VIDEO_TOKENS_PER_BYTE = 300 / 250_000;

// ---- files ----
/**
 * Anthropic, "PDF support" (2026): 1,500 to 3,000 a page for its text, and the page as an image besides; about 2,500 in all were measured.
 * Here a page takes 60 KB. Gemini 3 takes 560 a page ("Media resolution", 2026).
 */
const DOCUMENT_BYTES_PER_TOKEN = 24;
const TEXT_BYTES_PER_TOKEN = 4;
/** Signatures and encrypted reasoning: what they stand for is shorter. */
const OPAQUE_CHARS_PER_TOKEN = 6;

/** Whether a value, quotes and all, is base64 for the most part: at three places it is nothing but letters, digits and `+/-_=`. */
export function isEncoded(value: Uint8Array): boolean {
  return [0.3, 0.5, 0.7].every((share) => isAlphabet(value, Math.floor(value.length * share), PROBE_BYTES));
}

function isAlphabet(bytes: Uint8Array, from: number, length: number): boolean {
  for (let at = from; at < from + length; at++) {
    const byte = bytes[at] ?? 0;
    const letter = byte | 0x20;
    const inside = (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x2f && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x5f;
    if (!inside && byte !== 0x3d) return false;
  }
  return true;
}

/** Of a value that `isEncoded`; undefined: of an image that is only linked. */
export function mediaTokens(value: Uint8Array | undefined, anthropic: boolean): { readonly kind: MediaKind; readonly tokens: number } {
  if (value === undefined) return { kind: "image", tokens: imageTokens(USUAL_SIDE, USUAL_SIDE, anthropic ? ANTHROPIC : OPENAI.original) };
  const start = encodedStart(value);
  const lead = latin1(value.subarray(Math.max(0, start - 48), start));
  const head = decoded(value.subarray(start, start + HEAD_CHARS));
  const bytes = (value.length - start) * 0.75;
  const kind = kindOf(lead, head);
  switch (kind) {
    case "image": {
      const [width, height] = sizeOf(head) ?? sideBy(bytes);
      return { kind, tokens: imageTokens(width, height, anthropic ? ANTHROPIC : OPENAI[detailOf(value, start)]) };
    }
    case "audio":
      return { kind, tokens: Math.ceil((bytes / audioRate(lead, head)) * AUDIO_TOKENS_PER_SECOND) };
    case "video":
      return { kind, tokens: Math.ceil(bytes * VIDEO_TOKENS_PER_BYTE) };
    case "document":
      return { kind, tokens: Math.ceil(bytes / DOCUMENT_BYTES_PER_TOKEN) };
    case "text":
      return { kind, tokens: Math.ceil(bytes / TEXT_BYTES_PER_TOKEN) };
    case "opaque":
      return { kind, tokens: Math.ceil(value.length / OPAQUE_CHARS_PER_TOKEN) };
    default:
      return kind satisfies never;
  }
}

/** Behind `base64,`, as data URLs have it; else where the alphabet alone begins. By bytes: as text it took 30 µs. */
function encodedStart(value: Uint8Array): number {
  const end = Math.min(value.length, SEARCHED_BYTES);
  for (let at = 0; at < end; at++) if (value[at] === COMMA && isMarked(value, at)) return at + 1;
  let from = 0;
  for (let at = 0; at < end && at - from < HEAD_CHARS; at++) if (!isAlphabet(value, at, 1)) from = at + 1;
  return from < end ? from : 0;
}

function isMarked(value: Uint8Array, comma: number): boolean {
  const start = comma - MARK.length;
  return start >= 0 && MARK.every((byte, i) => value[start + i] === byte);
}

const MAGIC: readonly (readonly [start: string, kind: MediaKind])[] = [
  ["\x89PNG", "image"],
  ["\xff\xd8\xff", "image"],
  ["GIF8", "image"],
  ["BM", "image"],
  ["%PDF", "document"],
  ["PK\x03\x04", "document"], // docx, xlsx and the like
  ["ID3", "audio"],
  ["\xff\xfb", "audio"],
  ["\xff\xf3", "audio"],
  ["OggS", "audio"],
  ["fLaC", "audio"],
  ["\x1aE\xdf\xa3", "video"],
];

/** By its first bytes, else by the type that is said in front of it. */
function kindOf(lead: string, head: string): MediaKind {
  if (head.startsWith("RIFF")) return head.slice(8, 12) === "WAVE" ? "audio" : head.slice(8, 12) === "WEBP" ? "image" : "video";
  if (head.slice(4, 8) === "ftyp")
    return /^(?:M4A|avif|heic|mif1)/.test(head.slice(8, 12)) ? (head.startsWith("M4A", 8) ? "audio" : "image") : "video";
  const magic = MAGIC.find(([start]) => head.startsWith(start));
  if (magic !== undefined) return magic[1];
  const said = /(image|audio|video|text|application)\/[\w.+-]+/.exec(lead)?.[1];
  if (said === "application") return "document";
  return said === "image" || said === "audio" || said === "video" || said === "text" ? said : "opaque";
}

/** Of a PNG or GIF, which tell it at once. */
function sizeOf(head: string): readonly [width: number, height: number] | undefined {
  const byte = (at: number) => head.charCodeAt(at);
  if (head.startsWith("\x89PNG") && head.length >= 24) return [(byte(18) << 8) | byte(19), (byte(22) << 8) | byte(23)];
  if (head.startsWith("GIF8") && head.length >= 10) return [byte(6) | (byte(7) << 8), byte(8) | (byte(9) << 8)];
  return undefined;
}

function sideBy(bytes: number): readonly [width: number, height: number] {
  const side = Math.min(SIDE_RANGE[1], Math.max(SIDE_RANGE[0], Math.sqrt(bytes / BYTES_PER_PIXEL)));
  return [side, side];
}

/** Asked for beside the base64, in front of it or behind. */
function detailOf(value: Uint8Array, start: number): Detail {
  const asked = DETAIL.exec(latin1(value.subarray(0, start)) + latin1(value.subarray(Math.max(start, value.length - TAIL_BYTES))))?.[1];
  return DETAILS.find((detail) => detail === asked) ?? "original";
}

function imageTokens(width: number, height: number, { patch, longest, most, tokens }: Grid): number {
  const scale = Math.min(1, longest / Math.max(width, height, 1));
  const patches = Math.ceil((width * scale) / patch) * Math.ceil((height * scale) / patch);
  return Math.ceil(Math.min(most, patches) * tokens);
}

/** Bytes a second; a WAV tells it. */
function audioRate(lead: string, head: string): number {
  if (!head.startsWith("RIFF")) return /pcm|L16|raw/.test(lead) ? RAW_AUDIO_BYTES : COMPRESSED_AUDIO_BYTES;
  const rate = head.charCodeAt(28) | (head.charCodeAt(29) << 8) | (head.charCodeAt(30) << 16);
  return rate > 0 ? rate : RAW_AUDIO_BYTES;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Of whole groups of four, in either alphabet. */
function decoded(base64: Uint8Array): string {
  const text = latin1(base64)
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replace(/[^A-Za-z0-9+/].*$/s, "");
  return atob(text.slice(0, text.length - (text.length % 4)));
}
