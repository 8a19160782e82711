// Answers followed for their usage: by a second filter that only observes, and on the main filter's own call.
import { beforeEach, describe, expect, test } from "vitest";
import { type FollowedAnswers, followedAnswers } from "../../../src/envoy/extproc/followed-answers.ts";
import { requestBody, requestHeaders } from "../../support/ext-proc-client.ts";
import { setup } from "../../support/ext-proc-talk.ts";

const EASY = '{"messages":[{"role":"user","content":"Hello there"}]}';

let heard: string[]; // what the readers of answers were told, in order
let readers: number; // of answers, ever
let followed: FollowedAnswers;

beforeEach(() => {
  heard = [];
  readers = 0;
  followed = followedAnswers((requestId) => {
    readers++;
    return {
      piece: (bytes) => heard.push(`${requestId}: ${Buffer.from(bytes)}`),
      ended: () => heard.push(`${requestId} ended`),
      cutOff: () => heard.push(`${requestId} cut off`),
    };
  });
});

const modes = (request_body_mode: string, response_body_mode: string) => ({ protocol_config: { request_body_mode, response_body_mode } });
const responseHeaders = (headers: Readonly<Record<string, string>> = {}, end_of_stream = false) => ({
  response_headers: {
    headers: { headers: Object.entries({ ":status": "200", ...headers }).map(([key, value]) => ({ key, raw_value: Buffer.from(value) })) },
    end_of_stream,
  },
});
const piece = (text: string, end_of_stream = false) => ({ response_body: { body: Buffer.from(text), end_of_stream } });
const trailers = { response_trailers: { trailers: {} } };
const ID = { "x-request-id": "a" };

describe("a filter that observes answers only", () => {
  const watching = (headers: Readonly<Record<string, string>> = ID, rest: object = {}) => ({
    ...requestHeaders(headers, rest),
    observability_mode: true,
  });
  const open = () => setup({ answers: followed });

  test.each([
    ["an empty last piece", [piece("one"), piece("two"), piece("", true)], ["a: one", "a: two", "a: ", "a ended"]],
    ["a last piece with something in it", [piece("one"), piece("two", true)], ["a: one", "a: two", "a ended"]],
    ["trailers", [piece("one"), trailers], ["a: one", "a ended"]],
  ])("an answer is read piece by piece to its end: %s", (_how, messages, told) => {
    const { seen, handler, send } = open();
    send(watching());
    send(responseHeaders({ "content-type": "text/event-stream" }));
    for (const message of messages) send(message);
    expect(seen.finished).toBe(true);
    handler.closed();
    expect(heard).toEqual(told);
  });

  test("nothing is said, decided, held or counted as a call", () => {
    const { seen, handler, send } = open();
    for (const message of [watching({ ...ID, "content-length": "1000" }), responseHeaders(), piece("x"), piece("", true)]) send(message);
    handler.closed();
    expect(seen).toMatchObject({ replies: [], decisions: [], failures: [], held: 0, finished: true, closedUndecided: undefined });
  });

  test.each([
    ["a compressed answer", [watching(), responseHeaders({ "content-encoding": "gzip" })], ["a cut off"]],
    ["a refusal", [watching(), responseHeaders({ ":status": "503" })], ["a cut off"]],
    ["an answer without a body", [watching(), responseHeaders({}, true)], ["a cut off"]],
    ["a request without a body", [watching(ID, { end_of_stream: true })], []],
    ["a request without an id", [watching({})], []],
  ])("%s ends the call at once", (_what, messages, told) => {
    const { seen, handler, send } = open();
    for (const message of messages) send(message);
    expect(seen.finished).toBe(true);
    handler.closed();
    expect(heard).toEqual(told);
  });

  test("an answer said to be as it is is read", () => {
    const { send } = open();
    for (const message of [watching(), responseHeaders({ "content-encoding": "identity" }), piece("x", true)]) send(message);
    expect(heard).toEqual(["a: x", "a ended"]);
  });

  test.each(["halfClosed", "closed"] as const)("an answer that breaks off (%s) has no end", (how) => {
    const { handler, send } = open();
    send(watching());
    send(piece("one"));
    handler[how]();
    handler.closed();
    expect(heard).toEqual(["a: one", "a cut off"]);
  });

  test("a shutdown ends the calls that follow an answer, and later ones at once", () => {
    const before = open();
    before.send(watching());
    followed.close();
    expect(before.seen.finished).toBe(true);
    const after = open();
    after.send(watching());
    expect(after.seen.finished).toBe(true);
    expect(heard).toEqual(["a cut off"]);
  });

  test("is told by its modes, where they are announced", () => {
    const { seen, send } = open();
    for (const message of [{ ...watching(), ...modes("NONE", "STREAMED") }, piece("x", true)]) send(message);
    expect(heard).toEqual(["a: x", "a ended"]);
    expect(seen.decisions).toEqual([]);
  });

  test("that is shown the request's body decides, though it is not heard", () => {
    const { seen, handler, send } = open();
    send(watching());
    send(requestBody(EASY.slice(0, 20), false));
    send(requestBody(EASY.slice(20)));
    handler.closed();
    expect(seen).toMatchObject({ replies: [], decisions: [{ tier: "weak" }], finished: true, held: 0, closedUndecided: false });
    expect(heard).toEqual(["a cut off"]);
  });

  test("malformed bytes end the call and are counted", () => {
    const { seen, handler, send } = open();
    send(watching());
    handler.message(Uint8Array.of(0x12, 0x7f, 0x01));
    expect(seen).toMatchObject({ finished: true, failures: ["wire-error"] });
    expect(heard).toEqual(["a cut off"]);
  });
});

describe("the main filter with response bodies STREAMED", () => {
  const headers = (more: Readonly<Record<string, string>> = {}) => ({
    ...requestHeaders({ ...ID, ...more }),
    ...modes("BUFFERED", "STREAMED"),
  });
  const kinds = (replies: readonly { readonly response: string }[]) => replies.map(({ response }) => response);

  test("the request is decided and let go of; the answer is read, each piece let pass, and the call ends with it", () => {
    const { seen, handler, send } = setup({ answers: followed });
    send(headers());
    send(requestBody(EASY));
    expect(seen).toMatchObject({ finished: false, held: 0, decisions: [{ tier: "weak" }] });
    for (const message of [responseHeaders(), piece("one"), piece("two")]) send(message);
    expect(seen.finished).toBe(false);
    send(piece("", true));
    expect(seen.finished).toBe(true);
    handler.closed();
    expect(kinds(seen.replies).slice(2)).toEqual(["response_headers", "response_body", "response_body", "response_body"]);
    expect(heard).toEqual(["a: one", "a: two", "a: ", "a ended"]);
    expect(seen.closedUndecided).toBe(false);
  });

  test("the answer to what was passed on unread is read, too", () => {
    const { seen, send } = setup({ answers: followed });
    for (const message of [headers({ "content-encoding": "gzip" }), piece("x"), trailers]) send(message);
    expect(kinds(seen.replies)).toEqual(["request_headers", "response_body", "response_trailers"]);
    expect(heard).toEqual(["a: x", "a ended"]);
    expect(seen.finished).toBe(true);
  });

  test("an answer has one reader, though the body of what was passed on unread comes all the same", () => {
    const { seen, handler, send } = setup({ answers: followed });
    for (const message of [headers({ "content-encoding": "gzip" }), requestBody("?"), piece("x", true)]) send(message);
    handler.closed();
    expect(readers).toBe(1);
    expect(heard).toEqual(["a: x", "a ended"]);
    expect(seen.finished).toBe(true);
  });

  test.each([
    ["that cannot be read", [responseHeaders({ "content-encoding": "br" })]],
    ["whose beginning went by", [responseHeaders(), piece("x")]],
  ])("an answer %s in front of the request's body has no reader, and the call ends with the decision", (_which, messages) => {
    const { seen, handler, send } = setup({ answers: followed });
    for (const message of [headers(), ...messages]) send(message);
    expect(seen.finished).toBe(false);
    send(requestBody(EASY));
    expect(seen).toMatchObject({ finished: true, decisions: [{ tier: "weak" }] });
    handler.closed();
    expect(seen).toMatchObject({ held: 0, closedUndecided: false });
    expect(readers).toBe(0);
  });

  test.each([
    ["compressed", responseHeaders({ "content-encoding": "br" })],
    ["without a body", responseHeaders({}, true)],
  ])("an answer that is %s gets its reply, and ends the call", (_what, message) => {
    const { seen, send } = setup({ answers: followed });
    for (const each of [headers(), requestBody(EASY), message]) send(each);
    expect(kinds(seen.replies).at(-1)).toBe("response_headers");
    expect(seen.finished).toBe(true);
    expect(heard).toEqual(["a cut off"]);
  });

  test("when nobody reads, the call ends behind the request as ever", () => {
    followed.close();
    const { seen, send } = setup({ answers: followed });
    send(headers());
    send(requestBody(EASY));
    expect(seen.finished).toBe(true);
  });

  test("a shutdown ends a call that follows an answer", () => {
    const { seen, send } = setup({ answers: followed });
    send(headers());
    send(requestBody(EASY));
    followed.close();
    expect(seen.finished).toBe(true);
    expect(heard).toEqual(["a cut off"]);
  });

  test("a compressed full-duplex answer is sent back to its end, though it is not read", () => {
    const { seen, send } = setup({ answers: followed });
    send({ ...requestHeaders(ID), ...modes("BUFFERED", "FULL_DUPLEX_STREAMED") });
    send(requestBody(EASY));
    send(responseHeaders({ "content-encoding": "gzip" }));
    expect(seen.finished).toBe(false);
    send(piece("x", true));
    expect(seen.finished).toBe(true);
    expect(heard).toEqual(["a cut off"]);
  });
});
