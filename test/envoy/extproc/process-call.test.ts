// The state machine as tables: Envoy's messages in, our replies out. Encoded and decoded by protobufjs, not by the code under test.
import { describe, expect, test } from "vitest";
import { headersSet, type Reply, requestBody, requestHeaders } from "../../support/ext-proc-client.ts";
import { setup, talk } from "../../support/ext-proc-talk.ts";

const EASY = '{"model":"glm-5","messages":[{"role":"user","content":"Hello there"}]}';
const EASY_WITHOUT_MODEL = '{"messages":[{"role":"user","content":"Hello there"}]}';
const HARD = '{"messages":[{"role":"user","content":"Please design it"}],"model":"glm-5"}';

const mode = (request_body_mode: string, response_body_mode = "NONE") => ({ protocol_config: { request_body_mode, response_body_mode } });
const headers = (more: Readonly<Record<string, string>> = {}, rest: object = {}) => ({
  ...requestHeaders(more, rest),
  ...mode("BUFFERED"),
});
const streamed = (reply: Reply | undefined) => reply?.request_body?.response?.body_mutation?.streamed_response;

describe("a path that reads what one server keeps", () => {
  const known = { resp_1: "weak" };
  const headersOf = (path: string, more: Readonly<Record<string, string>> = {}, rest: object = {}) =>
    requestHeaders({ ":path": path, ...more }, rest);
  const ours = { "x-sluice-tier": "weak", "x-sluice-policy": "none", "x-sluice-reason": "continued-path:response" };

  test.each<[string, object]>([
    ["without a body", { ...headersOf("/v1/responses/resp_1", { ":method": "GET" }, { end_of_stream: true }), ...mode("BUFFERED") }],
    ["with one, which is not waited for", { ...headersOf("/v1/responses/resp_1/cancel"), ...mode("BUFFERED") }],
    ["with one that is streamed", { ...headersOf("/v1/responses/resp_1/cancel"), ...mode("STREAMED") }],
  ])("%s: goes where its id came from, at once", (_, message) => {
    const seen = talk([message], { known });
    expect(seen.replies.map(({ response }) => response)).toEqual(["request_headers"]);
    const common = seen.replies[0]?.request_headers?.response;
    expect(headersSet(common)).toEqual(ours);
    expect(common?.clear_route_cache).toBe(true);
    expect(seen).toMatchObject({ held: 0, failures: [] });
  });

  test("with a body that comes through us: every piece is sent back", () => {
    const message = { ...headersOf("/v1/responses/resp_1/cancel"), ...mode("FULL_DUPLEX_STREAMED") };
    const seen = talk([message, requestBody("{", false), requestBody("}")], { known });
    expect(headersSet(seen.replies[0]?.request_headers?.response)).toEqual(ours);
    expect(seen.replies.slice(1).map((reply) => streamed(reply)?.body?.toString())).toEqual(["{", "}"]);
    expect(seen).toMatchObject({ finished: true, failures: [] });
  });

  test("of an id that nobody knows is passed on as before", () => {
    const message = { ...headersOf("/v1/responses/resp_2", { ":method": "GET" }, { end_of_stream: true }), ...mode("BUFFERED") };
    expect(talk([message], { known }).decisions).toMatchObject([{ tier: "strong", reason: "no-body" }]);
  });
});

describe("SEND + BUFFERED", () => {
  test("an easy chat goes to the weak tier, without its model, and the call ends", () => {
    const seen = talk([headers({ "content-length": String(EASY.length) }), requestBody(EASY)]);
    expect(seen.replies.map(({ response }) => response)).toEqual(["request_headers", "request_body"]);
    const common = seen.replies[1]?.request_body?.response;
    expect(headersSet(common)).toEqual({
      "x-sluice-tier": "weak",
      "x-sluice-policy": "main@v7",
      "x-sluice-reason": "under-thresholds",
      "content-length": String(EASY_WITHOUT_MODEL.length),
    });
    expect(common?.body_mutation?.body?.toString()).toBe(EASY_WITHOUT_MODEL);
    expect(common?.clear_route_cache).toBe(true);
    expect(common?.header_mutation?.set_headers?.every(({ append_action }) => append_action === "OVERWRITE_IF_EXISTS_OR_ADD")).toBe(true);
    expect(seen).toMatchObject({ finished: true, failures: [] });
  });

  test("a hard chat goes to the strong tier and names the keyword, percent-encoded", () => {
    const body = '{"messages":[{"role":"user","content":"설계해줘"}]}';
    const seen = talk([headers(), requestBody(body)]);
    expect(headersSet(seen.replies[1]?.request_body?.response)).toMatchObject({
      "x-sluice-tier": "strong",
      "x-sluice-reason": `keyword:${encodeURIComponent("설계")}`,
    });
  });

  test("a body without a model is left alone", () => {
    const seen = talk([headers({ "content-length": "54" }), requestBody(EASY_WITHOUT_MODEL)]);
    const common = seen.replies[1]?.request_body?.response;
    expect(common?.body_mutation).toBeFalsy();
    expect(headersSet(common)).not.toHaveProperty("content-length");
  });

  test("a tier's own model is set in place of the client's", () => {
    const seen = talk([headers(), requestBody(HARD)], { model: "big" });
    const body = seen.replies[1]?.request_body?.response?.body_mutation?.body?.toString() ?? "";
    expect(JSON.parse(body)).toEqual({ ...JSON.parse(HARD), model: "big" });
  });

  test("a chunked client gets no content-length", () => {
    const seen = talk([headers(), requestBody(EASY)]);
    expect(headersSet(seen.replies[1]?.request_body?.response)).not.toHaveProperty("content-length");
  });

  test("a body in front of trailers is decided though the stream has not ended", () => {
    const seen = talk([headers(), requestBody(EASY, false)]);
    expect(seen.decisions).toMatchObject([{ tier: "weak" }]);
    expect(seen.replies).toHaveLength(2);
  });

  test("forged headers are removed at once and again with the decision", () => {
    const seen = talk([headers({ "x-sluice-tier": "weak", "x-sluice-debug": "1" }), requestBody(EASY)]);
    expect(seen.replies[0]?.request_headers?.response?.header_mutation?.remove_headers).toEqual(["x-sluice-tier", "x-sluice-debug"]);
    expect(seen.replies[1]?.request_body?.response?.header_mutation?.remove_headers).toEqual(["x-sluice-debug"]);
  });

  test("so is a forged word on who cannot take the request, where sluice says nothing of it", () => {
    const seen = talk([headers({ "x-sluice-cannot": "strong" }), requestBody(EASY)]);
    expect(seen.replies[1]?.request_body?.response?.header_mutation?.remove_headers).toEqual(["x-sluice-cannot"]);
  });

  test("parameters that are put in front are named to those who may have to take them out", () => {
    const strongParams = [
      { name: "a,b", json: "1", overwrite: false },
      { name: "n", json: "2", overwrite: false },
    ];
    const forged = { "x-sluice-params": "messages" };
    const seen = talk([headers(forged), requestBody(HARD)], { strongParams });
    const reply = seen.replies[1]?.request_body?.response;
    expect(headersSet(reply)).toMatchObject({ "x-sluice-params": "a%2Cb,n" });
    expect(reply?.header_mutation?.remove_headers ?? []).toEqual([]);
    const without = talk([headers(forged), requestBody(EASY)], { strongParams });
    expect(without.replies[1]?.request_body?.response?.header_mutation?.remove_headers).toEqual(["x-sluice-params"]);
  });
});

describe("what cannot be routed passes unchanged to the default tier, with a reason", () => {
  const kib = 1024;
  const OVER = requestBody("x".repeat(2 << 20)); // over the budget, too
  test.each([
    ["a GET", [headers({ ":method": "GET" }, { end_of_stream: true })], {}, "no-body"],
    ["a compressed body", [headers({ "content-encoding": "gzip" })], {}, "compressed"],
    ["a multipart body", [headers({ "content-type": "multipart/form-data; boundary=x" })], {}, "not-json-type"],
    ["an announced length over the cap", [headers({ "content-length": String(2 * kib) })], { maxBodyBytes: kib }, "body-too-large"],
    ["an unannounced length over the cap", [headers(), OVER], { maxBodyBytes: kib, budgetBytes: 1 << 20 }, "body-too-large"],
    ["more bodies than the budget", [headers({ "content-length": "512" })], { budgetBytes: kib, othersHold: 600 }, "over-budget"],
    ["an empty body", [headers(), requestBody("")], {}, "empty-body"],
    ["a body that is not JSON", [headers(), requestBody("model=glm-5")], {}, "not-json"],
    ["a body that is not UTF-8", [headers(), requestBody(Buffer.from([0x7b, 0xff, 0x7d]))], {}, "not-utf8"],
    ["a body nested too deep", [headers(), requestBody("[".repeat(100_000))], {}, "too-deep"],
    ["JSON that is no request", [headers(), requestBody('["text"]')], {}, "not-a-chat"],
    ["no body sent", [{ ...requestHeaders({}), ...mode("NONE") }], {}, "body-not-sent"],
    ["a streamed body", [{ ...requestHeaders({}), ...mode("STREAMED") }], {}, "body-streamed"],
    ["a gRPC body", [{ ...requestHeaders({}), ...mode("GRPC") }], {}, "body-streamed"],
    ["the front of a body", [{ ...requestHeaders({}), ...mode("BUFFERED_PARTIAL") }, requestBody(EASY, false)], {}, "body-partial"],
    ["a bug", [headers(), requestBody(EASY)], { breakPolicy: true }, "internal-error"],
  ] as const)("%s", (_what, messages, options, reason) => {
    const seen = talk(messages, options);
    const last = seen.replies.at(-1);
    const common = last?.request_body?.response ?? last?.request_headers?.response;
    expect(headersSet(common)).toEqual({ "x-sluice-tier": "strong", "x-sluice-policy": "none", "x-sluice-reason": reason });
    expect(common?.body_mutation).toBeFalsy();
    expect(common?.clear_route_cache).toBe(true);
    expect(seen.replies).toHaveLength(messages.length);
    expect(seen.finished).toBe(reason !== "body-streamed");
    expect(seen.decisions).toEqual([{ tier: "strong", policy: "none", reason }]);
  });

  test.each(["STREAMED", "BUFFERED_PARTIAL"])("a call in mode %s goes on to the body's end, or Envoy sends pieces twice", (body) => {
    const { seen, send } = setup();
    send({ ...requestHeaders({ "content-encoding": "gzip" }), ...mode(body) });
    send(requestBody("abc", false));
    expect(seen).toMatchObject({ finished: false, held: 0 });
    send(requestBody("", true));
    expect(seen.finished).toBe(true);
    expect(seen.replies.map(({ response }) => response)).toEqual(["request_headers", "request_body", "request_body"]);
  });

  test("a whole BUFFERED_PARTIAL body is routed", () => {
    expect(talk([{ ...requestHeaders({}), ...mode("BUFFERED_PARTIAL") }, requestBody(EASY)]).decisions).toMatchObject([{ tier: "weak" }]);
  });

  test("a body whose headers were skipped is not changed: Envoy would lose the tier", () => {
    const seen = talk([{ ...requestBody(EASY), ...mode("BUFFERED") }]);
    expect(seen.replies).toHaveLength(1);
    expect(seen.replies[0]?.request_body?.response).toBeFalsy();
    expect(seen).toMatchObject({ finished: true, decisions: [{ reason: "headers-not-sent" }] });
  });

  test("where the operator wants it, an unreadable body is refused in OpenAI's error shape", () => {
    const seen = talk([headers(), requestBody('{"messages":[')], { refuseUnreadable: true });
    const refused = seen.replies[1]?.immediate_response;
    expect(refused?.status.code).toBe("BadRequest");
    expect(JSON.parse(refused?.body.toString() ?? "")).toMatchObject({ error: { type: "invalid_request_error", code: "not-json" } });
    expect(seen).toMatchObject({ finished: true, refusals: ["not-json"], decisions: [] });
  });

  test("a foreign body is not refused", () => {
    expect(talk([headers(), requestBody('{"input":"x"}')], { refuseUnreadable: true }).replies[1]?.response).toBe("request_body");
  });
});

describe("FULL_DUPLEX_STREAMED", () => {
  const duplex = (more: Readonly<Record<string, string>> = {}, rest: object = {}) => ({
    ...requestHeaders(more, rest),
    ...mode("FULL_DUPLEX_STREAMED"),
  });

  test("holds everything back until the body is complete, then sends headers and body", () => {
    const { seen, send } = setup();
    send(duplex({ "content-length": String(EASY.length) }));
    send(requestBody(EASY.slice(0, 20), false));
    expect(seen.replies).toEqual([]);
    send(requestBody(EASY.slice(20), false));
    send(requestBody("", true));
    const [first, ...rest] = seen.replies;
    expect(headersSet(first?.request_headers?.response)).toEqual({
      "x-sluice-tier": "weak",
      "x-sluice-policy": "main@v7",
      "x-sluice-reason": "under-thresholds",
    });
    expect(rest.map((reply) => streamed(reply)?.body?.toString() ?? "").join("")).toBe(EASY_WITHOUT_MODEL);
    expect(rest.map((reply) => streamed(reply)?.end_of_stream ?? false)).toEqual([...rest.slice(1).map(() => false), true]);
    expect(seen.finished).toBe(true);
  });

  test("a body ended by trailers is followed by the trailers' reply", () => {
    const seen = talk([duplex(), requestBody(EASY, false), { request_trailers: { trailers: {} } }]);
    expect(seen.replies.at(-1)?.response).toBe("request_trailers");
    expect(seen.replies.slice(1, -1).some((reply) => streamed(reply)?.end_of_stream)).toBe(false);
    expect(seen.finished).toBe(true);
  });

  test("no piece is larger than 64 KiB", () => {
    const long = JSON.stringify({ messages: [{ role: "user", content: "a".repeat(200_000) }] });
    const seen = talk([duplex(), requestBody(long)]);
    const parts = seen.replies.slice(1).map((reply) => streamed(reply)?.body ?? Buffer.alloc(0));
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(65536);
    expect(Buffer.concat(parts).toString()).toBe(long);
  });

  test.each([
    ["what is not routed is sent back piece by piece", {}, { "content-encoding": "gzip" }, "compressed"],
    ["a body that outgrows the cap on the way is sent back whole", { maxBodyBytes: 4 }, {}, "body-too-large"],
    ["a body that outgrows the budget on the way is sent back whole", { budgetBytes: 1 << 20, othersHold: 1 }, {}, "over-budget"],
  ] as const)("%s", (_what, options, more, reason) => {
    const sent = ["abc", "defgh", "ij"];
    const seen = talk([duplex(more), ...sent.map((piece) => requestBody(piece, false)), requestBody("", true)], options);
    expect(headersSet(seen.replies[0]?.request_headers?.response)["x-sluice-reason"]).toBe(reason);
    expect(
      seen.replies
        .slice(1)
        .map((reply) => streamed(reply)?.body?.toString() ?? "")
        .join(""),
    ).toBe("abcdefghij");
    expect(streamed(seen.replies.at(-1))?.end_of_stream).toBe(true);
    expect(seen.finished).toBe(true);
  });

  test("an empty body still ends the stream", () => {
    const seen = talk([duplex(), requestBody("", true)]);
    expect(streamed(seen.replies.at(-1))?.end_of_stream).toBe(true);
    expect(seen.decisions).toMatchObject([{ reason: "empty-body" }]);
  });
});

describe("messages in any order, and the end of a call", () => {
  test("response messages get empty replies of their kind", () => {
    const { seen, send } = setup();
    send({ response_headers: { headers: {} }, ...mode("BUFFERED", "STREAMED") });
    send({ response_body: { body: Buffer.from("x") } });
    send({ response_trailers: { trailers: {} } });
    expect(seen.replies.map(({ response }) => response)).toEqual(["response_headers", "response_body", "response_trailers"]);
    expect(seen).toMatchObject({ finished: false, decisions: [] });
  });

  test("a response that overtakes the request's body does not disturb it", () => {
    const seen = talk([headers(), { response_headers: { headers: {} } }, requestBody(EASY)]);
    expect(seen.replies.map(({ response }) => response)).toEqual(["request_headers", "response_headers", "request_body"]);
    expect(seen.decisions).toMatchObject([{ tier: "weak" }]);
  });

  test("a full-duplex response body is sent back", () => {
    const seen = talk([
      { response_headers: { headers: {} }, ...mode("BUFFERED", "FULL_DUPLEX_STREAMED") },
      { response_body: { body: Buffer.from("abc"), end_of_stream: true } },
    ]);
    const body = (
      seen.replies[1] as unknown as {
        response_body: { response: { body_mutation: { streamed_response: { body: Buffer; end_of_stream: boolean } } } };
      }
    ).response_body;
    expect(body.response.body_mutation.streamed_response).toMatchObject({ body: Buffer.from("abc"), end_of_stream: true });
  });

  test("with a full-duplex response the call goes on behind the request, holding nothing of it, to the response's end", () => {
    const { seen, send } = setup();
    send({ ...requestHeaders({}), ...mode("BUFFERED", "FULL_DUPLEX_STREAMED") });
    send(requestBody(EASY));
    expect(seen.held).toBe(0);
    send({ response_headers: { headers: {} } });
    send({ response_body: { body: Buffer.from("abc"), end_of_stream: false } });
    expect(seen).toMatchObject({ finished: false, decisions: [{ tier: "weak" }] });
    send({ response_trailers: { trailers: {} } });
    expect(seen.finished).toBe(true);
    expect(seen.replies.map(({ response }) => response).slice(2)).toEqual(["response_headers", "response_body", "response_trailers"]);
  });

  test("in observability mode nothing is said, and the decision is counted all the same", () => {
    const seen = talk([
      { ...requestHeaders({}), ...mode("STREAMED"), observability_mode: true },
      { ...requestBody(EASY.slice(0, 30), false), observability_mode: true },
      { ...requestBody(EASY.slice(30)), observability_mode: true },
    ]);
    expect(seen).toMatchObject({ replies: [], finished: true, decisions: [{ tier: "weak" }] });
  });

  test("a message kind from the future gets no reply and does no harm", () => {
    const { seen, handler, send } = setup();
    send(headers());
    handler.message(Uint8Array.of(0x9a, 0x06, 0x00)); // field 99, empty
    send(requestBody(EASY));
    expect(seen).toMatchObject({ finished: true, failures: [], decisions: [{ tier: "weak" }] });
  });

  test("malformed bytes end the call, so that Envoy goes on unchanged, and are counted", () => {
    const { seen, handler } = setup();
    handler.message(Uint8Array.of(0x12, 0x7f, 0x01));
    expect(seen).toMatchObject({ finished: true, failures: ["wire-error"], replies: [] });
  });

  test("a call that ends before its decision is told apart from one that ends after it", () => {
    const aborted = setup();
    aborted.send(headers());
    aborted.handler.closed();
    expect(aborted.seen.closedUndecided).toBe(true);
    const halfClosed = setup();
    halfClosed.send(headers());
    halfClosed.handler.halfClosed();
    halfClosed.handler.closed();
    expect(halfClosed.seen.closedUndecided).toBe(true);
    const replied = setup();
    replied.send(headers());
    replied.send(requestBody(EASY));
    replied.handler.closed();
    expect(replied.seen.closedUndecided).toBe(false);
  });

  test.each([
    ["an announced body", { "content-length": "1000" }, 1000],
    ["an unannounced one, provisionally", {}, 1 << 20],
  ])("%s is held in the budget until the call is over", (_what, more, bytes) => {
    const { seen, handler, send } = setup();
    send(headers(more));
    expect(seen.held).toBe(bytes);
    send(requestBody(EASY));
    handler.closed();
    expect(seen.held).toBe(0);
  });

  test("a peer that stops sending without a word gets the end of the call", () => {
    const { seen, handler } = setup();
    handler.halfClosed();
    expect(seen.finished).toBe(true);
  });

  test("nothing is said after the end", () => {
    const { seen, send } = setup();
    send(headers({}, { end_of_stream: true }));
    send(requestBody(EASY));
    expect(seen.replies).toHaveLength(1);
  });
});
