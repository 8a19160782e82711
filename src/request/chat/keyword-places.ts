// Where in a conversation a place in the joined text is. For explanations, not for the request path.
import type { KeywordPlace } from "./facts.ts";

/** A part of the text that is one message's, or one of several. One space joins it to the next. */
export interface Piece {
  readonly message: number;
  readonly bytes: number;
}

/**
 * Of the code unit at `index` of the lower-cased text: the message it falls into, and the characters from the start of that message's text.
 * A joining space belongs to the piece before it.
 */
export function originOf(text: string, index: number, pieces: readonly Piece[]): Omit<KeywordPlace, "keyword"> {
  const { bytes: offset, characters } = placeOf(text, index);
  let end = 0; // of the pieces so far, joining spaces included
  let message = -1;
  let messageStart = 0;
  for (const piece of pieces) {
    if (piece.message !== message || end === 0) [message, messageStart] = [piece.message, end];
    end += piece.bytes + 1;
    if (offset < end) break;
  }
  return { message, character: characters - charactersUpTo(text, messageStart) };
}

interface Place {
  readonly bytes: number; // UTF-8 bytes in front of the character
  readonly characters: number;
}

/** The character that gives the code unit at `index` of the lower-cased text. U+0130 gives two. */
function placeOf(text: string, index: number): Place {
  let units = 0;
  let bytes = 0;
  let characters = 0;
  for (const character of text) {
    units += character.toLowerCase().length;
    if (units > index) break;
    bytes += utf8Length(character);
    characters++;
  }
  return { bytes, characters };
}

function charactersUpTo(text: string, offset: number): number {
  let bytes = 0;
  let characters = 0;
  for (const character of text) {
    if (bytes >= offset) break;
    bytes += utf8Length(character);
    characters++;
  }
  return characters;
}

function utf8Length(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}
