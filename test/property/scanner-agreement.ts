// One scan held against the oracle: verdict, facts, texts, places, and what is left after the splice.
import { isUtf8 } from "node:buffer";
import { expect } from "vitest";
import { editedBody, withoutModel } from "../../src/request/chat/body-edit.ts";
import type { Format, Scope } from "../../src/request/chat/facts.ts";
import type { ParamEdit } from "../../src/request/chat/params.ts";
import { ChatScanner, type ScanResult } from "../../src/request/chat/scanner.ts";
import type { Member } from "./scanner-members.ts";
import { type Expected, expected } from "./scanner-oracle.ts";

type Chat = Extract<ScanResult, { kind: "chat" }>;
type ExpectedChat = Extract<Expected, { kind: "chat" }>;

/** A scanner and what it was made for. */
export interface Measured {
  readonly scanner: ChatScanner;
  readonly keywords: readonly string[];
  readonly scopes: readonly Scope[];
  readonly params: readonly string[];
}

interface Options {
  readonly scopes?: readonly Scope[];
  readonly params?: readonly string[];
  readonly maxBodyBytes?: number;
}

export function measured(keywords: readonly string[], { scopes = ["all"], params = [], maxBodyBytes = 16 << 20 }: Options = {}): Measured {
  return { scanner: new ChatScanner({ keywords, scopes, params, maxBodyBytes, isUtf8 }), keywords, scopes, params };
}

/** Answers what kind of body it was. */
export function expectAgreement(asked: Measured, body: Buffer, path?: Format): string {
  return expectExpected(asked, body, path, expected(body, asked.keywords, path));
}

export function expectExpected(asked: Measured, body: Buffer, path: Format | undefined, wanted: Expected): string {
  const asSent = Buffer.from(body);
  const result = asked.scanner.scan(body, path);
  expect(result.kind).toBe(wanted.kind);
  if (wanted.kind === "unreadable") expect(wanted.causes).toContain(result.kind === "unreadable" ? result.cause : "");
  if (wanted.kind !== "chat" || result.kind !== "chat") return wanted.kind;
  expect(result.isBare).toBe(wanted.isBare);
  expectFacts(asked, result, wanted);
  expectParams(asked, result, wanted.members);
  expectSplice(body, result, wanted.members, []);
  if (asked.params.length > 0) expectSplice(body, result, wanted.members, editsFor(asked.params, body.length));
  expect(body.equals(asSent)).toBe(true);
  return wanted.format;
}

function expectFacts({ scanner, scopes }: Measured, { facts }: Chat, wanted: ExpectedChat): void {
  const { format, turns, humanTurns, bodyBytes, stream, tools, images, files, audio, video, jsonOutput, requestedModel } = facts;
  const asked = {
    stream,
    tools,
    images,
    files,
    audio,
    video,
    jsonOutput,
    requestedModel,
    maxTokens: facts.maxTokens,
    user: facts.user,
    session: facts.session,
  };
  const knowsEnvelopes = scopes.some((scope) => scope !== "all");
  expect({ turns, humanTurns, bodyBytes, ...asked }).toEqual({ ...wanted.facts, ...(knowsEnvelopes ? {} : { humanTurns }) });
  expect(format).toBe(wanted.format);
  expect(Object.keys(facts.texts)).toEqual(scopes);
  for (const scope of scopes) {
    const { text, places, ...measures } = wanted.texts[scope];
    const { chars, textBytes, keywordHits, codeFences, script } = facts.texts[scope] ?? {};
    expect({ chars, textBytes, keywordHits, codeFences, script: measures.script && script }).toEqual(measures);
    expect(Buffer.from(scanner.text(scope)).toString() === text.toWellFormed()).toBe(true);
    expect(scanner.places(scope)).toEqual(places);
  }
}

function expectParams({ params }: Measured, result: Chat, members: readonly Member[]): void {
  const places = members.filter(({ name }) => params.includes(name)).map(({ name, start, end }) => ({ name, start, end }));
  expect(result.params).toEqual(places);
}

/** Of every second parameter, another each time. */
function editsFor(params: readonly string[], seed: number): readonly ParamEdit[] {
  return params
    .map((name, i) => ({ name, json: `{"a":${i}}`, overwrite: ((seed >> i) & 1) === 0 }))
    .filter((_, i) => ((seed >> (i >> 1)) + i) % 2 === 0);
}

function expectSplice(body: Buffer, result: Chat, members: readonly Member[], edits: readonly ParamEdit[]): void {
  const lastOf = (name: string) => members.findLast((member) => member.name === name);
  const { model } = result;
  expect(model.value).toEqual(lastOf("model") && [lastOf("model")?.start, lastOf("model")?.end]);
  const setting = edits.filter(({ name, overwrite }) => overwrite || (lastOf(name)?.value ?? null) === null);
  const inserted = setting.filter(({ name }) => lastOf(name) === undefined);
  const isReplaced = ({ name }: Member) => setting.some((edit) => edit.name === name);
  for (const modelName of [undefined, 'glm-"5"é']) {
    const pieces = editedBody(body, result, modelName, edits) ?? [body];
    const wanted = new Map(members.map(({ name, value }) => [name, value]));
    wanted.delete("model");
    for (const { name, json } of setting) wanted.set(name, JSON.parse(json));
    if (modelName !== undefined) wanted.set("model", modelName);
    const edited = JSON.parse(Buffer.concat(pieces).toString());
    expect(Object.entries(edited).sort(byName)).toEqual([...wanted].sort(byName));
    const left = leftOut(body, pieces);
    const cuts = model.cuts.flatMap((start, i) => (i % 2 === 0 ? [[start, model.cuts[i + 1] ?? 0] as const] : []));
    const replaced = members.filter(isReplaced).map(({ start, end }) => [start, end] as const);
    expect(left).toEqual(joined([...cuts, ...replaced].sort(([a], [b]) => a - b)));
    const isNew = modelName !== undefined || inserted.length > 0;
    if (isNew) expect(pieces.find((piece) => piece.buffer !== body.buffer)).toBe(pieces[1]); // behind the brace
  }
  if (edits.length === 0)
    expect(Buffer.concat(editedBody(body, result, undefined, []) ?? [body])).toEqual(Buffer.concat(withoutModel(body, model)));
}

type Span = readonly [start: number, end: number];

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : a > b ? 1 : 0);

/** Spans of the body that no piece shows. Pieces that are views of it must stand in its order: nothing else may be missing or changed. */
function leftOut(body: Buffer, pieces: readonly Uint8Array[]): readonly Span[] {
  const gaps: Span[] = [];
  let end = 0;
  for (const piece of pieces) {
    if (piece.buffer !== body.buffer) continue;
    const start = piece.byteOffset - body.byteOffset;
    expect(start).toBeGreaterThanOrEqual(end);
    if (start > end) gaps.push([end, start]);
    end = start + piece.length;
  }
  if (end < body.length) gaps.push([end, body.length]);
  return gaps;
}

/** Spans that touch become one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const out: Span[] = [];
  for (const [start, end] of spans) {
    const last = out.at(-1);
    if (last !== undefined && last[1] === start) out[out.length - 1] = [last[0], end];
    else out.push([start, end]);
  }
  return out;
}
