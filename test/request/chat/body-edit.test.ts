// What is forwarded: the body without its model or with another, and with parameters set, byte for byte.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { editedBody, keepingModel, withoutModel } from "../../../src/request/chat/body-edit.ts";
import type { ParamEdit } from "../../../src/request/chat/params.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";

const params = ["max_tokens", "temperature", "stop"];
const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params, maxBodyBytes: 1 << 20, isUtf8 });

function scanned(text: string) {
  const body = Buffer.from(text);
  const result = scanner.scan(body);
  if (result.kind !== "chat") throw new Error(result.kind);
  return { body, result };
}

function edited(text: string, modelName: string | undefined, edits: readonly ParamEdit[] = []): string | undefined {
  const { body, result } = scanned(text);
  const pieces = editedBody(body, result, modelName, edits);
  return pieces && joined(pieces);
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
  const { body, result } = scanned(text);
  const dropped = withoutModel(body, result.model);
  expect(joined(dropped)).toBe(without);
  expect(edited(text, undefined)).toBe(without === text ? undefined : without);
  expect(edited(text, "glm-5")).toBe(`{"model":"glm-5",${without.slice(1)}`);
  for (const piece of dropped) expect(piece.buffer).toBe(body.buffer);
});

test("a name with quotes and letters beyond ASCII is written as JSON", () => {
  expect(edited(' {"messages":[]}', 'a"架')).toBe(' {"model":"a\\"架","messages":[]}');
});

test.each([
  ["once", '{"n":1.0, "model" : "m" , "messages":[]}'],
  ["several times", '{"model":1,"model":"m","messages":[],"model":3}'],
  ["not at all", '{"messages":[]}'],
])("a model that is kept and was sent %s stays byte for byte, also where a parameter is set", (_, text) => {
  const { body, result } = scanned(text);
  expect(editedBody(body, keepingModel(result), undefined, [])).toBeUndefined();
  const pieces = editedBody(body, keepingModel(result), undefined, [{ name: "stop", json: "[]", overwrite: false }]);
  expect(joined(pieces ?? [])).toBe(`{"stop":[],${text.slice(1)}`);
});

describe("parameters", () => {
  const set = (name: string, json: string, overwrite = false): ParamEdit => ({ name, json, overwrite });

  test.each([
    ["not given is put in front", '{"messages":[]}', [set("max_tokens", "100")], '{"max_tokens":100,"messages":[]}'],
    ["given stays", '{"max_tokens":7,"messages":[]}', [set("max_tokens", "100")], undefined],
    [
      "given is replaced where the rule says so",
      '{"max_tokens" : 7 ,"messages":[]}',
      [set("max_tokens", "100", true)],
      '{"max_tokens" : 100 ,"messages":[]}',
    ],
    [
      "null is replaced where it stands",
      '{"messages":[],"max_tokens":null}',
      [set("max_tokens", "100")],
      '{"messages":[],"max_tokens":100}',
    ],
    [
      "given several times: each is replaced",
      '{"stop":"a","messages":[],"st\\u006fp":["b"]}',
      [set("stop", '"c"', true)],
      '{"stop":"c","messages":[],"st\\u006fp":"c"}',
    ],
    [
      "of which the last is null is not given",
      '{"stop":"a","messages":[],"stop":null}',
      [set("stop", '"c"')],
      '{"stop":"c","messages":[],"stop":"c"}',
    ],
    ["of which only the first is null is given", '{"stop":null,"messages":[],"stop":"a"}', [set("stop", '"c"')], undefined],
    ["false is given", '{"stop":false,"messages":[]}', [set("stop", '"c"')], undefined],
    [
      "set twice gets the last value",
      '{"messages":[],"stop":1}',
      [set("stop", "2", true), set("stop", "3", true)],
      '{"messages":[],"stop":3}',
    ],
    [
      "several",
      '{"stop":1,"messages":[]}',
      [set("temperature", "0.3"), set("stop", "2", true), set("max_tokens", "5")],
      '{"temperature":0.3,"max_tokens":5,"stop":2,"messages":[]}',
    ],
  ])("%s", (_, text, edits, wanted) => {
    expect(edited(text, undefined, edits)).toBe(wanted);
  });

  test("and the model are edited together", () => {
    const text = '{"model":"a","stop":1,"model":"b","messages":[],"model":"c"}';
    const edits = [set("stop", "2", true), set("max_tokens", "5")];
    expect(edited(text, undefined, edits)).toBe('{"max_tokens":5,"stop":2,"messages":[]}');
    expect(edited(text, "glm-5", edits)).toBe('{"model":"glm-5","max_tokens":5,"stop":2,"messages":[]}');
  });

  test("only those asked for are noted, the model never", () => {
    expect(scanned('{"n":1,"stop":[1, 2],"messages":[{"stop":3}]}').result.params).toEqual([{ name: "stop", start: 14, end: 20 }]);
    const longer = `{"stop":1,"${"\\u0061".repeat(70)}":2,"messages":[]}`;
    expect(scanned(longer).result.params).toEqual([{ name: "stop", start: 8, end: 9 }]);
    const settings = { keywords: [], scopes: [], maxBodyBytes: 1, isUtf8 };
    expect(() => new ChatScanner({ ...settings, params: ["model"] })).toThrow('parameter "model" is set by the tier');
    expect(() => new ChatScanner({ ...settings, params: ["x".repeat(65)] })).toThrow("has 65 bytes of UTF-8; at most 64 are possible");
    expect(() => new ChatScanner({ ...settings, params: Array.from({ length: 113 }, (_, i) => `p${i}`) })).toThrow(
      "113 parameters; at most 112",
    );
  });
});
