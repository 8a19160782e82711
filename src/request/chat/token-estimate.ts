// About how many tokens a request is, all of it: the texts, what tools are offered, called and gave back, and by a rule of their own the
// images, sounds and files. Independent of what a policy reads. How near it comes: docs/tokens.md.
import { isEncoded, mediaTokens } from "./media.ts";
import { FIELD } from "./scan-fields.ts";
import { MAX_COUNTED_BYTES, type ScanMemory } from "./scan-memory.ts";

/** What a message takes beside its text: who says it, and where it begins and ends (OpenAI's cookbook, "How to count tokens"). */
const MESSAGE_TOKENS = 4;
const REQUEST_TOKENS = 3;
/** Servers write tools more briefly than the JSON they came in. */
const JSON_SHARE = 0.9;
const MIN_MEDIA_BYTES = 512;
const WINDOW_BYTES = 64;
/** Of JSON beside the texts, so much is counted and stands for the rest: half as much as of texts, for JSON is more alike. */
const COUNTED_BYTES = MAX_COUNTED_BYTES / 2;
const MOST_PLACES = (2 * COUNTED_BYTES) / WINDOW_BYTES;

/** `body`: as it was scanned. Takes 1 to 3 µs for a text, 5 µs with tools, 20 µs with an image (bench/scanner.ts). */
export function estimatedTokens(memory: ScanMemory, body: Uint8Array): number {
  const messages = REQUEST_TOKENS + MESSAGE_TOKENS * memory.field(FIELD.turns);
  const inTokens = memory.field(FIELD.tokens);
  const { tokens, images } = besideText(memory, body);
  const linked = Math.max(0, memory.field(FIELD.imageParts) - images); // by their address
  return Math.round(messages + inTokens + memory.textTokens() + tokens + linked * mediaTokens(undefined, isAnthropic(memory)).tokens);
}

function isAnthropic(memory: ScanMemory): boolean {
  return memory.format() === "messages";
}

/** Tokens of the values beside the text, and how many of these were images. */
function besideText(memory: ScanMemory, body: Uint8Array): { tokens: number; images: number } {
  const count = memory.field(FIELD.spans);
  if (count === 0) return { tokens: 0, images: 0 };
  const texts: number[] = []; // start, end, start, end … in the body
  let bytes = 0;
  let tokens = 0;
  let images = 0;
  for (let index = 0; index < count; index++) {
    const [start, end] = memory.span(index);
    if (end - start >= MIN_MEDIA_BYTES && isEncoded(body.subarray(start, end))) {
      const media = mediaTokens(body.subarray(start, end), isAnthropic(memory));
      tokens += media.tokens;
      if (media.kind === "image") images++;
    } else {
      texts.push(start, end);
      bytes += end - start;
    }
  }
  const counted = bytes <= COUNTED_BYTES ? texts : windowsOf(texts, bytes);
  const of = bytesIn(counted);
  if (of > 0) tokens += (JSON_SHARE * (memory.tokensOf(body, counted) * (bytes + memory.field(FIELD.spansMore)))) / of;
  return { tokens, images };
}

/** About COUNTED_BYTES of them in windows, evenly spread. */
function windowsOf(texts: readonly number[], bytes: number): readonly number[] {
  const windows: number[] = [];
  const stride = bytes / (COUNTED_BYTES / WINDOW_BYTES);
  let next = 0; // of the bytes of all texts together, as is the next
  let before = 0;
  for (let i = 0; i < texts.length; i += 2) {
    const start = texts[i] ?? 0;
    const length = (texts[i + 1] ?? 0) - start;
    for (; next < before + length && windows.length < MOST_PLACES; next += stride) {
      const at = start + Math.max(0, Math.min(Math.floor(next - before), length - WINDOW_BYTES));
      windows.push(at, Math.min(at + WINDOW_BYTES, start + length));
    }
    before += length;
  }
  return windows;
}

function bytesIn(places: readonly number[]): number {
  let bytes = 0;
  for (let i = 0; i < places.length; i += 2) bytes += (places[i + 1] ?? 0) - (places[i] ?? 0);
  return bytes;
}
