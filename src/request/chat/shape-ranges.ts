// Where in a forwarded body the pieces stand that a shape put in, said in one header value, so that another tier's attempt can take them
// out again: `weak;12-45,80-96~;312`, the shape's name, the ranges (`~`: `null` stood there), and the bytes of the whole.
import type { Change } from "./body-edit.ts";

/** `pieces`: of the forwarded body, the changes' bytes among them. Undefined: there are none. */
export function shapeRanges(name: string, changes: readonly Change[], pieces: readonly Uint8Array[]): string | undefined {
  if (changes.length === 0) return undefined;
  const inOrder = changes.toSorted((a, b) => a.start - b.start);
  const ranges: string[] = [];
  let at = 0;
  for (const piece of pieces) {
    const change = inOrder[ranges.length];
    if (change !== undefined && piece === change.bytes) ranges.push(`${at}-${at + piece.length}${change.end > change.start ? "~" : ""}`);
    at += piece.length;
  }
  return `${encodeURIComponent(name)};${ranges.join(",")};${at}`;
}

const RANGE = /^(\d+)-(\d+)(~?)$/;
const NULL = new TextEncoder().encode("null");

/** The body without them. As it is where somebody has changed it on its way, so that the ranges say nothing. */
export function unshaped(body: Uint8Array, header: string): Uint8Array {
  const [, ranges = "", total] = header.split(";");
  if (Number(total) !== body.length) return body;
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const range of ranges.split(",")) {
    const [, start, end, isNull] = RANGE.exec(range) ?? [];
    if (start === undefined || Number(start) < from || Number(end) < Number(start)) return body;
    pieces.push(body.subarray(from, Number(start)));
    if (isNull !== "") pieces.push(NULL);
    from = Number(end);
  }
  pieces.push(body.subarray(from));
  return joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((bytes, piece) => bytes + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
