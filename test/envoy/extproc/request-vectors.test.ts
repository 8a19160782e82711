// Vectors on a request's call: waited for before it is decided, late, missing, or never asked for.
import { describe, expect, test } from "vitest";
import type { Policy } from "../../../src/request/policy/policy.ts";
import { type Vectors, vectorKind } from "../../../src/request/policy/vectors.ts";
import type { WantedVector } from "../../../src/request/routing/wanted-vectors.ts";
import { headersSet, requestBody, requestHeaders } from "../../support/ext-proc-client.ts";
import { type Setup, setup } from "../../support/ext-proc-talk.ts";

const CHAT = '{"messages":[{"role":"user","content":"Hello there"}]}';
const KIND = vectorKind({ scope: "all", readBytes: 4096, model: "m", dimensions: 2 });
const SOURCE = {
  kind: KIND,
  from: { endpoint: "http://e/", model: "m", keyFile: undefined, dimensions: undefined, timeoutMs: 50, pricePerMTok: 0 },
};

/** Weak where its vector is there, else strong. */
const POLICY: Policy = {
  needs: { keywords: [], scopes: ["all"], params: [] },
  vectorsWanted: () => [SOURCE],
  decide: ({ vectors }) => (vectors?.has(KIND.key) ? { tier: "weak", reason: "vector" } : { tier: "strong", reason: "none" }),
  signals: () => [],
};

const headers = (mode: string, more: object = {}) => ({
  ...requestHeaders({ "x-request-id": "a" }),
  protocol_config: { request_body_mode: mode, response_body_mode: "NONE" },
  ...more,
});

function open(more: Setup = {}) {
  const wanted: (readonly WantedVector[])[] = [];
  const waiting: ((vectors: Vectors) => void)[] = [];
  const count = { left: 0, unasked: 0 };
  const call = setup({
    policy: POLICY,
    vectors: {
      find(asked, then) {
        wanted.push(asked);
        waiting.push(then);
        return () => count.left++;
      },
      unasked: () => count.unasked++,
    },
    ...more,
  });
  const come = (vectors: Vectors) => waiting.shift()?.(vectors);
  return { ...call, wanted, count, come };
}

const THERE: Vectors = new Map([[KIND.key, Float32Array.of(1, 0)]]);

describe.each([
  ["BUFFERED", [requestBody(CHAT)]],
  ["FULL_DUPLEX_STREAMED", [requestBody(CHAT.slice(0, 9), false), requestBody(CHAT.slice(9))]],
])("with bodies %s", (mode, bodies) => {
  const opened = (more: Setup = {}) => {
    const call = open(more);
    call.send(headers(mode));
    for (const body of bodies) call.send(body);
    return call;
  };
  const tierSet = ({ seen }: ReturnType<typeof open>) =>
    seen.replies
      .map((reply) => headersSet(reply.request_body?.response ?? reply.request_headers?.response)["x-sluice-tier"])
      .find((tier) => tier !== undefined);

  test("nothing is decided until the vector is there, which then decides", () => {
    const call = opened();
    expect(call.wanted).toEqual([[{ source: SOURCE, text: "Hello there" }]]);
    expect([call.seen.decisions.length, call.seen.finished, call.seen.held > 0]).toEqual([0, false, true]);
    call.come(THERE);
    expect(tierSet(call)).toBe("weak");
    expect(call.seen).toMatchObject({ decisions: [{ tier: "weak" }], finished: true, failures: [] });
    call.handler.closed();
    expect(call.seen).toMatchObject({ held: 0, closedUndecided: false });
    expect(call.kept()).toBe(0);
  });

  test("where none comes, it is decided without", () => {
    const call = opened();
    call.come(new Map());
    expect(tierSet(call)).toBe("strong");
    expect(call.seen).toMatchObject({ decisions: [{ tier: "strong" }], finished: true, failures: [] });
  });

  test.each(["halfClosed", "closed"] as const)("one whose client leaves waits no longer (%s)", (how) => {
    const { seen, handler, count } = opened();
    handler[how]();
    if (how === "halfClosed") handler.closed();
    expect(count.left).toBe(1);
    expect(seen).toMatchObject({ decisions: [], held: 0, closedUndecided: true });
  });

  test("a bug of the policy that comes to light with the vector costs no request", () => {
    const call = opened({
      policy: {
        ...POLICY,
        decide: () => {
          throw new Error("a bug");
        },
      },
    });
    call.come(THERE);
    expect(call.seen).toMatchObject({ decisions: [{ tier: "strong", reason: "internal-error" }], finished: true });
  });

  test("a bug in what it wants costs the vector alone", () => {
    const call = opened({
      policy: {
        ...POLICY,
        vectorsWanted: () => {
          throw new Error("a bug");
        },
      },
    });
    expect(tierSet(call)).toBe("strong");
    expect(call.seen).toMatchObject({ decisions: [{ tier: "strong", reason: "none" }], failures: ["internal-error"], finished: true });
  });

  test("behind the vector an answer from before may be waited for, too", () => {
    let answer = () => {};
    const cached = {
      find(_asked: unknown, then: (found: { kind: "miss"; flight: undefined }) => void) {
        answer = () => then({ kind: "miss", flight: undefined });
        return () => {};
      },
      notAsked() {},
    };
    const call = opened({ cached });
    call.come(THERE);
    expect(call.seen.decisions).toEqual([]);
    answer();
    expect(call.seen).toMatchObject({ decisions: [{ tier: "weak" }], finished: true });
  });
});

test("two requests wait for themselves, and the first vector to come decides its own", () => {
  const [one, two] = [open(), open()];
  for (const { send } of [one, two]) send(headers("BUFFERED"));
  one.send(requestBody(CHAT));
  two.send(requestBody(CHAT.replace("Hello", "Howdy")));
  two.come(THERE);
  expect([one.seen.decisions.length, two.seen.decisions.map(({ tier }) => tier)]).toEqual([0, ["weak"]]);
  one.come(new Map());
  expect(one.seen.decisions.map(({ tier }) => tier)).toEqual(["strong"]);
  expect(two.wanted).toMatchObject([[{ text: "Howdy there" }]]);
});

test("a request with trailers behind its body is not held up, nor one that is only observed: both are counted", () => {
  const trailers = open();
  trailers.send(headers("FULL_DUPLEX_STREAMED"));
  trailers.send(requestBody(CHAT, false));
  trailers.send({ request_trailers: { trailers: {} } });
  const observed = open();
  observed.send(headers("BUFFERED", { observability_mode: true }));
  observed.send(requestBody(CHAT));
  for (const { wanted, count, seen } of [trailers, observed]) {
    expect([wanted, count.unasked]).toEqual([[], 1]);
    expect(seen.decisions).toMatchObject([{ tier: "strong", reason: "none" }]);
  }
});

test.each([
  ["that cannot be read", "{", "/v1/chat/completions"],
  ["without messages", "{}", "/v1/chat/completions"],
  ["of another interface", CHAT, "/v1/embeddings"],
  ["without a text", '{"messages":[{"role":"user","content":""}]}', "/v1/chat/completions"],
])("a body %s waits for nothing", (_what, body, path) => {
  const { seen, wanted, count, send } = open();
  send({ ...requestHeaders({ "x-request-id": "a", ":path": path }), protocol_config: { request_body_mode: "BUFFERED" } });
  send(requestBody(body));
  expect([wanted, count.unasked, seen.decisions.length]).toEqual([[], 0, 1]);
});
