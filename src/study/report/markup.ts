// HTML put together so that escaping cannot be forgotten: whatever is set into a template is text, unless it is markup already.

export class Markup {
  readonly #source: string;

  /** `source` is trusted: it goes into the page as it is. */
  constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

/** Undefined is nothing; of a list, one after the other. */
export type Piece = string | number | Markup | undefined | readonly Piece[];

export function html(parts: readonly string[], ...pieces: readonly Piece[]): Markup {
  return new Markup(parts.map((part, at) => part + sourceOf(pieces[at])).join(""));
}

function sourceOf(piece: Piece): string {
  if (piece === undefined) return "";
  if (piece instanceof Markup) return piece.toString();
  if (typeof piece === "object") return piece.map(sourceOf).join("");
  return escaped(String(piece));
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.toWellFormed().replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
