import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { masked } from "../../src/config/mask.ts";
import { redacted } from "../../src/config/redact.ts";

test("values under a secret's key are masked whatever their type, and credentials inside URLs", () => {
  const value = {
    redis: { url: "redis://user:hunter2@cache:6379/0", password: "x", apiKey: 5 },
    list: [{ clientSecret: { a: 1 } }, "https://tok@host/path"],
    authorization: null,
  };
  expect(masked(value)).toEqual({
    redis: { url: "redis://[redacted]@cache:6379/0", password: "[redacted]", apiKey: "[redacted]" },
    list: [{ clientSecret: "[redacted]" }, "https://[redacted]@host/path"],
    authorization: "[redacted]",
  });
});

test("a configuration without secrets is shown as it is, prices per million tokens included", () => {
  const config = parseConfig("tiers: [{name: a, price: {inputPerMTok: 0.1}}, {name: b, contextTokens: 8000}]", "test.yaml");
  expect(redacted(config)).toEqual(config);
});

test("a count of tokens is shown, a list of tokens is not", () => {
  const value = { contextTokens: 8000, tokens: 3, adminTokens: ["a"], readTokens: "a" };
  expect(masked(value)).toEqual({ contextTokens: 8000, tokens: "[redacted]", adminTokens: "[redacted]", readTokens: "[redacted]" });
});

test("the password in a store's URL is masked, in what is shown and in what takes effect", () => {
  const config = parseConfig('state: { url: "rediss://user:hunter2@store:6380/1", passwordFile: /run/secrets/store }', "test.yaml");
  expect(redacted(config)).toMatchObject({ state: { url: "rediss://[redacted]@store:6380/1", passwordFile: "/run/secrets/store" } });
});

test("where a secret lies is shown, for it is none", () => {
  const config = parseConfig("listen: { adminTokenFile: /run/secrets/token }", "test.yaml");
  expect(redacted(config)).toMatchObject({ listen: { adminTokenFile: "/run/secrets/token" } });
});

test("the headers of traces are masked whatever their names, as they may hold any secret", () => {
  const config = parseConfig(
    'traces: { endpoint: "http://a:b@c:1", headers: { x-team: "one", authorization: "Basic cGs=" } }',
    "test.yaml",
  );
  expect(redacted(config)).toMatchObject({
    traces: { endpoint: "http://[redacted]@c:1", headers: { "x-team": "[redacted]", authorization: "[redacted]" } },
  });
});
