// What must reach a model server: the client's bytes without the top-level `model` member. Written apart from what it judges: nothing of
// src/ is used, the body is cut at its top-level commas and put together again without that piece.

export interface WithoutModel {
  readonly body: Buffer;
  readonly models: readonly unknown[]; // the values of the members taken out
}

const [OPEN, CLOSE, COMMA, QUOTE, ESCAPE] = [/[{[]/, /[}\]]/, ",", '"', "\\"] as const;

/** Throws where `body` is no JSON object. Whatever surrounds the other members, blanks and all, stays as it was. */
export function withoutModel(body: Buffer): WithoutModel {
  const text = body.toString("latin1"); // one character a byte
  if (typeof JSON.parse(body.toString("utf8")) !== "object" || !text.startsWith("{")) throw new Error("not a JSON object");
  const end = text.lastIndexOf("}");
  const members = topLevel(text.slice(1, end));
  const isModel = (member: string) => JSON.parse(/^\s*("(?:[^"\\]|\\.)*")/.exec(member)?.[1] ?? '""') === "model";
  const kept = members.filter((member) => !isModel(member)).join(COMMA);
  const models = members.filter(isModel).map((member) => Object.values(JSON.parse(`{${member}}`) as object)[0] as unknown);
  return { body: Buffer.from(`{${kept}${text.slice(end)}`, "latin1"), models };
}

function topLevel(inside: string): readonly string[] {
  const members: string[] = [];
  let [depth, from, quoted] = [0, 0, false];
  for (let at = 0; at < inside.length; at++) {
    const character = inside.charAt(at);
    if (quoted && character === ESCAPE) at++;
    else if (character === QUOTE) quoted = !quoted;
    else if (quoted) continue;
    else if (OPEN.test(character)) depth++;
    else if (CLOSE.test(character)) depth--;
    else if (character === COMMA && depth === 0) {
      members.push(inside.slice(from, at));
      from = at + 1;
    }
  }
  return [...members, inside.slice(from)];
}
