// Pieces of text for a terminal, with how each is to look.

export type Style = "plain" | "bold" | "dim" | "bad";

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Row = readonly Span[];

export const plain = span("plain");
export const bold = span("bold");
export const dim = span("dim");
export const bad = span("bad");

function span(style: Style): (text: string) => Span {
  return (text) => ({ text, style });
}
