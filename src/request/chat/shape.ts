// Instructions that a tier or a rule adds to a request, so that a model does better: a text in front of the system text, and a JSON schema
// for the answer. Both go into the body by splice, in the terms of its format; nothing that the client wrote is taken away.
import type { Change } from "./body-edit.ts";
import type { Format } from "./facts.ts";
import { behindSpace, elementsOf, membersOf, type Span, stringAt } from "./json-walk.ts";
import { memberText, withMember } from "./object-text.ts";
import type { ParamEdit, ParamPlace } from "./params.ts";

export interface Shape {
  readonly name: string; // of the tier, the rule or the band it stands at: what log and header call it
  readonly prepend: string | undefined; // in front of the system text
  readonly schema: string | undefined; // JSON Schema, as JSON: where the request asks for no form of its own
}

/** A request that is to get a shape. */
export interface ShapeRequest {
  readonly format: Format;
  readonly body: Uint8Array;
  readonly insertAt: number; // right behind the root object's brace
  readonly params: readonly ParamPlace[]; // of all members that `shapedMembers` names
  readonly takesSchema: boolean; // false: JSON is asked for already, or tools are offered
}

/** What a shape comes to for one request. */
export interface Shaping {
  readonly changes: readonly Change[];
  readonly edits: readonly ParamEdit[]; // the tier's and the policy's, the schema set in those it has to share a member with
  readonly isShaped: boolean;
}

const LIST = "messages";
const OF_TEXT = [LIST, "prompt", "instructions", "system"];
/** Members that say what form an answer has, the two of vLLM and llama.cpp too: with any of these given, no schema is set. */
const FORMS = ["response_format", "output_format", "structured_outputs", "guided_json", "guided_regex", "guided_choice", "guided_grammar"];
const FORMS_OF_SERVERS = ["json_schema", "grammar"];
const WITH_FORMAT = ["text", "output_config"];

/** The members whose places must be known; the list of messages in any case, which no parameter sets, so that it tells of a shape. */
export function shapedMembers({ prepend, schema }: Shape): readonly string[] {
  return [...(prepend === undefined ? [LIST] : OF_TEXT), ...(schema === undefined ? [] : [...FORMS, ...FORMS_OF_SERVERS, ...WITH_FORMAT])];
}

/** Whether what needs these members known may add a shape. */
export function mayShape(members: readonly string[]): boolean {
  return members.includes(LIST);
}

/** A longer list of prompts stays as it is. */
const MAX_PROMPTS = 16;
/** What stands between the text and what the client's own begins with. */
const BETWEEN = "\n\n";
/** Formats and servers want a name for a schema. */
const SCHEMA_NAME = "answer";
/** An object of settings is small; a larger one is left alone. */
const MAX_OBJECT_BYTES = 4096;
const [QUOTE, OPEN_BRACKET, OPEN_BRACE] = [0x22, 0x5b, 0x7b] as const;
const CLOSING: ReadonlySet<number | undefined> = new Set([0x5d, 0x7d]);

/** `edits`: what is set beside. Never removes a byte but a `null` that counts as not given. */
export function shaping(request: ShapeRequest, shape: Shape, edits: readonly ParamEdit[]): Shaping {
  const texts = shape.prepend === undefined ? [] : prepended(request, textsOf(shape, shape.prepend));
  const before = { changes: texts, edits, isShaped: texts.length > 0 };
  return shape.schema === undefined || !request.takesSchema ? before : withSchema(request, shape.schema, before);
}

/** The text in each form it may have to take. */
interface Texts {
  readonly value: string; // a JSON string
  readonly front: Uint8Array; // of a string, behind its quote
  readonly part: string; // of a list of content
  readonly message: string;
}

const known = new WeakMap<Shape, Texts>();

function textsOf(shape: Shape, text: string): Texts {
  const before = known.get(shape);
  if (before !== undefined) return before;
  const value = JSON.stringify(text);
  const texts = {
    value,
    front: UTF8.encode(JSON.stringify(text + BETWEEN).slice(1, -1)),
    part: `{"type":"text","text":${value}}`,
    message: `{"role":"system","content":${value}}`,
  };
  known.set(shape, texts);
  return texts;
}

const UTF8 = new TextEncoder();

function prepended(request: ShapeRequest, texts: Texts): readonly Change[] {
  switch (request.format) {
    case "chat-completions":
      return inMessages(request, texts);
    case "completions":
      return inPrompt(request, texts);
    case "responses":
      return inMember(request, "instructions", texts);
    case "messages":
      return inMember(request, "system", texts);
    default:
      return request.format satisfies never;
  }
}

/** Into the system message that stands in front, for many a model's template takes one only; else as one. */
function inMessages({ body, params }: ShapeRequest, texts: Texts): readonly Change[] {
  const start = placeOf(params, "messages")?.start;
  if (start === undefined || body[start] !== OPEN_BRACKET) return [];
  const first = behindSpace(body, start + 1);
  const members = body[first] === OPEN_BRACE ? membersOf(body, first, ["role", "content"]) : undefined;
  const [role, content] = [members?.get("role"), members?.get("content")];
  const inside = role !== undefined && content !== undefined && isSystem(body, role) ? inContent(body, content, texts) : [];
  return inside.length > 0 ? inside : [inFront(body, start, texts.message)];
}

function isSystem(body: Uint8Array, role: Span): boolean {
  if (body[role.start] !== QUOTE || role.end - role.start > MAX_OBJECT_BYTES) return false;
  const name = stringAt(body, role);
  return name === "system" || name === "developer";
}

/** Of a string the front, of a list a part of its own: what the client has marked for a cache stays as it is. */
function inContent(body: Uint8Array, { start }: Span, { front, part }: Texts): readonly Change[] {
  if (body[start] === QUOTE) return [{ start: start + 1, end: start + 1, bytes: front }];
  return body[start] === OPEN_BRACKET ? [inFront(body, start, part)] : [];
}

/** Tokens are another's to read: only texts get it. */
function inPrompt({ body, params }: ShapeRequest, texts: Texts): readonly Change[] {
  const prompt = placeOf(params, "prompt");
  if (prompt === undefined) return [];
  if (body[prompt.start] === QUOTE) return inContent(body, prompt, texts);
  if (body[prompt.start] !== OPEN_BRACKET) return [];
  const elements = elementsOf(body, prompt.start, MAX_PROMPTS + 1);
  if (elements.length > MAX_PROMPTS) return [];
  return elements.filter(({ start }) => body[start] === QUOTE).flatMap((element) => inContent(body, element, texts));
}

function inMember(request: ShapeRequest, name: string, texts: Texts): readonly Change[] {
  const place = placeOf(request.params, name);
  return place === undefined || isNull(request.body, place) ? [set(request, name, texts.value)] : inContent(request.body, place, texts);
}

/** As the first element of a list, or member of an object. */
function inFront(body: Uint8Array, start: number, json: string): Change {
  const isEmpty = CLOSING.has(body[behindSpace(body, start + 1)]);
  return { start: start + 1, end: start + 1, bytes: UTF8.encode(isEmpty ? json : `${json},`) };
}

/** In place of `null`, else as the root's first member: there is another, the one that makes it a chat. */
function set({ body, insertAt, params }: ShapeRequest, name: string, json: string): Change {
  const place = placeOf(params, name);
  if (place !== undefined && isNull(body, place)) return { start: place.start, end: place.end, bytes: UTF8.encode(json) };
  return { start: insertAt, end: insertAt, bytes: UTF8.encode(`"${name}":${json},`) };
}

function withSchema(request: ShapeRequest, schema: string, before: Shaping): Shaping {
  const isGiven = (name: string) => {
    const place = placeOf(request.params, name);
    return before.edits.some((edit) => edit.name === name) || (place !== undefined && !isNull(request.body, place));
  };
  if ([...FORMS, ...FORMS_OF_SERVERS].some(isGiven)) return before;
  const named = `"name":"${SCHEMA_NAME}","schema":${schema}`;
  switch (request.format) {
    case "chat-completions": {
      const format = `{"type":"json_schema","json_schema":{${named}}}`;
      return { ...before, changes: [...before.changes, set(request, "response_format", format)], isShaped: true };
    }
    case "responses":
      return withFormat(request, "text", `{"type":"json_schema",${named}}`, before);
    case "messages":
      return withFormat(request, "output_config", `{"type":"json_schema","schema":${schema}}`, before);
    case "completions":
      return before; // no member for it
    default:
      return request.format satisfies never;
  }
}

/** As `format` of an object, which may be there, or be about to be set. */
function withFormat(request: ShapeRequest, member: string, format: string, before: Shaping): Shaping {
  const edit = before.edits.findLast(({ name }) => name === member);
  if (edit !== undefined) {
    if (!edit.json.startsWith("{") || memberText(edit.json, "format") !== undefined) return before;
    const shared = { ...edit, json: withMember(edit.json, "format", format) };
    return { ...before, edits: before.edits.map((one) => (one === edit ? shared : one)), isShaped: true };
  }
  const { body, params } = request;
  const place = placeOf(params, member);
  if (place === undefined || isNull(body, place)) {
    return { ...before, changes: [...before.changes, set(request, member, `{"format":${format}}`)], isShaped: true };
  }
  if (body[place.start] !== OPEN_BRACE || place.end - place.start > MAX_OBJECT_BYTES) return before;
  const given = membersOf(body, place.start, ["format"]).get("format");
  if (given !== undefined) return before;
  return { ...before, changes: [...before.changes, inFront(body, place.start, `"format":${format}`)], isShaped: true };
}

/** Of several members of one name the last counts. */
function placeOf(params: readonly ParamPlace[], name: string): ParamPlace | undefined {
  return params.findLast((place) => place.name === name);
}

function isNull(body: Uint8Array, { start, end }: Span): boolean {
  return end - start === 4 && body[start] === 0x6e;
}
