// The call of the filter that judges answers: what is held, sent on and thrown away, message by message.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type JudgedAnswer, type JudgedAttempt, judgingBy } from "../../../src/envoy/extproc/judged-answers.ts";
import { type Reply, requestBody, requestHeaders } from "../../support/ext-proc-client.ts";
import { type Setup, setup } from "../../support/ext-proc-talk.ts";

const MODES = { protocol_config: { request_body_mode: "BUFFERED", response_body_mode: "FULL_DUPLEX_STREAMED" } };
const asked = (attempt = "1") => ({ ...requestHeaders({ "x-request-id": "r", "x-envoy-attempt-count": attempt }), ...MODES });
const headers = (end_of_stream = false) => ({
  response_headers: { headers: { headers: [{ key: ":status", raw_value: Buffer.from("200") }] }, end_of_stream },
});
const piece = (body: string | Uint8Array, end_of_stream = false) => ({ response_body: { body: Buffer.from(body), end_of_stream } });
const TRAILERS = { response_trailers: {} };
const HOLD_MS = 50;

/** Bad is what has a `b` in it, good what has a `g`; what is neither is bad when it has ended, and good when it may be held no longer. */
function judge(told: string[], { holdMs = HOLD_MS, breaks = false } = {}) {
  return (attempt: JudgedAttempt): JudgedAnswer | undefined => {
    if (attempt.attempt > 1) return undefined;
    told.push(`attempt ${attempt.attempt} of ${attempt.attempts}, ${attempt.requestBody?.length ?? "no"} bytes`);
    return {
      holdMs,
      piece(body) {
        if (breaks) throw new Error("a bug");
        return body.includes(0x62) ? "ask-next" : body.includes(0x67) ? "pass" : "hold";
      },
      ended: () => "ask-next",
      expired: () => "pass",
      closed: () => void told.push("closed"),
    };
  };
}

interface Talk extends Setup {
  readonly holdMs?: number;
  readonly breaks?: boolean;
}

function begin(options: Talk = {}) {
  const told: string[] = [];
  const judging = judgingBy({ asked() {}, judge: judge(told, options) });
  return { told, judging, ...setup({ attempts: "weak,strong", judging, ...options }) };
}

function talk(messages: readonly object[], options: Talk = {}) {
  const { seen, handler, send, told } = begin(options);
  for (const message of messages) send(message);
  const { finished, passing } = seen;
  handler.closed();
  expect(seen.passing).toBe(0);
  return { said: seen.replies.slice(1).map(saidBy), finished, failures: seen.failures, told, held: seen.held, passing };
}

/** `headers`, `headers 503`, `piece abc`, `piece abc, the last` */
function saidBy(reply: Reply): string {
  const streamed = reply.response_body?.response?.body_mutation?.streamed_response;
  if (streamed !== undefined) return `piece ${streamed.body?.toString() ?? ""}${streamed.end_of_stream === true ? ", the last" : ""}`;
  const status = reply.response_headers?.response?.header_mutation?.set_headers?.[0]?.header.raw_value.toString();
  return status === undefined ? reply.response.replace("response_", "") : `headers ${status}`;
}

const THROWN_AWAY = ["headers 503", "piece , the last"];

describe("an answer on its way", () => {
  test.each<[string, readonly object[], readonly string[], boolean]>([
    ["is held while nothing is known of it", [headers(), piece("a"), piece("a")], [], false],
    ["passes as it is when it is good, what was held first", [headers(), piece("a"), piece("g")], ["headers", "piece a", "piece g"], false],
    [
      "then goes on as it comes, to its end",
      [headers(), piece("g"), piece("b"), piece("c", true)],
      ["headers", "piece g", "piece b", "piece c, the last"],
      true,
    ],
    ["is thrown away when it is bad, and no piece is sent on", [headers(), piece("a"), piece("b"), piece("c", true)], THROWN_AWAY, false],
    ["is judged when it ends", [headers(), piece("a"), piece("", true)], THROWN_AWAY, false],
    ["is judged when it ends by trailers", [headers(), piece("a"), TRAILERS], THROWN_AWAY, false],
    ["may be good in its last piece", [headers(), piece("g", true)], ["headers", "piece g", "piece , the last"], true],
    ["may be bad in its last piece", [headers(), piece("b", true)], THROWN_AWAY, false],
    ["passes with its trailers", [headers(), piece("g"), TRAILERS], ["headers", "piece g", "trailers"], true],
    ["without a body passes at once", [headers(true)], ["headers"], true],
  ])("%s", (_what, messages, said, finished) => {
    expect(talk([asked(), ...messages])).toMatchObject({ said, finished, failures: [], held: 0 });
  });

  test("that nobody judges passes as it comes", () => {
    const { said, told } = talk([asked("2"), headers(), piece("b"), piece("", true)]);
    expect({ said, told }).toEqual({ said: ["headers", "piece b", "piece , the last"], told: [] });
  });

  test("is counted among those that pass through until its call is over", () => {
    expect(talk([asked(), headers(), piece("g")]).passing).toBe(1);
    expect(talk([asked("2"), headers(), piece("g")]).passing).toBe(1);
    expect(talk([asked(), headers(true)]).passing).toBe(0);
  });

  test("is judged beside the request it answers, where the filter is sent that", () => {
    const { said, told } = talk([asked(), requestBody("12345"), headers(), piece("g", true)]);
    expect(said).toEqual(["request_body", "headers", "piece g", "piece , the last"]);
    expect(told).toEqual(["attempt 1 of weak,strong, 5 bytes", "closed"]);
  });

  test("passes when its judge breaks", () => {
    expect(talk([asked(), headers(), piece("b"), piece("c", true)], { breaks: true })).toMatchObject({
      said: ["headers", "piece b", "piece c, the last"],
      failures: ["internal-error"],
    });
  });

  test("is judged by what has come where there is no room for more", () => {
    expect(talk([asked(), headers(), piece("aaa"), piece("b")], { budgetBytes: 1, othersHold: 1 })).toMatchObject({
      said: ["headers", "piece aaa", "piece b"],
    });
  });

  test("of which nothing came before the client went is told of, once", () => {
    expect(talk([asked(), headers(), piece("a")]).told).toEqual(["attempt 1 of weak,strong, no bytes", "closed"]);
  });

  test.each([10, 64 << 10, 100_000, 200_000])("a piece of %i bytes is sent on in pieces that Envoy takes", (bytes) => {
    const { seen, send } = begin();
    const body = Buffer.alloc(bytes, "g");
    for (const message of [asked(), headers(), piece("g"), piece(body), piece(body, true)]) send(message);
    const sent = piecesOf(seen.replies);
    expect(Buffer.concat(sent)).toEqual(Buffer.concat([Buffer.from("g"), body, body]));
    expect(Math.max(...sent.map(({ length }) => length))).toBeLessThanOrEqual(64 << 10);
  });

  test("whatever pieces it comes in, every byte is sent on once, in order", () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.boolean(), (bodies, byTrailers) => {
        const { seen, send } = begin();
        const all = [Buffer.from("g"), ...bodies];
        const messages = all.map((body, at) => piece(body, !byTrailers && at === all.length - 1));
        for (const message of [asked(), headers(), ...messages, ...(byTrailers ? [TRAILERS] : [])]) send(message);
        expect(Buffer.concat(piecesOf(seen.replies))).toEqual(Buffer.concat(all));
        expect(seen.finished).toBe(true);
      }),
    );
  });
});

describe("an answer that is held", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("passes when its time is over, and goes on as it comes", () => {
    const { seen, send, handler } = begin();
    for (const message of [asked(), headers(), piece("a")]) send(message);
    vi.advanceTimersByTime(HOLD_MS - 1);
    expect(seen.replies).toHaveLength(1);
    vi.advanceTimersByTime(1);
    send(piece("b", true));
    expect(seen.replies.slice(1).map(saidBy)).toEqual(["headers", "piece a", "piece b, the last"]);
    handler.closed();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is decided at once when the process is to end; later ones are not held", () => {
    const { seen, send, judging } = begin();
    for (const message of [asked(), headers(), piece("a")]) send(message);
    judging.close();
    expect(seen.replies.slice(1).map(saidBy)).toEqual(["headers", "piece a"]);
    send(piece("c", true));
    expect(seen.finished).toBe(true);
    const { request } = { request: asked() };
    const later = setup({ attempts: "weak,strong", judging });
    for (const message of [request, headers(), piece("b")]) later.send(message);
    expect(later.seen.replies.slice(1).map(saidBy)).toEqual(["headers", "piece b"]);
  });

  test.each([
    ["it was judged", [headers(), piece("g")]],
    ["it was thrown away", [headers(), piece("b")]],
    ["its call is over", [headers(), piece("a")]],
  ])("has no clock running once %s", (_what, messages) => {
    const { send, handler } = begin();
    for (const message of [asked(), ...messages]) send(message);
    handler.closed();
    expect(vi.getTimerCount()).toBe(0);
  });
});

function piecesOf(replies: readonly Reply[]): Buffer[] {
  return replies.flatMap((reply) => reply.response_body?.response?.body_mutation?.streamed_response?.body ?? []);
}
