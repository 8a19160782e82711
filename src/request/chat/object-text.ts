// Reading and setting one member of a small JSON object given as valid text; all of it that is not set stays as it is written.

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g;

/** Start and end of the value, of several of the last; undefined: no such member. */
function spanOf(object: string, name: string): readonly [start: number, end: number] | undefined {
  let depth = 0;
  let key: string | undefined;
  let start: number | undefined;
  let found: readonly [number, number] | undefined;
  let last = 0; // end of the token before
  for (const { 0: token, index } of object.matchAll(TOKEN)) {
    const closes = token === "}" || token === "]";
    if (depth === 1 && (token === "," || closes)) {
      if (start !== undefined && key === name) found = [start, last];
      [key, start] = [undefined, undefined];
    } else if (depth === 1 && key === undefined) key = String(JSON.parse(token));
    else if (depth === 1 && token !== ":") start ??= index;
    if (closes) depth--;
    else if (token === "{" || token === "[") depth++;
    last = index + token.length;
  }
  return found;
}

/** The member's value as it is written. */
export function memberText(object: string, name: string): string | undefined {
  const span = spanOf(object, name);
  return span && object.slice(...span);
}

/** The object with the member set: where it stands, else behind the brace. */
export function withMember(object: string, name: string, json: string): string {
  const span = spanOf(object, name);
  if (span !== undefined) return object.slice(0, span[0]) + json + object.slice(span[1]);
  const behind = object.indexOf("{") + 1;
  const rest = object.slice(behind);
  return `${object.slice(0, behind)}${JSON.stringify(name)}:${json}${rest.trimStart().startsWith("}") ? "" : ","}${rest}`;
}
