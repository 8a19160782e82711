// `sluice evaluate --log` from the command line: what it prints, and what it does not go together with.
import { afterEach, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { dataFile } from "../study/dataset/files.ts";
import { routedLog } from "../study/offpolicy/routed-log.ts";
import { catchPrinted } from "../support/printed.ts";

const printed = catchPrinted();
afterEach(() => {
  process.exitCode = undefined;
});

const good = (tier: string) => (tier === "strong" ? 0.9 : 0.6);
const log = (share: number) =>
  dataFile(
    `decisions-${share}.jsonl`,
    routedLog({
      config: `audit: { share: ${share} }\npolicies: { main: { type: length, maxChars: 200 } }`,
      requests: 2000,
      days: 2,
      seed: 9,
      good,
    }),
  );
const CONFIG = dataFile(
  "sluice.yaml",
  "active: main\npolicies:\n  main: { type: length, maxChars: 200 }\n  weak: { type: fixed, tier: weak }",
);

async function evaluate(...options: string[]): Promise<void> {
  const command = evaluateCommand(["evaluate", ...options]).exitOverride();
  await command.configureOutput({ writeErr: () => undefined }).parseAsync([...options, "--config", CONFIG], { from: "user" });
}

test("prints what was seen, each policy beside it, and the misroutes that the audit slice shows", async () => {
  await evaluate("--log", log(0.4), "--policy", "weak", "main");
  expect(printed.output).toMatch(/^2,000 requests of 2,000 sessions in 2\.0 days\nquality: requests that did not fail/);
  expect(printed.output).toMatch(/\n {2}as it was +7\d /);
  expect(printed.output).toMatch(/\n {2}weak +0 +[56]\d +\[\d+–\d+\] +-\d+/);
  expect(printed.output).toMatch(/\n {2}main +\d\d +7\d /);
  expect(printed.output).toMatch(/\nmisroutes of the policy in force, from [78]\d\d audited requests: \d+ %/);
  expect(printed.output).toMatch(/\nweak: quality by plain weights [56]\d % /);
});

test("says how long to wait where too little was drawn", async () => {
  await evaluate("--log", log(0.01), "--policy", "weak");
  expect(printed.output).toMatch(
    /weak: what is logged says as much about it as \d+ sessions of its own, and 200 are needed: \d+\.\d days more/,
  );
});

test.each([
  [["--log", "a.jsonl", "--data", "b.jsonl"], "commander.conflictingOption"],
  [["--log", "a.jsonl", "--sweep"], "commander.conflictingOption"],
  [["--log", "a.jsonl", "--reward", "luck"], "commander.invalidArgument"],
  [[], "commander.error"],
  [["--log", "/nowhere/a.jsonl"], "data-not-found"],
])("%j is refused", async (options, code) => {
  await expect(evaluate(...options)).rejects.toMatchObject({ code });
});
