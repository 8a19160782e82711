// Request headers in the decision log: those that are named, as they came or as hashes, and nothing where none is named.
import { expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";

const BODY = Buffer.from(JSON.stringify({ messages: [{ role: "user", content: "hello" }] }));

function noted(config: string, headers: Readonly<Record<string, string>>) {
  const routing = routingOf(parseConfig(config, "test.yaml"));
  return routeBody(routing, BODY, { get: (name) => headers[name] }).measured?.facts;
}

const LOG = "to: stdout, headers: [X-Team, x-app, x-team]";

test.each<[what: string, config: string, expected: unknown]>([
  ["those that are named, in lower case, where the request has them", `decisionLog: { ${LOG} }`, { "x-team": `blue${"e".repeat(124)}` }],
  [
    "hashes, where nobody is to read them",
    `decisionLog: { ${LOG}, hashSalt: pepper }`,
    { "x-team": expect.stringMatching(/^[0-9a-f]{16}$/) },
  ],
  ["none, where none is named", "decisionLog: { to: stdout }", undefined],
])("of headers the log has %s", (_what, config, expected) => {
  expect(noted(config, { "x-team": `blue${"e".repeat(200)}`, "x-other": "1" })?.headers).toEqual(expected);
});

test("a hash is the same for the same value, another for another, and another with another salt", () => {
  const of = (value: string, salt: string) => noted(`decisionLog: { ${LOG}, hashSalt: ${salt} }`, { "x-team": value })?.headers?.["x-team"];
  expect(of("blue", "pepper")).toBe(of("blue", "pepper"));
  expect(new Set([of("blue", "pepper"), of("red", "pepper"), of("blue", "chili")]).size).toBe(3);
});

test("a header that holds a secret is refused", () => {
  expect(() => parseConfig("decisionLog: { headers: [x-team, Authorization] }", "test.yaml")).toThrow(
    /decisionLog\.headers\[1\][^\n]*is a secret/,
  );
});
