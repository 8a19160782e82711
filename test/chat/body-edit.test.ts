// What is forwarded: the body without its model, or with another, byte for byte.
import { isUtf8 } from "node:buffer";
import { expect, test } from "vitest";
import { withModel, withoutModel } from "../../src/chat/body-edit.ts";
import { ChatScanner } from "../../src/chat/scanner.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

function pieces(text: string) {
  const body = Buffer.from(text);
  const result = scanner.scan(body);
  if (result.kind !== "chat") throw new Error(result.kind);
  return { dropped: withoutModel(body, result.model), named: withModel(body, result.model, "glm-5"), body };
}

const joined = (parts: readonly Uint8Array[]) => Buffer.concat(parts).toString();

test.each([
  ["first", '{"model":"m","messages":[]}', '{"messages":[]}'],
  ["last", '{"messages":[],"model":"m"}', '{"messages":[]}'],
  ["in the middle", '{"n":1.0, "model" : {"a":[1]} , "messages":[]}', '{"n":1.0 , "messages":[]}'],
  ["escaped", '{"\\u006dode\\u006c":null,"messages":[]}', '{"messages":[]}'],
  ["several times", '{"model":1,"model":2,"messages":[],"model":3,"n":1e400,"model":4}', '{"messages":[],"n":1e400}'],
  ["spread out", '{ "model" : 1 ,\n"messages" : [] }', '{ \n"messages" : [] }'],
  ["not there", '{"messages":[]}', '{"messages":[]}'],
  ["further inside", '{"messages":[{"model":1}],"a":{"model":2}}', '{"messages":[{"model":1}],"a":{"model":2}}'],
  ["in a name that only begins like it", '{"model\\u0000":1,"models":2,"messages":[]}', '{"model\\u0000":1,"models":2,"messages":[]}'],
])("model %s", (_, text, without) => {
  const { dropped, named, body } = pieces(text);
  expect(joined(dropped)).toBe(without);
  expect(joined(named)).toBe(`{"model":"glm-5",${without.slice(1)}`);
  for (const piece of dropped) expect(piece.buffer).toBe(body.buffer);
});

test("a name with quotes and letters beyond ASCII is written as JSON", () => {
  const body = Buffer.from(' {"messages":[]}');
  const result = scanner.scan(body);
  if (result.kind !== "chat") throw new Error(result.kind);
  expect(joined(withModel(body, result.model, 'a"架'))).toBe(' {"model":"a\\"架","messages":[]}');
});
