// A session's next questions go above the tier of a bad answer: bodies and headers in, decisions out.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { sessionsInMemory } from "../../../src/request/guard/session-store.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";

const PRICED =
  "tiers: [{ name: weak, price: { inputPerMTok: 1, outputPerMTok: 5 } }, { name: strong, price: { inputPerMTok: 5, outputPerMTok: 25 } }]";
const WANTED = "{ name: wanted, tier: strong, match: { headers: { x-want: strong } } }";
const POLICIES = `policies: { main: { type: rules, headers: [x-want], rules: [${WANTED}], fallback: { tier: weak } } }`;

const TOOLS = { tools: [{ type: "function", function: { name: "read" } }] };
const ASKED = { role: "user", content: "fix the test in a.ts" };
const CALL = { role: "assistant", tool_calls: [{ id: "c1", type: "function", function: { name: "read", arguments: "{}" } }] };
const RESULT = { role: "tool", tool_call_id: "c1", content: "the file" };
const question = { ...TOOLS, messages: [ASKED] };
const loop = { ...TOOLS, messages: [ASKED, CALL, RESULT] };
const next = { ...TOOLS, messages: [ASKED, { role: "assistant", content: "done" }, { role: "user", content: "and b.ts" }] };

describe("a bad answer has the next questions go above its tier", () => {
  /** The first question went to this tier, and was answered badly. */
  function answeredBadly(tier: string, questions: number, more = "") {
    const store = sessionsInMemory();
    const routing = routingOf(parseConfig(`${more}\nactive: main\n${POLICIES}`, "test.yaml"), { sessions: store });
    const route = (want: string, body: object, session = "s") => {
      const headers: Readonly<Record<string, string>> = { ":path": "/v1/chat/completions", "x-want": want, "x-session-id": session };
      return routeBody(routing, Buffer.from(JSON.stringify(body)), { get: (name) => headers[name] });
    };
    const { action } = route(tier, question).measured ?? {};
    if (action !== undefined) store.answeredBadly(action.session, tier, questions);
    return { ask: (want: string, body: object, session?: string) => route(want, body, session).decision };
  }

  test.each(["", PRICED])("as many as are to, whatever the policy wants of them; with prices: %j", (more) => {
    const { ask } = answeredBadly("weak", 2, more);
    const first = ask("weak", next);
    expect(first).toMatchObject({ tier: "strong", reason: "raised", wanted: { tier: "weak", reason: "default" } });
    expect(ask("weak", loop), "its results of tools stay there").toMatchObject({ tier: "strong", reason: "pinned" });
    expect(ask("weak", next)).toMatchObject({ tier: "strong", reason: "raised" });
    expect(ask("weak", next, "other")).toMatchObject({ tier: "weak", reason: "default" });
    expect(ask("weak", next)).not.toMatchObject({ reason: "raised" });
  });

  test("but not results of tools, which stay with the tier that asked for them", () => {
    expect(answeredBadly("weak", 1).ask("weak", loop)).toMatchObject({ tier: "weak" });
  });

  test("and not above the last", () => {
    const { ask } = answeredBadly("strong", 1);
    expect(ask("weak", next)).toMatchObject({ tier: "strong", reason: "raised" });
  });

  test("the decision stands as it is where the policy wants such a tier anyway", () => {
    expect(answeredBadly("weak", 1).ask("strong", next)).toMatchObject({ tier: "strong", reason: "rule" });
  });
});
