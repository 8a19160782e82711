// A consensus in the configuration: a cascade whose first two answers are compared.
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";

const configOf = (cascade: string) =>
  parseConfig(
    `tiers: [{ name: a }, { name: b }, { name: dear }]
active: main
policies: { main: { type: rules, rules: [{ name: critical, match: { keywords: [contract] }, tier: cascade }], fallback: { tier: a } } }
cascade: ${cascade}`,
    "sluice.yaml",
  );

test.each([
  ["{ type: consensus, steps: [a, b, dear] }", { consensus: { similarity: 0.8, ms: 30_000 }, maxShare: 1 }],
  [
    "{ type: consensus, steps: [a, b, dear], maxShare: 0.6, agreement: { similarity: 1, ms: 9 } }",
    { consensus: { similarity: 1, ms: 9 }, maxShare: 0.6 },
  ],
  ["{ steps: [a, dear] }", { consensus: undefined, maxShare: 0.5 }],
])("%s", (cascade, expected) => {
  expect(configOf(cascade).cascade).toMatchObject(expected);
});

test.each([
  ["{ type: consensus, steps: [a, dear] }", "a consensus has three"],
  ["{ type: consensus, steps: [a, a, dear] }", "a is listed above"],
  ["{ type: consensus, steps: [a, b, dear], agreement: { similarity: 2 } }", "cascade.agreement.similarity"],
  ["{ type: vote, steps: [a, b, dear] }", "cascade.type"],
])("%s is refused", (cascade, message) => {
  expect(() => configOf(cascade)).toThrow(message);
});
