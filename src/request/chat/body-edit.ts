// The bytes to forward: a body without its `model` members or with the tier's own, with the parameters that a rule sets, and with what a
// shape adds. Pieces are views into the body; nothing else is copied.
import { behindSpace } from "./json-walk.ts";
import type { ParamEdit, ParamPlace } from "./params.ts";
import type { ModelField } from "./scanner.ts";

/** Where a scan found what may be edited. */
export interface EditPlaces {
  readonly model: ModelField;
  readonly params: readonly ParamPlace[];
}

/** As if there were no `model` member that could be left out: the client's own stays, every one of it. */
export function keepingModel({ model, params }: EditPlaces): EditPlaces {
  return { model: { ...model, cuts: [] }, params };
}

/** The body less every top-level `model` member; all other bytes as they came. */
export function withoutModel(body: Uint8Array, model: ModelField): readonly Uint8Array[] {
  return spliced(body, 0, cutsOf(model));
}

/**
 * The body with `"model": modelName` in place of every `model` member it had (undefined: without any), and with the parameters set. Each
 * value replaced stands where it stood; what is new stands right behind the opening brace. Of several edits of one parameter the last
 * counts. `added`: further changes, disjoint from these. Undefined: nothing is to be changed.
 */
export function editedBody(
  body: Uint8Array,
  { model, params }: EditPlaces,
  modelName: string | undefined,
  edits: readonly ParamEdit[],
  added: readonly Change[] = NO_CHANGES,
): readonly Uint8Array[] | undefined {
  if (modelName === undefined && edits.length === 0 && added.length === 0)
    return model.cuts.length > 0 ? withoutModel(body, model) : undefined;
  const changes = cutsOf(model);
  if (added.length > 0) changes.push(...added);
  let inserted = modelName === undefined ? "" : `"model":${JSON.stringify(modelName)},`;
  for (const edit of edits) {
    if (!isLast(edit, edits)) continue;
    const places = params.filter(({ name }) => name === edit.name);
    const last = places.at(-1);
    if (last === undefined) inserted += insertedMember(edit.name, edit.json);
    else if (edit.overwrite || isNull(body, last)) {
      const bytes = UTF8.encode(edit.json);
      for (const { start, end } of places) changes.push({ start, end, bytes });
    }
  }
  if (inserted === "" && changes.length === 0) return undefined;
  changes.sort((a, b) => a.start - b.start || a.end - b.end);
  if (inserted === "") return spliced(body, 0, changes);
  const { insertAt } = model;
  const members = hasMore(body, insertAt, changes) ? inserted : inserted.slice(0, -1);
  return [body.subarray(0, insertAt), UTF8.encode(members), ...spliced(body, insertAt, changes)];
}

function isLast(edit: ParamEdit, edits: readonly ParamEdit[]): boolean {
  return edits.findLast(({ name }) => name === edit.name) === edit;
}

function insertedMember(name: string, json: string): string {
  return `${insertedName(name)}${json},`;
}

function insertedName(name: string): string {
  return `${JSON.stringify(name)}:`;
}

/** Of the edits, those that `editedBody` puts behind the opening brace, in their order. Undefined: none. */
export function insertedNames(params: readonly ParamPlace[], edits: readonly ParamEdit[]): readonly string[] | undefined {
  const added = edits.filter((edit) => isLast(edit, edits) && !params.some(({ name }) => name === edit.name));
  return added.length === 0 ? undefined : added.map(({ name }) => name);
}

/** The places as they were before members of these names were put in: those are cut away. As they are where they do not stand there so. */
export function withoutInserted(body: Uint8Array, { model, params }: EditPlaces, names: readonly string[]): EditPlaces {
  if (names.length === 0) return { model, params };
  const [start, end] = model.cuts;
  const from = start === model.insertAt && end !== undefined ? end : model.insertAt;
  const front = params.filter((place) => place.start > from).slice(0, names.length);
  let at = from;
  for (const [index, name] of names.entries()) {
    const place = front[index];
    if (place?.name !== name || !isText(body, at, place.start, insertedName(name)) || body[place.end] !== COMMA) return { model, params };
    at = place.end + 1;
  }
  return { model: { ...model, cuts: [...model.cuts, from, at] }, params: params.filter((place) => place.start > at) };
}

function isText(body: Uint8Array, start: number, end: number, text: string): boolean {
  return TEXT.decode(body.subarray(start, end)) === text;
}

const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });
const COMMA = 0x2c;

const UTF8 = new TextEncoder();
const CLOSE_BRACE = 0x7d;

/** Bytes of the body to leave out, none where the two are the same, and what to put there. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array | undefined;
}

const NO_CHANGES: readonly Change[] = [];

function cutsOf({ cuts }: ModelField): Change[] {
  const changes: Change[] = [];
  for (let i = 0; i < cuts.length; i += 2) changes.push({ start: cuts[i] ?? 0, end: cuts[i + 1] ?? 0, bytes: undefined });
  return changes;
}

/** Whether a member is left behind what is put in at `start`. A chat has one, but where only its path says that it is one. */
function hasMore(body: Uint8Array, start: number, changes: readonly Change[]): boolean {
  let at = start;
  for (const change of changes) {
    at = behindSpace(body, at);
    if (change.bytes !== undefined || change.start > at) break;
    at = change.end;
  }
  return body[behindSpace(body, at)] !== CLOSE_BRACE;
}

/** The body from `start` on with the changes, which are in order and disjoint. */
function spliced(body: Uint8Array, start: number, changes: readonly Change[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = start;
  for (const change of changes) {
    if (change.start > from) pieces.push(body.subarray(from, change.start));
    if (change.bytes !== undefined) pieces.push(change.bytes);
    from = change.end;
  }
  if (from < body.length) pieces.push(body.subarray(from));
  return pieces;
}

function isNull(body: Uint8Array, { start, end }: ParamPlace): boolean {
  return end - start === 4 && body[start] === 0x6e;
}
