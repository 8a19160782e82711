// `evaluate` says whose instructions are hardly in the scores that it is given.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-evaluate-shape-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const row = (at: number) => JSON.stringify({ prompt: `number ${at}`, label: at % 2 === 0 ? "weak" : "strong" });
const data = file("data.jsonl", Array.from({ length: 40 }, (_, at) => row(at)).join("\n"));
const policies = `policies:
  main: { type: rules, rules: [{ name: all, tier: weak, shape: { schema: { type: object } } }] }
  plain: { type: fixed, tier: strong }`;
const isNot = "instructions to requests (`shape`): in the scores they are only where the data was collected with them\n";

test.each([
  [
    "of a tier and a policy",
    "tiers: [{ name: weak, shape: { prepend: Be brief. } }, { name: strong }]",
    "main",
    `tier weak, main add ${isNot}`,
  ],
  ["of a policy", "", "main", `main adds ${isNot}`],
  ["of none", "", "plain", ""],
])("%s", async (_, tiers, policy, told) => {
  const config = file("sluice.yaml", `${tiers}\n${policies}`);
  await evaluateCommand(["evaluate"]).parseAsync(["--resamples", "200", "--data", data, "--config", config, "--policy", policy], {
    from: "user",
  });
  expect(printed.messages).toBe(told);
});
