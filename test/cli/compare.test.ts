// `sluice compare` from the command line: what was watched, what is asked again, and what it refuses.
import { expect, test } from "vitest";
import { compareCommand } from "../../src/cli/compare.ts";
import { dataFile } from "../study/dataset/files.ts";
import { routedLog } from "../study/offpolicy/routed-log.ts";
import { catchPrinted } from "../support/printed.ts";

const printed = catchPrinted();
const config = "audit: { share: 0.4 }\npolicies: { main: { type: length, maxChars: 200 } }";
const LOG = routedLog({ config, requests: 2000, days: 2, seed: 9, good: (tier) => (tier === "strong" ? 0.9 : 0.6) });
const FILE = dataFile("compared.jsonl", LOG);
const CONFIG_TEXT = `tiers:
  - { name: weak, price: { inputPerMTok: 1, outputPerMTok: 5 } }
  - { name: strong, price: { inputPerMTok: 10, outputPerMTok: 50 } }
active: main
policies:
  main: { type: length, maxChars: 200 }
  weak: { type: fixed, tier: weak }
`;
const CONFIG = dataFile("compare.yaml", CONFIG_TEXT);

async function compare(...options: string[]): Promise<void> {
  const command = compareCommand().exitOverride();
  await command.configureOutput({ writeErr: () => undefined }).parseAsync([...options, "--config", CONFIG], { from: "user" });
}

test("a policy beside what was decided: the verdict first, then agreement, shares, cost and quality", async () => {
  await compare("--log", FILE, "--policy", "weak");
  expect(printed.output).toMatch(/^no: quality changes by -1\d points \[[^\n]+\n/);
  expect(printed.output).toMatch(/\nweak beside what was decided: 2,000 requests of 2,000 sessions in 2\.0 days\n/);
  expect(printed.output).toMatch(/\n {2}agree +5\d %|\n {2}agree +4\d %/);
  expect(printed.output).toMatch(/\n {2}cost +\$2\.\d\d\d for 1,000 requests before; change -2\.\d\d\d/);
  expect(printed.output).toMatch(/\nlength: under 200 characters +[\d,]+ +100 +\[100–100\]/);
});

test("two that are the same agree, and the second is safe to turn on", async () => {
  await compare("--log", FILE, "--policy", "main", "main");
  expect(printed.output).toMatch(/^safe to turn on: quality changes by 0 points \[0–0\]\n/);
});

test("what was watched stands in the log beside what was decided", async () => {
  const shadow = { policy: "next@2", tier: "strong", reason: "rule" };
  const watched = LOG.trimEnd()
    .split("\n")
    .map((line) => JSON.stringify({ ...(JSON.parse(line) as object), shadow }));
  await compare("--json", "--log", dataFile("watched.jsonl", watched.join("\n")));
  const result = JSON.parse(printed.output) as Record<string, unknown>;
  expect(result).toMatchObject({ after: "next@2", requests: 2000, all: { down: { value: 0 }, strongAfter: { value: 1 } } });
  expect(result).toMatchObject({ before: expect.stringMatching(/^main@/) });
});

const TEAMS = LOG.trimEnd()
  .split("\n")
  .map((line, at) => {
    const { facts, ...rest } = JSON.parse(line) as { readonly facts?: object };
    return JSON.stringify({ ...rest, facts: { ...facts, ...(at % 5 < 4 && { headers: { "x-team": at % 5 === 0 ? "red" : "blue" } }) } });
  })
  .join("\n");

test.each<[what: string, log: string, sliced: readonly string[]]>([
  ["of each team, where it is asked for", TEAMS, ["--slice", "X-Team"]],
  ["of more headers than the log has", TEAMS, ["--slice", "x-team", "x-none"]],
])("figures %s: the most frequent first, and of requests that have none", async (_what, log, sliced) => {
  const refused = sliced.includes("x-none");
  const run = compare("--log", dataFile("teams.jsonl", log), "--policy", "weak", ...sliced);
  if (refused)
    return await expect(run).rejects.toMatchObject({ code: "log-lacks", message: expect.stringMatching(/no line has the header x-none$/) });
  await run;
  const lines = printed.output.split("\n").flatMap((line) => /^(x-team: \w+) +([\d,]+)/.exec(line)?.slice(1, 3).join(" ") ?? []);
  expect(lines).toEqual(["x-team: blue 1,200", "x-team: red 400", "x-team: none 400"]);
});

test("a header that the configuration has logged needs not be asked for, and of many values the rest are together", async () => {
  const many = LOG.trimEnd()
    .split("\n")
    .map((line, at) => {
      const row = JSON.parse(line) as { readonly facts?: object };
      return JSON.stringify({ ...row, facts: { ...row.facts, headers: { "x-team": `t${at % 100}` } } });
    });
  const file = dataFile("logging.yaml", `${CONFIG_TEXT}decisionLog: { headers: [x-team] }\n`);
  const log = dataFile("many.jsonl", many.join("\n"));
  await compareCommand().parseAsync(["--log", log, "--policy", "weak", "--config", file], { from: "user" });
  const rows = printed.output.split("\n").filter((line) => line.startsWith("x-team: "));
  expect(rows).toHaveLength(51);
  expect(rows[0]).toMatch(/^x-team: others +1,000 /);
});

test.each<[options: string[], code: string]>([
  [["--log", FILE], "log-without-candidate"],
  [["--log", FILE, "--policy", "v7"], "log-lacks"],
  [["--log", FILE, "--policy", "main", "weak", "main"], "commander.error"],
  [["--log", "/nowhere/a.jsonl"], "data-not-found"],
])("%j is refused", async (options, code) => {
  await expect(compare(...options)).rejects.toMatchObject({ code });
});
