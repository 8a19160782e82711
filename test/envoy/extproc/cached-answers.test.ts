// Kept answers on a request's call: given in place of a tier's, waited for, or not there.
import { describe, expect, test } from "vitest";
import type { AskedBefore, CachedAnswer, Found } from "../../../src/envoy/extproc/cached-answers.ts";
import { headersSet, requestBody, requestHeaders } from "../../support/ext-proc-client.ts";
import { setup } from "../../support/ext-proc-talk.ts";

const CHAT = '{"messages":[{"role":"user","content":"Hello there"}]}';
const ANSWER: CachedAnswer = {
  body: Buffer.from('{"choices":[]}'),
  contentType: "application/json; charset=utf-8",
  ageSeconds: 61.7,
  model: "m",
  inputTokens: 10,
  outputTokens: 20,
  savedUsd: 0.5,
};
const HIT: Found = { kind: "hit", answer: ANSWER };
const MISS: Found = { kind: "miss", flight: "flight-1" };

const headers = (mode: string, more: Readonly<Record<string, string>> = {}) => ({
  ...requestHeaders({ "x-request-id": "a", ...more }),
  protocol_config: { request_body_mode: mode, response_body_mode: "NONE" },
});

/** `found`: at once; undefined: it is waited for. */
function open(found?: Found) {
  const asked: AskedBefore[] = [];
  const notAsked: string[] = [];
  let answer: (is: Found) => void = () => {};
  let left = 0;
  const call = setup({
    cached: {
      find(what, then) {
        asked.push(what);
        if (found === undefined) answer = then;
        else then(found);
        return () => left++;
      },
      notAsked: (why) => notAsked.push(why),
    },
  });
  return { ...call, asked, notAsked, answer: (is: Found) => answer(is), left: () => left };
}

describe.each([
  ["BUFFERED", [requestBody(CHAT)]],
  ["FULL_DUPLEX_STREAMED", [requestBody(CHAT.slice(0, 9), false), requestBody(CHAT.slice(9))]],
])("with bodies %s", (mode, bodies) => {
  const opened = (found?: Found, more: Readonly<Record<string, string>> = {}) => {
    const call = open(found);
    call.send(headers(mode, more));
    for (const body of bodies) call.send(body);
    return call;
  };

  test("a hit is the client's answer, with its age, and the call ends", () => {
    const { seen, handler } = opened(HIT);
    const reply = seen.replies.at(-1)?.immediate_response;
    expect(reply?.status?.code).toBe(200);
    expect(reply?.body?.toString()).toBe('{"choices":[]}');
    expect(reply?.details).toBe("sluice_cached");
    expect(headersSet({ header_mutation: reply?.headers } as never)).toEqual({
      "content-type": "application/json; charset=utf-8",
      "x-sluice-cache": "hit",
      age: "61",
      "x-sluice-tier": "weak",
      "x-sluice-policy": "main@v7",
    });
    expect(seen.decisions).toMatchObject([{ tier: "weak", cached: { ageSeconds: 61.7, savedUsd: 0.5 } }]);
    handler.closed();
    expect(seen).toMatchObject({ finished: true, failures: [], held: 0, closedUndecided: false });
  });

  test("a miss goes on, under a name by which its answer is known again; a forged one is none", () => {
    const { seen, asked } = opened(MISS, { "x-sluice-flight": "forged" });
    const common = seen.replies
      .map((reply) => reply.request_body?.response ?? reply.request_headers?.response)
      .find((one) => headersSet(one)["x-sluice-tier"]);
    expect(headersSet(common)).toMatchObject({ "x-sluice-tier": "weak", "x-sluice-flight": "flight-1" });
    expect(asked).toMatchObject([{ requestId: "a", tier: "weak", mayWait: true, ask: { stream: false } }]);
    expect(seen).toMatchObject({ finished: true, failures: [] });
    expect(seen.decisions).toHaveLength(1);
  });

  test("one that waits is decided when it is over, and holds its body until then", () => {
    const { seen, handler, answer } = opened();
    expect([seen.decisions.length, seen.finished, seen.held > 0]).toEqual([0, false, true]);
    answer(MISS);
    expect([seen.decisions.length, seen.finished]).toEqual([1, true]);
    handler.closed();
    expect(seen.held).toBe(0);
  });

  test.each(["halfClosed", "closed"] as const)("one whose client leaves waits no longer (%s)", (how) => {
    const { seen, handler, left } = opened();
    handler[how]();
    if (how === "halfClosed") handler.closed();
    expect(left()).toBe(1);
    expect(seen).toMatchObject({ decisions: [], held: 0, closedUndecided: true });
  });
});

test("a stream's hit says so to Envoy, whose local reply must keep its type", () => {
  const { seen, send } = open({ kind: "hit", answer: { ...ANSWER, contentType: "text/event-stream" } });
  send(headers("BUFFERED"));
  send(requestBody(CHAT.replace("{", '{"stream":true,')));
  expect(seen.replies.at(-1)?.immediate_response?.details).toBe("sluice_cached_stream");
});

test("a request with trailers behind its body is not held up, nor one that is only observed answered", () => {
  const trailers = open(MISS);
  trailers.send(headers("FULL_DUPLEX_STREAMED"));
  trailers.send(requestBody(CHAT, false));
  trailers.send({ request_trailers: { trailers: {} } });
  expect(trailers.asked).toMatchObject([{ mayWait: false }]);
  const observed = open(HIT);
  observed.send({ ...headers("BUFFERED"), observability_mode: true });
  observed.send(requestBody(CHAT));
  expect([observed.asked.length, observed.seen.replies.length]).toEqual([0, 0]);
});

test("a request that is not looked up is counted by why", () => {
  const { notAsked, asked, send } = open(HIT);
  send(headers("BUFFERED"));
  send(requestBody(CHAT.replace("{", '{"temperature":1,')));
  expect([asked.length, notAsked]).toEqual([0, ["temperature"]]);
});
