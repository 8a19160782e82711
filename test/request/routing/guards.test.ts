// Guards stand behind the capabilities, one behind the other: each sees what those before it made of the decision, and what is locked.
import { expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { type Guard, movedBy } from "../../../src/request/guard/guard.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";

const CONFIG =
  "tiers: [{ name: weak, can: { images: false } }, { name: middle, model: m }, { name: strong }]\n" +
  "active: main\npolicies: { main: { type: fixed, tier: weak } }";
const IMAGE = { type: "image_url", image_url: { url: "https://example.com/a.png" } };

function routed(guards: readonly Guard[], message: object) {
  const routing = { ...routingOf(parseConfig(CONFIG, "test.yaml")), guards };
  const body = Buffer.from(JSON.stringify({ model: "x", messages: [message] }));
  return routeBody(routing, body, { get: (name) => (name === ":path" ? "/v1/chat/completions" : undefined) });
}

/** Moves every request, and notes what it was asked about. */
function mover(name: "quota" | "breaker", tier: string, seen: unknown[]): Guard {
  return {
    name,
    checked(decision, { isLocked, verdict }) {
      seen.push([name, decision.tier, isLocked, verdict?.tier]);
      return movedBy(name, decision, { tier, reason: name, detail: "d" });
    },
  };
}

test("in their order, behind what tiers can take; the first wish stays, and the tier that serves gets its own model", () => {
  const seen: unknown[] = [];
  const { decision, body } = routed([mover("quota", "strong", seen), mover("breaker", "middle", seen)], { role: "user", content: [IMAGE] });
  expect(seen).toEqual([
    ["quota", "middle", false, "weak"],
    ["breaker", "strong", false, "weak"],
  ]);
  expect(decision).toMatchObject({
    tier: "middle",
    reason: "breaker",
    detail: "d",
    wanted: { tier: "weak", reason: "fixed" },
    cannot: ["weak"],
    changes: [
      { by: "quota", from: "middle", to: "strong" },
      { by: "breaker", from: "strong", to: "middle" },
    ],
  });
  expect(Buffer.concat(body ?? []).toString()).toMatch(/^\{"model":"m",/);
});

test("what one server keeps is told to be locked", () => {
  const seen: unknown[] = [];
  const config = parseConfig(`${CONFIG}\ncontinued: { unknown: strong }`, "test.yaml");
  const routing = { ...routingOf(config), guards: [mover("quota", "strong", seen)] };
  const body = Buffer.from(JSON.stringify({ model: "x", input: "go on", previous_response_id: "resp_1" }));
  routeBody(routing, body, { get: (name) => (name === ":path" ? "/v1/responses" : undefined) });
  expect(seen).toEqual([["quota", "strong", true, undefined]]);
});
