// Names as labels of a chart, cut to the room there is. How wide a text comes out is estimated generously: the reader's font is not known.
import { FONT_PX } from "./chart.ts";

const NARROW_EM = 0.6; // of letters, on average
const WIDE_EM = 1.05; // of ideographs, syllables and pictures, which are as wide as high
const WIDE =
  /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Extended_Pictographic}|[\u3000-\u303f\uff00-\uff60WM]/u;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** In pixels, at the charts' font size. */
export function textWidth(text: string): number {
  let em = 0;
  for (const { segment } of graphemes.segment(text)) em += WIDE.test(segment) ? WIDE_EM : NARROW_EM;
  return em * FONT_PX;
}

/** On one line, and no wider than `room` pixels: a longer text ends in `…`. */
export function fitted(text: string, room: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (textWidth(line) <= room) return line;
  let kept = "";
  for (const { segment } of graphemes.segment(line)) {
    if (textWidth(`${kept}${segment}…`) > room) break;
    kept += segment;
  }
  return `${kept}…`;
}
