// The call of the filter that is asked for each attempt: what is said to Envoy, held and told, message by message.
import { describe, expect, test } from "vitest";
import { headersSet, type Reply, requestBody, requestHeaders } from "../../support/ext-proc-client.ts";
import { type Setup, setup } from "../../support/ext-proc-talk.ts";

const BODY = '{"model":"a","top_p":1.0,"messages":[{"role":"user","content":"hi"}]}';
const FOR_STRONG = BODY.replace('"model":"a"', '"model":"glm-5"');
const FOR_WEAK = BODY.replace('"model":"a",', "");
const length = (text: string) => ({ "content-length": String(Buffer.byteLength(text)) });
const BUFFERED = { protocol_config: { request_body_mode: "BUFFERED" } };

const opening = (headers: Readonly<Record<string, string>>, rest: object = BUFFERED) => ({ ...requestHeaders(headers), ...rest });
const bodyOf = (reply: Reply | undefined) => {
  const mutation = reply?.request_body?.response?.body_mutation;
  return (mutation?.body ?? mutation?.streamed_response?.body)?.toString();
};
const lengthOf = (reply: Reply | undefined) => headersSet(reply?.request_body?.response)["content-length"];
const ask = (headers: Readonly<Record<string, string>>, rest: object = BUFFERED) =>
  opening({ "x-request-id": "r", "x-sluice-tier": "weak", "x-envoy-attempt-count": "3", ...length(BODY), ...headers }, rest);

function talk(messages: readonly object[], options: Setup = {}) {
  const { seen, handler, send } = setup({ model: "glm-5", attempts: "weak,weak,strong", ...options });
  for (const message of messages) send(message);
  const held = seen.held;
  handler.closed();
  return { ...seen, held, heldAfter: seen.held };
}

describe("an attempt that another tier serves", () => {
  test("gets that tier's model, and the length that goes with it", () => {
    const { replies, attempts, finished, decisions, heldAfter } = talk([ask({}), requestBody(BODY)]);
    expect(bodyOf(replies[1])).toBe(FOR_STRONG);
    expect(lengthOf(replies[1])).toBe(String(FOR_STRONG.length));
    expect({ attempts, finished, decisions, heldAfter }).toEqual({
      attempts: ["strong edited"],
      finished: true,
      decisions: [],
      heldAfter: 0,
    });
  });

  test("a tier without a model gets none; a body that came without a length gets none", () => {
    const { replies } = talk([ask({ "x-sluice-tier": "strong", "x-envoy-attempt-count": "1", "content-length": "" }), requestBody(BODY)]);
    expect(bodyOf(replies[1])).toBe(FOR_WEAK);
    expect(lengthOf(replies[1])).toBeUndefined();
  });

  test("nothing was decided: the tier that serves gets its own all the same", () => {
    const { replies } = talk([opening({ "x-envoy-attempt-count": "3", ...length(BODY) }), requestBody(BODY)]);
    expect(bodyOf(replies[1])).toBe(FOR_STRONG);
  });

  test("a route rewrote the path: the client's own tells the format", () => {
    const embeddings = { "x-envoy-original-path": "/v1/embeddings", ":path": "/emb" };
    expect(talk([ask(embeddings)])).toMatchObject({ attempts: [], finished: true });
    expect(talk([ask({ ...embeddings, "x-envoy-original-path": "/v1/chat/completions" })])).toMatchObject({ finished: false });
  });

  test.each<[string, string, string, Setup]>([
    ["no JSON", '{"model":"a",', "strong unread", {}],
    ["JSON of no format", "[1]", "strong unread", {}],
    ["empty", "", "strong unread", {}],
    ["larger than is read", BODY, "strong unread", { maxBodyBytes: 40 }],
    ["over the budget once it is there", BODY, "strong over-budget", { budgetBytes: 50, othersHold: 20 }],
  ])("a body that is %s stays as it is", (_what, body, told, options) => {
    const { replies, attempts, finished, heldAfter } = talk([ask({ "content-length": "5" }), requestBody(body)], options);
    expect(replies).toHaveLength(2);
    expect(bodyOf(replies[1])).toBeUndefined();
    expect(attempts).toEqual([told]);
    expect(finished).toBe(true);
    expect(heldAfter).toBe(options.othersHold ?? 0);
  });
});

describe("tiers with parameters of their own", () => {
  const set = (name: string, value: unknown, overwrite = false) => ({ name, json: JSON.stringify(value), overwrite });
  const TAIL = '"top_p":1,"messages":[{"role":"user","content":"hi"}]}';
  const WEAK = [set("seed", 7), set("max_tokens", 100)];
  const forStrong = (inserted: string, decided: string, strong = [set("reasoning_effort", "high")]) => {
    const { replies } = talk([ask({ "content-length": "9", ...(inserted && { "x-sluice-params": inserted }) }), requestBody(decided)], {
      model: undefined,
      weakParams: WEAK,
      strongParams: strong,
    });
    return bodyOf(replies[1]);
  };

  test.each([
    [
      "those of the first go, those of the other come",
      "seed,max_tokens",
      `{"seed":7,"max_tokens":100,${TAIL}`,
      `{"reasoning_effort":"high",${TAIL}`,
    ],
    ["also behind the model", "seed,max_tokens", `{"model":"a","seed":7,"max_tokens":100,${TAIL}`, `{"reasoning_effort":"high",${TAIL}`],
    [
      "one that the client gave stays",
      "max_tokens",
      `{"max_tokens":100,${TAIL.replace("}]}", '}],"seed":9}')}`,
      `{"reasoning_effort":"high",${TAIL.replace("}]}", '}],"seed":9}')}`,
    ],
    [
      "those of the policy, which stand among them, go too",
      "seed,max_tokens,reasoning_effort",
      `{"seed":9,"max_tokens":100,"reasoning_effort":"low",${TAIL}`,
      `{"reasoning_effort":"high",${TAIL}`,
    ],
    ["what is spaced otherwise was put there by another", "seed", `{"seed": 7,${TAIL}`, `{"reasoning_effort":"high","seed": 7,${TAIL}`],
    ["and so was what has another name", "max_tokens", `{"seed":7,${TAIL}`, `{"reasoning_effort":"high","seed":7,${TAIL}`],
    ["and what no header speaks of", "", `{"seed":7,${TAIL}`, `{"reasoning_effort":"high","seed":7,${TAIL}`],
    ["a header that nobody wrote so changes nothing", "%zz", `{"seed": 7,${TAIL}`, `{"reasoning_effort":"high","seed": 7,${TAIL}`],
    [
      "under the name that the request led to",
      "max_completion_tokens",
      `{"max_completion_tokens":100,"reasoning_effort":"low",${TAIL}`,
      `{"reasoning_effort":"low",${TAIL}`,
    ],
  ])("%s", (_what, inserted, decided, wanted) => {
    expect(forStrong(inserted, decided)).toBe(wanted);
  });

  test("the same parameter of both: the other's value", () => {
    expect(forStrong("seed,max_tokens", `{"seed":7,"max_tokens":100,${TAIL}`, [set("max_tokens", 900)])).toBe(`{"max_tokens":900,${TAIL}`);
  });

  test("alike in model and parameters, but the policy set one for the first: it goes", () => {
    const headers = { "content-length": "9", "x-sluice-params": "seed" };
    const { replies } = talk([ask(headers), requestBody(`{"seed":9,${TAIL}`)], { model: undefined, weakParams: WEAK, strongParams: WEAK });
    expect(bodyOf(replies[1])).toBe(`{"seed":7,"max_tokens":100,${TAIL}`);
  });

  test("alike in model and parameters: nothing is asked for", () => {
    expect(talk([ask({})], { model: undefined, weakParams: WEAK, strongParams: [...WEAK] })).toMatchObject({
      finished: true,
      attempts: [],
    });
  });
});

describe("at the headers alone the attempt is let go on", () => {
  test.each<[string, Readonly<Record<string, string>>, Setup]>([
    ["the decided tier serves", { "x-envoy-attempt-count": "2" }, {}],
    ["both tiers have the same model, none", {}, { model: undefined }],
    ["the attempt is not in the list", { "x-envoy-attempt-count": "4" }, {}],
    ["nothing says which attempt it is", { "x-envoy-attempt-count": "" }, {}],
    ["the list names a tier that does not exist", {}, { attempts: "weak,weak,dear" }],
    ["the list is empty", {}, { attempts: "" }],
    ["the path is no chat's", { ":path": "/v1/embeddings" }, {}],
    ["the body is compressed", { "content-encoding": "gzip" }, {}],
    ["the body is announced as larger than is read", { "content-length": "9999999" }, {}],
    ["the budget is full", {}, { budgetBytes: 50, othersHold: 20 }],
  ])("%s", (_why, headers, options) => {
    const { replies, held, finished } = talk([ask(headers)], options);
    expect(replies).toHaveLength(1);
    expect(finished).toBe(true);
    expect(held).toBe(options.othersHold ?? 0);
  });

  test("there is no body", () => {
    const withoutBody = requestHeaders({ "x-envoy-attempt-count": "3" }, { end_of_stream: true });
    expect(talk([withoutBody])).toMatchObject({ finished: true, held: 0, attempts: [] });
  });
});

describe("wrongly configured, it changes nothing and loses nothing", () => {
  test.each(["STREAMED", "BUFFERED_PARTIAL", "FULL_DUPLEX_STREAMED"])("bodies %s are answered piece by piece to their end", (mode) => {
    const pieces = ["{", BODY.slice(1)].map((text, at) => ({ request_body: { body: Buffer.from(text), end_of_stream: at === 1 } }));
    const { replies, finished, failures } = talk([ask({}, { protocol_config: { request_body_mode: mode } }), ...pieces]);
    expect(replies).toHaveLength(3);
    expect(replies.slice(1).map(bodyOf)).toEqual(mode === "FULL_DUPLEX_STREAMED" ? ["{", BODY.slice(1)] : [undefined, undefined]);
    expect({ finished, failures }).toEqual({ finished: true, failures: [] });
  });

  test("without bodies, and with headers of answers alone", () => {
    expect(talk([ask({}, { protocol_config: { request_body_mode: "NONE" } })])).toMatchObject({ finished: true });
    expect(talk([{ response_headers: { headers: { headers: [] } } }]).replies).toHaveLength(1);
  });
});

test("Envoy cancels while a body is awaited: what was held is released", () => {
  const { held, heldAfter, attempts } = talk([ask({})]);
  expect({ held, heldAfter, attempts }).toEqual({ held: BODY.length, heldAfter: 0, attempts: [] });
});
