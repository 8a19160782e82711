// About how many tokens a request is, all of it: the texts, what tools are offered, called and gave back, and by a rule of their own the
// images, sounds and files. Independent of what a policy reads. How near it comes: docs/tokens.md.
import { isEncoded, mediaTokens } from "./media.ts";
import { FIELD, MAX_COUNTED_BYTES, type ScanMemory } from "./scan-memory.ts";

/** What a message takes beside its text: who says it, and where it begins and ends (OpenAI's cookbook, "How to count tokens"). */
const MESSAGE_TOKENS = 4;
const REQUEST_TOKENS = 3;
/** Servers write tools more briefly than the JSON they came in. */
const JSON_SHARE = 0.9;
const MIN_MEDIA_BYTES = 512;
const WINDOW_BYTES = 64;

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
  const spans: Uint8Array[] = [];
  let bytes = 0;
  let tokens = 0;
  let images = 0;
  for (let index = 0; index < count; index++) {
    const [start, end] = memory.span(index);
    const span = body.subarray(start, end);
    if (span.length >= MIN_MEDIA_BYTES && isEncoded(span)) {
      const media = mediaTokens(span, isAnthropic(memory));
      tokens += media.tokens;
      if (media.kind === "image") images++;
    } else {
      spans.push(span);
      bytes += span.length;
    }
  }
  const counted = sampleOf(spans, bytes);
  const of = counted.reduce((sum, piece) => sum + piece.length, 0);
  if (of > 0) tokens += (JSON_SHARE * (memory.tokensOf(counted) * (bytes + memory.field(FIELD.spansMore)))) / of;
  return { tokens, images };
}

/** All of it, or windows evenly spread. */
function sampleOf(spans: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  if (bytes <= MAX_COUNTED_BYTES) return spans;
  const windows: Uint8Array[] = [];
  const stride = bytes / (MAX_COUNTED_BYTES / WINDOW_BYTES);
  let next = 0; // of the bytes of all spans together, as is the next
  let before = 0;
  for (const span of spans) {
    for (; next < before + span.length; next += stride) {
      const at = Math.max(0, Math.min(Math.floor(next - before), span.length - WINDOW_BYTES));
      windows.push(span.subarray(at, at + WINDOW_BYTES));
    }
    before += span.length;
  }
  return windows.slice(0, MAX_COUNTED_BYTES / WINDOW_BYTES);
}
