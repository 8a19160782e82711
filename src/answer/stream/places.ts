// Places in JSON, given as paths: `message.usage.input_tokens`, `choices[].error`. Compiled once into a tree that a reader walks down.

export interface Place {
  readonly path: string;
  readonly wanted: boolean; // what stands here is to be told
  readonly members: readonly (readonly Member[])[]; // by the length of their names
  readonly hasMembers: boolean;
  readonly elements: Place | undefined; // of an array
}

export interface Member {
  readonly name: Uint8Array; // ASCII
  readonly place: Place;
}

/** Longer names are none of ours: nothing more of them is kept. */
export const MAX_NAME_BYTES = 64;

const ELEMENTS = "[]";
/** `atRoot`: of each value of a sequence, and of the elements of an array that is one: Gemini streams its answers as one array. */
export function placesOf(paths: readonly string[]): Place {
  const steps = paths.map((path) => path.replaceAll(ELEMENTS, `.${ELEMENTS}`).split("."));
  const root = placeOf("", steps, false);
  const looped: { -readonly [key in keyof Place]: Place[key] } = { ...root };
  looped.elements = looped;
  return looped;
}

function placeOf(path: string, steps: readonly (readonly string[])[], wanted: boolean): Place {
  const members: Member[] = [];
  let elements: Place | undefined;
  for (const step of new Set(steps.map(([first]) => first ?? ""))) {
    const deeper = steps.filter(([first]) => first === step).map(([, ...rest]) => rest);
    const place = placeOf(
      step === ELEMENTS ? `${path}${ELEMENTS}` : `${path}${path === "" ? "" : "."}${step}`,
      deeper.filter((rest) => rest.length > 0),
      deeper.some((rest) => rest.length === 0),
    );
    if (step === ELEMENTS) {
      elements = place;
      continue;
    }
    members.push({ name: Uint8Array.from(step, (character) => character.charCodeAt(0)), place });
  }
  const byLength = Array.from({ length: MAX_NAME_BYTES + 1 }, (_, length) => members.filter(({ name }) => name.length === length));
  return { path, wanted, members: byLength, hasMembers: members.length > 0, elements };
}

/** The member whose name stands in `bytes` from `from` to `to`. */
export function memberOf({ members }: Place, bytes: Uint8Array, from: number, to: number): Place | undefined {
  const alike = members[to - from];
  if (alike === undefined) return undefined;
  for (const { name, place } of alike) if (isAt(name, bytes, from)) return place;
  return undefined;
}

function isAt(name: Uint8Array, bytes: Uint8Array, from: number): boolean {
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[from + at]) return false;
  return true;
}
