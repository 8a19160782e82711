// Of a request's body what a session is followed by: how much of the last request stands at its front, as a prompt cache sees it, and
// whether it goes on with a tool loop. Reads JSON, and keeps numbers.

type Json = Readonly<Record<string, unknown>>;

/** A piece of the prompt in the order in which servers read it: tools, then the system text, then each message. */
export interface Part {
  readonly hash: string;
  readonly size: number; // characters of JSON
}

export interface RequestParts {
  readonly parts: readonly Part[];
  readonly answersTools: boolean; // what stands last is what a tool gave back
  readonly continuesOnServer: boolean; // the history is not in the body: the server has it
}

export function requestParts(body: Uint8Array): RequestParts {
  const request: unknown = JSON.parse(UTF8.decode(body));
  if (!isObject(request)) return { parts: [], answersTools: false, continuesOnServer: false };
  const { tools, functions, system, instructions, messages, input, prompt } = request;
  const items = [messages, input, prompt].find((each) => each !== undefined);
  const list: readonly unknown[] = Array.isArray(items) ? items : [items];
  const front = [tools ?? functions, system ?? instructions].filter((each) => each !== undefined);
  return {
    parts: [...front, ...list].map(partOf),
    answersTools: isToolAnswer(list.at(-1)),
    continuesOnServer: [request["previous_response_id"], request["conversation"]].some((each) => each !== undefined && each !== null),
  };
}

const UTF8 = new TextDecoder("utf-8");

/** How much of a request is the front of the next one too, in both their sizes. */
export interface Shared {
  readonly ofBefore: number; // 0 to 1
  readonly ofAfter: number;
}

export function sharedFront(before: readonly Part[], after: readonly Part[]): Shared {
  let same = 0;
  for (let at = 0; at < before.length && before[at]?.hash === after[at]?.hash; at++) same += before[at]?.size ?? 0;
  return { ofBefore: same === 0 ? 0 : same / sizeOf(before), ofAfter: same === 0 ? 0 : same / sizeOf(after) };
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

/** OpenAI's two forms and Anthropic's, where a person may have said something beside it. */
function isToolAnswer(last: unknown): boolean {
  if (!isObject(last)) return false;
  const { role, type, content } = last;
  if (role === "tool" || role === "function") return true;
  if (typeof type === "string" && /(?:_call_output|_approval_response)$/.test(type)) return true;
  return Array.isArray(content) && content.some((part) => isObject(part) && part["type"] === "tool_result");
}

/** Marks of where to cache move from message to message, and are no part of the prompt. */
function partOf(value: unknown): Part {
  const json = JSON.stringify(value, (name, member: unknown) => (name === "cache_control" ? undefined : member)) ?? "";
  return { hash: hashOf(json), size: json.length };
}

/** FNV-1a twice, from two beginnings, and the length: no two messages of a session will be taken for the same by chance. */
function hashOf(text: string): string {
  let [one, two] = [0x811c9dc5, 0x5bd1e995];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    two = Math.imul(two ^ code, 0x01000193) + 0x27d4eb2f;
  }
  return `${one >>> 0}.${two >>> 0}.${text.length}`;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
