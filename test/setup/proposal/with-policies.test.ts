import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { withAdditions } from "../../../src/setup/proposal/with-policies.ts";

const ADDITIONS = {
  policies: { proposed: { type: "threshold", keywords: ["a: b", "重构"], maxChars: 300 } },
  rollout: { candidate: "proposed", stages: [{ share: 0, hours: 1 }] },
};
const MAIN = { type: "threshold", preset: "v7" };
const LINE = `proposed: { type: threshold, keywords: ["a: b", 重构], maxChars: 300 }`;
const ROLLOUT = "rollout: { candidate: proposed, stages: [{ share: 0, hours: 1 }] }\n";

describe("new policies in a configuration's text", () => {
  test.each([
    ["an empty text", "", `policies:\n  main: { type: threshold, preset: v7 }\n  ${LINE}\n${ROLLOUT}`],
    ["a comment alone", "# mine\n", `# mine\npolicies:\n  main: { type: threshold, preset: v7 }\n  ${LINE}\n${ROLLOUT}`],
    [
      "no policies",
      "log: { level: debug }",
      `log: { level: debug }\npolicies:\n  main: { type: threshold, preset: v7 }\n  ${LINE}\n${ROLLOUT}`,
    ],
    [
      "policies a line each, with comments",
      "# a\nactive: main # b\npolicies:\n  # c\n  main: { type: fixed, tier: weak } # d\n  # e\n\nlog: {} # f\n",
      `# a\nactive: main # b\npolicies:\n  # c\n  main: { type: fixed, tier: weak } # d\n  ${LINE}\n  # e\n\nlog: {} # f\n${ROLLOUT}`,
    ],
    [
      "a policy in several lines, ended by CRLF",
      "policies:\r\n    main:\r\n        type: fixed\r\n        tier: weak\r\n",
      `policies:\r\n    main:\r\n        type: fixed\r\n        tier: weak\r\n    ${LINE}\r\n${ROLLOUT.replace("\n", "\r\n")}`,
    ],
    [
      "another rollout, which goes",
      "rollout:\n  candidate: old\n  file: r.json\n\n# a\npolicies:\n  main: { type: fixed, tier: weak }\n",
      `${ROLLOUT}\n# a\npolicies:\n  main: { type: fixed, tier: weak }\n  ${LINE}\n`,
    ],
    [
      "policies in braces",
      "policies: { main: { type: fixed, tier: weak } } # a\n",
      `policies: { main: { type: fixed, tier: weak }, "proposed": ${JSON.stringify(ADDITIONS.policies.proposed)} } # a\n${ROLLOUT}`,
    ],
  ])("into %s", (_, before, after) => {
    expect(withAdditions(before, "sluice.yaml", ADDITIONS)).toBe(after);
  });

  test("into JSON", () => {
    const before = JSON.stringify({ active: "main", policies: { main: MAIN } }, null, 2);
    const after: unknown = JSON.parse(withAdditions(before, "sluice.json", ADDITIONS));
    expect(after).toEqual({ active: "main", policies: { main: MAIN, ...ADDITIONS.policies }, rollout: ADDITIONS.rollout });
  });

  test("long lists take several lines, and mean the same", () => {
    const keywords = Array.from({ length: 60 }, (_, at) => `word${at}: ${at}`);
    const text = withAdditions("", "sluice.yaml", { ...ADDITIONS, policies: { proposed: { type: "threshold", keywords } } });
    expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(120);
    expect(parse(text)).toMatchObject({ policies: { proposed: { keywords } } });
  });

  test.each([
    ["policies that stand elsewhere", "x: &p { main: { type: fixed, tier: weak } }\npolicies: *p\n"],
    ["a rollout in braces of JSON", '{"rollout":{"candidate":"main"}}'],
  ])("not into %s: it is told what to write", (_, before) => {
    const refused = expect(() => withAdditions(before, "sluice.yaml", ADDITIONS));
    refused.toThrow(expect.objectContaining({ code: "proposal-not-in-place", hint: expect.stringContaining(LINE) }));
  });
});
