// The top-level members of a JSON object in the order of the text, repeated ones each, with their places: what JSON.parse does not tell.

export interface Member {
  readonly name: string;
  readonly value: unknown;
  readonly start: number; // of the value, in bytes of UTF-8
  readonly end: number;
}

/** `source` is an object that JSON.parse accepts. */
export function rootMembers(source: string): readonly Member[] {
  const members: Member[] = [];
  let at = source.indexOf("{") + 1;
  let bytes = Buffer.byteLength(source.slice(0, at));
  while (source[skipSpace(source, at)] !== "}") {
    const nameAt = skipSpace(source, source[skipSpace(source, at)] === "," ? skipSpace(source, at) + 1 : at);
    const nameEnd = endOf(source, nameAt);
    const valueAt = skipSpace(source, source.indexOf(":", nameEnd) + 1);
    const valueEnd = endOf(source, valueAt);
    const start = bytes + Buffer.byteLength(source.slice(at, valueAt));
    const end = start + Buffer.byteLength(source.slice(valueAt, valueEnd));
    members.push({ name: JSON.parse(source.slice(nameAt, nameEnd)), value: JSON.parse(source.slice(valueAt, valueEnd)), start, end });
    [at, bytes] = [valueEnd, end];
  }
  return members;
}

function skipSpace(source: string, from: number): number {
  let at = from;
  while (" \n\r\t".includes(source[at] ?? "x")) at++;
  return at;
}

/** Behind the value that starts at `from`. */
function endOf(source: string, from: number): number {
  let depth = 0;
  for (let at = from; ; at++) {
    const c = source[at] ?? "";
    if (c === '"') at = endOfString(source, at) - 1;
    else if (c === "{" || c === "[") depth++;
    else if (c === "}" || c === "]") depth--;
    if (depth > 0) continue;
    if (c === '"' || c === "}" || c === "]") return at + 1;
    if (!/[-+.\w]/.test(source[at + 1] ?? "")) return at + 1;
  }
}

function endOfString(source: string, from: number): number {
  for (let at = from + 1; ; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === '"') return at + 1;
  }
}
