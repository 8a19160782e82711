// Which texts of a request are embedded before it is decided: those of the policies that will be asked.
import { isUtf8 } from "node:buffer";
import { expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import type { Policy } from "../../../src/request/policy/policy.ts";
import { type VectorKind, vectorKind } from "../../../src/request/policy/vectors.ts";
import type { Routing } from "../../../src/request/routing/routing.ts";
import { mayWantVectors, wantedVectors } from "../../../src/request/routing/wanted-vectors.ts";

const FROM = { endpoint: "http://e/", model: "m", keyFile: undefined, dimensions: undefined, timeoutMs: 50, pricePerMTok: 0 };
const SCOPES = ["all", "last_user"] as const;

function taking(model: string, more: Partial<VectorKind> = {}): { readonly id: string; readonly policy: Policy } {
  const kind = vectorKind({ scope: "all", readBytes: 4096, model, dimensions: 2, ...more });
  const policy: Policy = {
    needs: { keywords: [], scopes: SCOPES, params: [] },
    vectorsWanted: () => [{ kind, from: FROM }],
    decide: () => undefined,
    signals: () => [],
  };
  return { id: model, policy };
}

const scanner = new ChatScanner({ keywords: [], scopes: SCOPES, params: [], maxBodyBytes: 1 << 20, isUtf8 });
const BASE = { ...routingOf(parseConfig("{}", "test.yaml")), scanner };
const [one, two] = [taking("one"), taking("two", { scope: "last_user" })];
const BODY = { messages: [{ role: "system", content: "Be brief." }, ...[{ role: "user", content: "Hello" }]] };

function wanted(routing: Partial<Routing>, body: object = BODY) {
  const found = wantedVectors({ ...BASE, ...routing }, Buffer.from(JSON.stringify(body)), { get: () => undefined });
  return found.map(({ source, text }) => `${source.kind.model}: ${text}`);
}

const arms = (share: number, isOver: boolean): Routing["arms"] => ({
  candidate: two,
  by: "request",
  userHeader: undefined,
  salt: 0,
  stands: () => ({ share, isOver }),
});

test.each<[string, Partial<Routing>, readonly string[]]>([
  ["the policy that decides", { policy: one.policy }, ["one: Be brief. Hello"]],
  ["both of a rollout, each its own text", { policy: one.policy, arms: arms(0.1, false) }, ["one: Be brief. Hello", "two: Hello"]],
  ["the candidate that has won", { policy: one.policy, arms: arms(1, true) }, ["two: Hello"]],
  ["the stable one of a rollout that was given up", { policy: one.policy, arms: arms(0, true) }, ["one: Be brief. Hello"]],
  ["who takes over alone", { policy: one.policy, takeover: { link: two, stands: () => true } }, ["two: Hello"]],
  ["who does not, not", { policy: one.policy, takeover: { link: two, stands: () => false } }, ["one: Be brief. Hello"]],
])("they are those of %s", (_what, routing, expected) => {
  expect(wanted(routing)).toEqual(expected);
  expect(mayWantVectors({ ...BASE, ...routing })).toBe(true);
});

test("a vector that both would have is asked for once", () => {
  expect(wanted({ policy: one.policy, arms: { ...(arms(0.1, false) as NonNullable<Routing["arms"]>), candidate: taking("one") } })).toEqual(
    ["one: Be brief. Hello"],
  );
});

test("there are none where no policy takes any", () => {
  expect(mayWantVectors(BASE)).toBe(false);
  expect(wanted({})).toEqual([]);
});

test("a request that goes on to whom it belongs is not embedded", () => {
  expect(wanted({ policy: one.policy }, { input: "more", previous_response_id: "resp_1" })).toEqual([]);
});
