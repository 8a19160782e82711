// What explain says of a request while a policy is rolled out, and when a conservative one would take over: the arm, and what both say.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { explainCommand } from "../../src/cli/explain.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-explain-rollout-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const POLICIES = `
active: main
policies:
  main: { type: fixed, tier: weak }
  next: { type: threshold, maxChars: 3 }
  safe: { type: fixed, tier: strong }
`;
const ROLLOUT = `${POLICIES}rollout: { candidate: next }\n`;
const TAKEOVER = `${ROLLOUT}takeover: { policy: safe }\nbreaker: {}\nbudgets: [{ name: purse, usd: 10, per: month }]\n`;

async function explained(config: string, ...options: string[]): Promise<string> {
  const [request, file] = [join(folder, "request.json"), join(folder, "sluice.yaml")];
  writeFileSync(request, JSON.stringify({ messages: [{ role: "user", content: "hello" }] }));
  writeFileSync(file, config);
  printed.output = "";
  await explainCommand().parseAsync([request, "--config", file, ...options], { from: "user" });
  return printed.output.replaceAll(/@[0-9a-f]{8}/g, "@HASH");
}

const SHOWN = /^(?:tier|policy|reason|rollout|arm|other|takeover|signal) /;
const ID = ["--header", "x-request-id: two"];
const MORE = "; --stage N asks in another";

test.each<[what: string, config: string, options: readonly string[], lines: readonly string[]]>([
  [
    "in shadow the stable policy decides, and what the candidate says stands beside it",
    ROLLOUT,
    ID,
    [
      "tier      weak",
      "policy    main@HASH",
      "reason    fixed",
      `rollout   next@HASH, stage 1 of 4: 0 % of the units get it${MORE}`,
      "arm       stable, by session; the candidate's from stage 3 on (50 %)",
      "other     next@HASH: strong, chars",
    ],
  ],
  [
    "in a stage whose share holds it the candidate decides, with what it measured",
    ROLLOUT,
    [...ID, "--stage", "3"],
    [
      "tier      strong",
      "policy    next@HASH",
      "reason    chars",
      `rollout   next@HASH, stage 3 of 4: 50 % of the units get it${MORE}`,
      "arm       candidate, by session; the candidate's from stage 3 on (50 %)",
      "other     main@HASH: weak, fixed",
      "signal    keyword  0 <= 0",
      "signal    chars    5 > 3  over",
      "signal    turns    1 <= 5",
    ],
  ],
  [
    "of a request that nobody owns there is no arm to tell, and it says what would",
    ROLLOUT,
    ["--stage", "4"],
    [
      "tier      weak",
      "policy    main@HASH",
      "reason    fixed",
      `rollout   next@HASH, stage 4 of 4: 100 % of the units get it${MORE}`,
      "arm       stable: nothing says whose it is; --header 'x-request-id: …' does, as users and sessions do",
    ],
  ],
  [
    "a policy of its own is asked alone",
    TAKEOVER,
    [...ID, "--policy", "next", "--failing", "weak"],
    [
      "tier      strong",
      "policy    next@HASH",
      "reason    chars",
      ...["keyword  0 <= 0", "chars    5 > 3  over", "turns    1 <= 5"].map((s) => `signal    ${s}`),
    ],
  ],
  [
    "the conservative policy does not decide while all is well, and it says what would show it",
    `${POLICIES}takeover: { policy: safe }\nbreaker: {}\n`,
    ID,
    [
      "tier      weak",
      "policy    main@HASH",
      "reason    fixed",
      "takeover  not by safe@HASH; --failing TIER or --limits NAME=90% of a budget would show it",
    ],
  ],
  [
    "with a breaker open it does, for both arms",
    TAKEOVER,
    [...ID, "--stage", "3", "--failing", "weak"],
    [
      "tier      strong",
      "policy    safe@HASH",
      "reason    fixed",
      "takeover  safe@HASH decides: a breaker is open",
      `rollout   next@HASH, stage 3 of 4: 50 % of the units get it${MORE}`,
      "arm       none: the conservative policy decides for both",
    ],
  ],
  [
    "and with a budget that is nearly used up",
    TAKEOVER,
    [...ID, "--limits", "purse=95%"],
    [
      "tier      strong",
      "policy    safe@HASH",
      "reason    fixed",
      "takeover  safe@HASH decides: a budget is nearly used up",
      `rollout   next@HASH, stage 1 of 4: 0 % of the units get it${MORE}`,
      "arm       none: the conservative policy decides for both",
    ],
  ],
])("%s", async (_what, config, options, lines) => {
  const shown = (await explained(config, ...options)).split("\n").filter((line) => SHOWN.test(line));
  expect(shown).toEqual(lines);
});

test("JSON has the arm, where it is the candidate's, and the other policy", async () => {
  const { arm, rollout, shadow } = JSON.parse(await explained(ROLLOUT, ...ID, "--json")) as Record<string, Record<string, unknown>>;
  expect(arm).toBe("stable");
  expect(rollout).toMatchObject({ candidate: "next@HASH", stage: 1, shares: [0, 0.1, 0.5, 1], by: "session" });
  expect(Number(rollout?.["candidateFrom"])).toBeLessThan(0.5);
  expect(shadow).toMatchObject({ tier: "strong" });
});

test.each([
  [ROLLOUT, "--stage 5: the rollout has 4 stages"],
  [POLICIES, "--stage 5: the configuration has no `rollout`"],
])("a stage that is none is an error", async (config, message) => {
  await expect(explained(config, ...ID, "--stage", "5")).rejects.toMatchObject({ code: "stage-unknown", message });
});
