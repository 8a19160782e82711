// JSON that came from others, looked into without trusting its shape.

export type JsonObject = { readonly [member: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectIn(value: unknown, member: string): JsonObject | undefined {
  const found = isObject(value) && Object.hasOwn(value, member) ? value[member] : undefined;
  return isObject(found) ? found : undefined;
}

export function textIn(value: unknown, member: string): string | undefined {
  const found = isObject(value) ? value[member] : undefined;
  return typeof found === "string" ? found : undefined;
}

export function numberIn(value: unknown, member: string): number | undefined {
  const found = isObject(value) ? value[member] : undefined;
  return typeof found === "number" ? found : undefined;
}

export function listIn(value: unknown, member: string): readonly unknown[] {
  const found = isObject(value) ? value[member] : undefined;
  return Array.isArray(found) ? found : [];
}

/** Undefined: no JSON. */
export function parsedJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const MAX_DEPTH = 64; // deeper than any answer
const CLOSER: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

/** The front of a JSON value with what is open closed: what has come of an answer that is not whole. Undefined where that is no JSON. */
export function closedJson(front: string): { readonly value: unknown } | undefined {
  const open: string[] = [];
  let inString = false;
  let safe = 0; // up to here it can be closed
  let toClose = "";
  for (let at = 0; at < front.length; at++) {
    const character = front[at] ?? "";
    if (inString) {
      if (character === "\\") at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (CLOSER[character] !== undefined) {
      if (open.push(CLOSER[character] ?? "") > MAX_DEPTH) return undefined;
      [safe, toClose] = [at + 1, closing(open)];
    } else if (character === open.at(-1)) open.pop();
    else if (character === ",") [safe, toClose] = [at, closing(open)];
  }
  if (inString) {
    const whole = parsedJson(`${front.slice(0, front.length - cutEscape(front))}"${closing(open)}`);
    if (whole !== undefined) return whole;
  }
  return parsedJson(front + closing(open)) ?? parsedJson(front.slice(0, safe) + toClose);
}

/** How long the escape is that a string's front was cut in. */
function cutEscape(front: string): number {
  const length = /\\(?:u[0-9a-fA-F]{0,3})?$/.exec(front.slice(-LONGEST_CUT))?.[0].length ?? 0;
  let before = front.length - length - 1;
  while (length > 0 && front[before] === "\\") before--;
  return (front.length - length - before) % 2 === 1 ? length : 0; // else the backslash is escaped itself
}

const LONGEST_CUT = 5; // of an escape that lacks its last digit

function closing(open: readonly string[]): string {
  return open.toReversed().join("");
}
