// The session in the id of a user, however the id is written in the body, and where another is given first.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["last_user"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const UUID = "5f0c7a1e-2b3d-4c5e-8f90-a1b2c3d4e5f6";

/** Of a Buffer, and of plain bytes. */
function sessionsIn(body: string): readonly (string | undefined)[] {
  return [Buffer.from(body), new TextEncoder().encode(body)].map((bytes) => {
    const result = scanner.scan(bytes);
    if (result.kind !== "chat") throw new Error(result.kind);
    return result.facts.action.userSession;
  });
}

const bodyOf = (userId: string) => `{"metadata":{"user_id":${userId}},"messages":[{"role":"user","content":"x"}]}`;
const everyEscaped = (text: string) => `"${Array.from(text, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;

describe.each<[how: string, written: (text: string) => string]>([
  ["as JSON.stringify does", (text) => JSON.stringify(text)],
  ["with every character escaped", everyEscaped],
])("an id written %s", (_, written) => {
  test.each<[string | undefined, string]>([
    [UUID, `user_0a1b_account__session_${UUID}`],
    ["x", "user_session_x"],
    ["b", "user_1_session_a_session_b"],
    ["a".repeat(64), `user_1_session_${"a".repeat(64)}`],
    [undefined, `user_1_session_${"a".repeat(65)}`],
    [undefined, "user_1_session_"],
    [undefined, "user_1_session_é"],
    [undefined, "user_1_session_a b"],
    [undefined, `me_session_${UUID}`],
    [undefined, `_session_${UUID}`],
    [undefined, "user_1"],
    [undefined, ""],
    [UUID, JSON.stringify({ device_id: "0a1b", account_uuid: "", session_id: UUID })],
    [UUID, JSON.stringify({ session_id: UUID, device_id: "0a1b" })],
    [UUID, `{ "session_id":  "${UUID}" }`],
    ["b", '{"session_id":"a","session_id":"b"}'],
    [undefined, '{"session_id":""}'],
    [undefined, '{"session_id":"a_b"}'],
    [undefined, `{"other_session_id":"${UUID}"}`],
    [undefined, "{}"],
    [undefined, `["session_id","${UUID}"]`],
  ])("has %s: %s", (session, userId) => {
    expect(sessionsIn(bodyOf(written(userId)))).toEqual([session, session]);
  });
});

test("of several that name the user the first that is not empty tells", () => {
  const withUser = (user: string) => bodyOf('"user_1_session_b"').replace("{", `{"user":"${user}",`);
  expect(sessionsIn(withUser("user_1_session_a"))).toEqual(["a", "a"]);
  expect(sessionsIn(withUser("me"))).toEqual([undefined, undefined]);
  expect(sessionsIn(withUser(""))).toEqual(["b", "b"]);
  expect(sessionsIn('{"messages":[]}')).toEqual([undefined, undefined]);
});
