// Where requests go that refer to what one server keeps: to the tier it came from, else to the configured one, else as if they did not.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { continuedPath } from "../../../src/request/routing/continued.ts";
import { type Routing, routeBody } from "../../../src/request/routing/routing.ts";
import { learnedTiers } from "../../../src/request/routing/served-before.ts";

const FIXED =
  "tiers: [{ name: weak, model: small }, { name: mid }, { name: strong }]\npolicies: { main: { type: fixed, tier: weak } }\nactive: main";
const UNKNOWN = `${FIXED}\ncontinued: { unknown: mid }`;

function routing(text: string, known: Readonly<Record<string, string>> = {}): Routing {
  const servedBefore = learnedTiers(() => 0);
  for (const [key, tier] of Object.entries(known)) servedBefore.learn(key, tier);
  return routingOf(parseConfig(text, "test.yaml"), { servedBefore });
}

function decided(snapshot: Routing, body: object) {
  const { decision, measured } = routeBody(snapshot, Buffer.from(JSON.stringify(body)), { get: () => undefined });
  return [decision.tier, decision.reason, decision.detail, measured?.continued ?? false];
}

const follow = { input: "hi", previous_response_id: "resp_1" };
const item = { type: "item_reference", id: "msg_1" };
const file = { role: "user", content: [{ type: "input_file", file_id: "file-1" }] };

test.each<[why: string, snapshot: Routing, body: object, decision: readonly unknown[]]>([
  ["what is known goes where it came from", routing(FIXED, { resp_1: "strong" }), follow, ["strong", "continued", "response", true]],
  ["also beside a tier for the unknown", routing(UNKNOWN, { resp_1: "strong" }), follow, ["strong", "continued", "response", true]],
  [
    "what is unknown goes where it is configured",
    routing(UNKNOWN, { resp_2: "strong" }),
    follow,
    ["mid", "continued-unknown", "response", true],
  ],
  ["where nothing was learned, too", routing(UNKNOWN), follow, ["mid", "continued-unknown", "response", true]],
  ["else the policy decides", routing(FIXED, { resp_2: "strong" }), follow, ["weak", "fixed", undefined, true]],
  ["a tier that is gone is none", routing(FIXED, { resp_1: "gone" }), follow, ["weak", "fixed", undefined, true]],
  [
    "where the first kind is unknown the second decides",
    routing(UNKNOWN, { msg_1: "strong" }),
    { input: [item], previous_response_id: "resp_1" },
    ["strong", "continued", "item", true],
  ],
  [
    "of more kinds only two are asked for",
    routing(UNKNOWN, { "file-1": "strong" }),
    { input: [item, file], previous_response_id: "resp_1" },
    ["mid", "continued-unknown", "response", true],
  ],
  ["what refers to nothing is the policy's", routing(UNKNOWN, { resp_1: "strong" }), { messages: [] }, ["weak", "fixed", undefined, false]],
])("%s", (_, snapshot, body, decision) => {
  expect(decided(snapshot, body)).toEqual(decision);
});

test("the tier's own model is set, and none of the policy's parameters", () => {
  const policy = "policies: { main: { type: rules, rules: [{ name: r, tier: strong, params: { top_p: 1 } }] } }\nactive: main";
  const snapshot = routing(`tiers: [{ name: weak, model: small }, { name: strong, model: big }]\n${policy}`, { resp_1: "weak" });
  const { decision, body } = routeBody(snapshot, Buffer.from(JSON.stringify({ model: "x", ...follow })), { get: () => undefined });
  expect(decision).toEqual({ tier: "weak", policy: "none", reason: "continued", detail: "response" });
  expect(JSON.parse((body ?? []).map((piece) => Buffer.from(piece).toString()).join(""))).toEqual({ ...follow, model: "small" });
});

describe("a path", () => {
  const known = routing(FIXED, { resp_1: "strong", conv_1: "mid", "file-1": "strong", cntr_1: "mid", batch_1: "strong" });
  const of = (snapshot: Routing, path: string | undefined) => {
    const decision = continuedPath(snapshot, path);
    return decision && [decision.tier, decision.reason, decision.detail];
  };

  test.each([
    ["/v1/responses/resp_1", ["strong", "continued-path", "response"]],
    ["/v1/responses/resp_1?include[]=usage", ["strong", "continued-path", "response"]],
    ["/v1/responses/resp_1/cancel", ["strong", "continued-path", "response"]],
    ["/v1/responses/resp_1/input_items?limit=5", ["strong", "continued-path", "response"]],
    ["/openai/v1/conversations/conv_1/items", ["mid", "continued-path", "conversation"]],
    ["/v1/files/file-1/content", ["strong", "continued-path", "file"]],
    ["/v1/containers/cntr_1/files/cfile_1/content", ["mid", "continued-path", "container"]],
    ["/v1/messages/batches/batch_1/results", ["strong", "continued-path", "batch"]],
  ])("%s goes where its id came from", (path, decision) => {
    expect(of(known, path)).toEqual(decision);
  });

  test.each([
    "/v1/responses/resp_2",
    "/v1/responses",
    "/v1/responses/",
    "/v1/models/resp_1",
    "/conversations/conv_1/v1/chat/completions",
    undefined,
  ])("%s is as every other", (path) => {
    expect(of(known, path)).toBeUndefined();
  });

  test.each([
    ["/v1/responses/resp_2", ["mid", "continued-path-unknown", "response"]],
    ["/v1/responses/compact", undefined],
    ["/v1/responses/input_tokens", undefined],
    ["/v1/files", undefined],
  ])("%s with a tier for the unknown: %j", (path, decision) => {
    expect(of(routing(UNKNOWN), path)).toEqual(decision);
  });
});
