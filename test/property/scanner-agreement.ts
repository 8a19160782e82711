// One scan held against the oracle: verdict, facts, places, text, and what is left after the splice.
import { isUtf8 } from "node:buffer";
import { expect } from "vitest";
import { withModel, withoutModel } from "../../src/chat/body-edit.ts";
import type { Scope } from "../../src/chat/facts.ts";
import { ChatScanner, type ModelField, type ScanResult } from "../../src/chat/scanner.ts";
import { expected } from "./scanner-oracle.ts";

type Chat = Extract<ScanResult, { kind: "chat" }>;

export function scannerFor(keywords: readonly string[], scope: Scope = "all", maxBodyBytes = 16 << 20): ChatScanner {
  return new ChatScanner({ keywords, scopes: [scope], params: [], maxBodyBytes, isUtf8 });
}

/** Answers what kind of body it was. */
export function expectAgreement(scanner: ChatScanner, body: Buffer, keywords: readonly string[], scope: Scope): string {
  const asSent = Buffer.from(body);
  const result = scanner.scan(body);
  const wanted = expected(body, keywords, scope);
  expect(result.kind).toBe(wanted.kind);
  if (wanted.kind === "unreadable") expect(wanted.causes).toContain(result.kind === "unreadable" ? result.cause : "");
  if (wanted.kind !== "chat" || result.kind !== "chat") return wanted.kind;
  const chars = [...wanted.text].length;
  const facts = { turns: wanted.turns, chars, textBytes: Buffer.byteLength(wanted.text), keywordHits: wanted.hits };
  expect(result.facts).toEqual(facts);
  expect(scanner.text() === wanted.text.toWellFormed()).toBe(true);
  expect(scanner.places()).toEqual(wanted.places);
  expectSplice(body, result, wanted.root);
  expect(body.equals(asSent)).toBe(true);
  return "chat";
}

function expectSplice(body: Buffer, { model }: Chat, root: Readonly<Record<string, unknown>>): void {
  const { model: value, ...rest } = root;
  const hasModel = Object.hasOwn(root, "model");
  expect(model.value && JSON.parse(body.toString("utf8", ...model.value))).toEqual(value);
  expect([model.value !== undefined, model.cuts.length > 0]).toEqual([hasModel, hasModel]);
  const pieces = withoutModel(body, model);
  expect(JSON.parse(Buffer.concat(pieces).toString())).toEqual(rest);
  expect(Buffer.concat(withCutsPutBack(body, model, pieces)).equals(body)).toBe(true);
  const named = Buffer.concat(withModel(body, model, 'glm-"5"'));
  expect(JSON.parse(named.toString())).toEqual({ ...rest, model: 'glm-"5"' });
  expect(named.toString("latin1").replace('"model":"glm-\\"5\\"",', "")).toBe(Buffer.concat(pieces).toString("latin1"));
}

/** The pieces, each a view into the body, with every cut in its place: nothing else may be missing or changed. */
function withCutsPutBack(body: Buffer, { cuts }: ModelField, pieces: readonly Uint8Array[]): Uint8Array[] {
  const spans = pieces.map((piece) => {
    expect(piece.buffer).toBe(body.buffer);
    return { start: piece.byteOffset - body.byteOffset, bytes: piece };
  });
  for (let i = 0; i < cuts.length; i += 2) spans.push({ start: cuts[i] ?? 0, bytes: body.subarray(cuts[i], cuts[i + 1]) });
  spans.sort((a, b) => a.start - b.start);
  let end = 0;
  for (const { start, bytes } of spans) {
    expect(start).toBe(end);
    end += bytes.length;
  }
  return spans.map(({ bytes }) => bytes);
}
