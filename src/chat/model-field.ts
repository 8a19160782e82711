// The bytes to forward: a body without its `model` members, or with the tier's own. Pieces are views into the body; nothing is copied.
import type { ModelField } from "./scanner.ts";

/** The body less every top-level `model` member; all other bytes as they came. */
export function withoutModel(body: Uint8Array, model: ModelField): readonly Uint8Array[] {
  return between(body, model.cuts, 0);
}

/** The body with the member `"model": name` right behind its opening brace, in place of every one it had. `messages` always follows. */
export function withModel(body: Uint8Array, model: ModelField, name: string): readonly Uint8Array[] {
  const member = new TextEncoder().encode(`"model":${JSON.stringify(name)},`);
  return [body.subarray(0, model.insertAt), member, ...between(body, model.cuts, model.insertAt)];
}

function between(body: Uint8Array, cuts: readonly number[], start: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = start;
  for (let i = 0; i < cuts.length; i += 2) {
    const [cutStart = 0, cutEnd = 0] = [cuts[i], cuts[i + 1]];
    if (cutStart > from) pieces.push(body.subarray(from, cutStart));
    from = cutEnd;
  }
  if (from < body.length) pieces.push(body.subarray(from));
  return pieces;
}
