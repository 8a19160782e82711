// `session.upAfterBad`: off unless it is said, and of no use where sessions are not remembered.
import { expect, test } from "vitest";
import { session } from "../../src/config/capabilities/session.ts";
import { parseConfig } from "../../src/config/load.ts";

const configOf = (keys: string) => parseConfig(`session: ${keys}`, "sluice.yaml").session;

test.each([
  ["{}", 0],
  ["{ upAfterBad: 3 }", 3],
])("%s", (keys, expected) => void expect(configOf(keys).upAfterBad).toBe(expected));

test.each(["{ upAfterBad: -1 }", "{ upAfterBad: 101 }"])("%s is refused", (keys) => {
  expect(() => configOf(keys)).toThrow("session.upAfterBad");
});

test.each([
  ["{ upAfterBad: 1, protect: off }", 1],
  ["{ upAfterBad: 0, protect: off }", 0],
  ["{ upAfterBad: 1, protect: locks }", 0],
])("%s warns so many times", (keys, count) => {
  expect(session.warnings(configOf(keys), { reached: new Set(), unpriced: new Set() })).toHaveLength(count);
});
