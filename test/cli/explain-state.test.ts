// What explain says of a request when so much of a limit was used, and when tiers fail or are late: what each guard makes of it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { explainCommand } from "../../src/cli/explain.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-explain-state-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const CONFIG = `
tiers:
  - { name: weak, price: { inputPerMTok: 1, outputPerMTok: 1 } }
  - { name: mid, price: { inputPerMTok: 2, outputPerMTok: 2 } }
  - { name: strong, price: { inputPerMTok: 5, outputPerMTok: 5 }, slo: { firstByteMs: 500 } }
policies: { main: { type: fixed, tier: strong } }
breaker: {}
quotas:
  - { name: dear, tier: strong, requests: 1000, per: day }
  - { name: team, by: x-team, requests: 5, per: minute, hard: true }
budgets: [{ name: purse, tier: mid, usd: 10, per: month }]
`;
const UNGUARDED = "policies: { main: { type: fixed, tier: strong } }";

async function explained(config: string, ...options: string[]): Promise<string> {
  const [request, file] = [join(folder, "request.json"), join(folder, "sluice.yaml")];
  writeFileSync(request, JSON.stringify({ messages: [{ role: "user", content: "hello" }], max_tokens: 100 }));
  writeFileSync(file, config);
  printed.output = "";
  await explainCommand().parseAsync([request, "--config", file, ...options], { from: "user" });
  return printed.output;
}

const SHOWN = /^(?:tier|reason|changed|refused|limit|failing|late) /;
const NOT_ASKED = "limit     not asked; --limits NAME=USED shows what is made of a request when so much was used";

test.each<[what: string, config: string, options: readonly string[], lines: readonly (string | RegExp)[]]>([
  ["limits are not asked unless something is told of them", CONFIG, [], ["tier      strong", "reason    fixed", NOT_ASKED]],
  [
    "a quota that is used up sends it down, and a budget that has too little for it further",
    CONFIG,
    ["--limits", "dear=1000, purse=9.9999"],
    [
      "tier      weak",
      "reason    quota (dear)",
      "changed   quota: strong to weak",
      "limit     dear: 1,000 used of 1,000 requests in this day",
      "limit     team: 0 used of 5 requests in this minute",
      "limit     purse: $10.00 used of $10.00 in this month",
    ],
  ],
  [
    "where there is room for one more, it stays",
    CONFIG,
    ["--limits", "dear=99.9%"],
    [
      "tier      strong",
      "reason    fixed",
      "limit     dear: 999 used of 1,000 requests in this day",
      "limit     team: 0 used of 5 requests in this minute",
      "limit     purse: $0.00 used of $10.00 in this month",
    ],
  ],
  [
    "where no tier has room it is refused, in any scope",
    CONFIG,
    ["--limits", "team=100%", "--header", "x-team: blue"],
    [
      "tier      strong",
      "reason    quota-refused (team)",
      /^refused {3}429, again after [1-6]?\d s: the quota "team" of this minute is used up$/,
      "limit     dear: 0 used of 1,000 requests in this day",
      "limit     team: 5 used of 5 requests in this minute",
      "limit     purse: $0.00 used of $10.00 in this month",
    ],
  ],
  [
    "a tier that fails is left for its substitute",
    CONFIG,
    ["--failing", "strong"],
    ["tier      mid", "reason    breaker (strong)", "changed   breaker: strong to mid", NOT_ASKED, "failing   strong"],
  ],
  [
    "a tier that is late is left for one that is well",
    CONFIG,
    ["--late", "strong", "--failing", "mid"],
    ["tier      weak", "reason    slo (strong)", "changed   latency: strong to weak", NOT_ASKED, "failing   mid", "late      strong"],
  ],
  [
    "what nothing is configured for changes nothing, and is said so",
    UNGUARDED,
    ["--failing", "strong", "--late", "strong"],
    [
      "tier      strong",
      "reason    fixed",
      "failing   strong; not asked: no `breaker`, no `tiers[].substitute`",
      "late      strong; not asked: no `slo.firstByteMs` of strong",
    ],
  ],
])("%s", async (_, config, options, expected) => {
  const lines = (await explained(config, ...options)).split("\n").filter((line) => SHOWN.test(line));
  expect(lines).toEqual(expected.map((line) => (typeof line === "string" ? line : expect.stringMatching(line))));
});

test("JSON has what was told in amounts, and what each guard changed", async () => {
  expect(JSON.parse(await explained(CONFIG, "--limits", "dear=1000,purse=50%", "--failing", "mid", "--json"))).toMatchObject({
    tier: "weak",
    changes: [
      { by: "quota", from: "strong", to: "mid" },
      { by: "breaker", from: "mid", to: "weak" },
    ],
    state: {
      limits: [
        { name: "dear", measure: "requests", per: "day", used: 1000, amount: 1000 },
        { name: "team", used: 0, amount: 5 },
        { name: "purse", measure: "usd", per: "month", used: 5, amount: 10 },
      ],
      areLimitsAsked: true,
      failing: ["mid"],
      late: [],
    },
  });
});

test.each<[what: string, options: readonly string[], error: object]>([
  [
    "a limit that is misspelt",
    ["--limits", "deer=1"],
    { code: "limit-unknown", message: "--limits deer: no such limit; did you mean dear?" },
  ],
  ["a tier that is none", ["--failing", "x"], { code: "tier-unknown", message: "--failing x: no such tier; known: weak, mid, strong" }],
  ["a late tier that is none", ["--late", "strnog"], { message: "--late strnog: no such tier; did you mean strong?" }],
])("%s is refused", async (_, options, error) => {
  await expect(explained(CONFIG, ...options)).rejects.toMatchObject(error);
});
