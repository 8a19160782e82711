// Who asked what, hashed: enough to see later that somebody asked nearly the same again. Neither text nor name can be read out of it.
import type { Scope } from "../chat/facts.ts";
import { HANGUL, IDEOGRAPH, KIND, LOWER, SPACE, TRAITS } from "../policy/learned/characters.ts";

export interface Asked {
  readonly by: number; // hash of the user's id, else of the session's; see voter.ts
  readonly sketch: Int8Array; // of the last user message; see `similarity`
  readonly message: number; // index of that message: it stays where it is while an agent works on it, and the conversation grows
}

/** What a request asks, and when: enough to find the answer that it asks for again. */
export interface Question {
  readonly asked: Asked;
  readonly turns: number; // as in RequestFacts
  readonly startedAtMs: number; // since the epoch
}

/** Whose text is sketched. To measure it beside what the policy reads costs a scan 0.15 µs for 1 KB, 0.6 µs for 16 KB. */
export const ASKED_SCOPE: Scope = "last_user";

/** A longer message is known by its front and its back, this many bytes together: 1.5 µs for 200 characters, 6 µs for all. */
const READ_BYTES = 1024;
export const SKETCH_LENGTH = 256; // an unrelated text is 0 ± 0.06 alike
const LIMIT = 127; // of an element

/** Grams: three characters, or two where one is worth a syllable, which count twice. "continue" and "go on" say too little to repeat. */
const MIN_GRAMS = 12;

const FIRST_MULTIPLIER = 0x85ebca6b;
const SECOND_MULTIPLIER = 0xc2b2ae35;
const MIXER = 0x9e3779b1;
const SPACE_POINT = 0x20;
const REPLACED = 0xfffd; // stands for any character beyond the basic plane

/**
 * Undefined: nobody is named, or too little is asked. `by`: of voter.ts; `text`: of the last user message, valid UTF-8; `message`: its
 * index.
 */
export function askedOf(by: number | undefined, text: () => Uint8Array, message: () => number): Asked | undefined {
  if (by === undefined) return undefined;
  const sketch = sketchOf(text());
  return sketch && { by, sketch, message: message() };
}

/** Counts of hashed character grams, each with a sign from its hash, so that grams that share an element cancel out. Undefined: too few. */
export function sketchOf(text: Uint8Array): Int8Array | undefined {
  const sketch = new Int8Array(SKETCH_LENGTH);
  if (text.length <= READ_BYTES) return addGrams(sketch, text, 0, text.length) < MIN_GRAMS ? undefined : sketch;
  addGrams(sketch, text, 0, READ_BYTES / 2);
  addGrams(sketch, text, text.length - READ_BYTES / 2, text.length);
  return sketch;
}

/** How many grams. A character cut at `start` or `end` gives a gram or two that mean nothing. */
function addGrams(sketch: Int8Array, text: Uint8Array, start: number, end: number): number {
  let before = SPACE_POINT;
  let last = SPACE_POINT;
  let grams = 0;
  for (let at = start; at < end; ) {
    const byte = text[at] ?? 0;
    let character: number;
    let wide = false;
    if (byte < 0x80) {
      at++; // no look-up for ASCII: 40 % less time for English
      character = byte <= SPACE_POINT ? SPACE_POINT : byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    } else {
      const point = decode(text, at, byte);
      at += byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      const kind = (TRAITS[point] ?? 0) & KIND;
      character = kind === SPACE ? SPACE_POINT : (LOWER[point] ?? point);
      wide = kind === IDEOGRAPH || kind === HANGUL;
    }
    if (character === SPACE_POINT && last === SPACE_POINT) continue;
    const gram = Math.imul(last, SECOND_MULTIPLIER) ^ character ^ (wide ? 0 : Math.imul(before, FIRST_MULTIPLIER));
    const hash = Math.imul(gram ^ (gram >>> 15), MIXER);
    const element = hash >>> 24;
    const sum = (sketch[element] ?? 0) + ((hash & 0x800000) === 0 ? 1 : -1);
    if (sum <= LIMIT && sum >= -LIMIT) sketch[element] = sum;
    grams += wide ? 2 : 1;
    before = last;
    last = character;
  }
  return grams;
}

function decode(text: Uint8Array, at: number, lead: number): number {
  if (lead >= 0xf0) return REPLACED;
  const second = (text[at + 1] ?? 0) & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  return ((lead & 0x0f) << 12) | (second << 6) | ((text[at + 2] ?? 0) & 0x3f);
}

/** Cosine: 1 for the same text, about 0 for texts that share nothing. */
export function similarity(a: Int8Array, b: Int8Array): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let at = 0; at < SKETCH_LENGTH; at++) {
    const x = a[at] ?? 0;
    const y = b[at] ?? 0;
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return squareA === 0 || squareB === 0 ? 0 : product / Math.sqrt(squareA * squareB);
}
