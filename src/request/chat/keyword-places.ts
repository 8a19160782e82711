// Where in a conversation a word stands. For explanations, not for the request path.
import type { KeywordPlace } from "./facts.ts";
import { folded, isFoldedAlone } from "./folding.ts";

/** A part of the text that is one message's, or one of several. One space joins it to the next. */
export interface Piece {
  readonly message: number;
  readonly bytes: number; // as it is written
}

type Origin = Omit<KeywordPlace, "keyword">;

/**
 * For a keyword as it is sought: the message it begins in, and the characters from the start of that message's text, as it is written. A
 * joining space belongs to the piece before it.
 */
export function originIn(text: string, pieces: readonly Piece[]): (sought: string) => Origin {
  const clusters = clustersOf(text);
  const lowered = clusters
    .map((cluster) => folded(cluster))
    .join("")
    .toLowerCase();
  return (sought) => originOf(text, placeOf(clusters, lowered.indexOf(sought)), pieces);
}

function originOf(text: string, { bytes: offset, characters }: Place, pieces: readonly Piece[]): Origin {
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

/** Characters that are folded together, so that the folded text is what these fold to, one behind the other. */
function clustersOf(text: string): readonly string[] {
  const clusters: string[] = [];
  for (const character of text) {
    if (clusters.length > 0 && !isFoldedAlone(character)) clusters.push((clusters.pop() ?? "") + character);
    else clusters.push(character);
  }
  return clusters;
}

interface Place {
  readonly bytes: number; // UTF-8 bytes in front of the character
  readonly characters: number;
}

/** The character that gives the code unit at `index` of the folded text in lower case, the first of several. U+0130 gives two units. */
function placeOf(clusters: readonly string[], index: number): Place {
  let units = 0;
  let bytes = 0;
  let characters = 0;
  for (const cluster of clusters) {
    units += folded(cluster).toLowerCase().length;
    if (units > index) break;
    for (const character of cluster) {
      bytes += utf8Length(character);
      characters++;
    }
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
