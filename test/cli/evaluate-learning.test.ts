// `sluice evaluate` of a policy that learns: it is played, beside one tier for all and chance, and what the rows say becomes a prior.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { parsePrior } from "../../src/request/policy/bandit/prior.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-evaluate-learning-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

/** Short questions are weak's, long ones need strong. */
const ROWS = Array.from({ length: 60 }, (_, at) => {
  const isLong = at % 2 === 0;
  return JSON.stringify({ prompt: `${"word ".repeat(isLong ? 300 : 3)}${at}`, weak: isLong ? 0.2 : 0.9, strong: 0.8 });
});
const DATA = join(folder, "rows.jsonl");
const CONFIG = join(folder, "sluice.yaml");
const PRIOR = join(folder, "prior.json");
const TIERS = `
tiers:
  - { name: weak, price: { inputPerMTok: 1, outputPerMTok: 1 } }
  - { name: strong, price: { inputPerMTok: 5, outputPerMTok: 5 } }
`;
writeFileSync(DATA, `${ROWS.join("\n")}\n`);

interface Played {
  readonly name: string;
  readonly weak: number;
  readonly strong: number;
  readonly steps: readonly {
    readonly requests: number;
    readonly strongShare: number;
    readonly quality: { readonly value: number };
    readonly overRandom: { readonly value: number; readonly low: number };
    readonly underBest: { readonly value: number; readonly high: number };
  }[];
}

async function evaluate(policy: string, ...options: string[]): Promise<void> {
  writeFileSync(CONFIG, `${TIERS}active: main\npolicies: { main: { type: bandit, ${policy} } }\n`);
  printed.output = "";
  const given = ["--data", DATA, "--config", CONFIG, "--resamples", "20", ...options];
  await evaluateCommand([]).parseAsync(given, { from: "user" });
}

async function played(policy: string, ...options: string[]): Promise<Played> {
  await evaluate(policy, "--json", ...options);
  const { learning } = JSON.parse(printed.output) as { readonly learning: readonly [Played] };
  return learning[0];
}

test("a bandit learns which requests need strong: better than either tier alone, and than chance at its cost", async () => {
  const { weak, strong, steps } = await played("qualityPerUsd: 0", "--prior-out", PRIOR);
  expect([weak, strong]).toEqual([expect.closeTo(0.55, 9), expect.closeTo(0.8, 9)]);
  expect(steps.map(({ requests }) => requests)).toEqual([1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000]);
  const [first, last] = [steps[0], steps.at(-1)];
  expect(last?.underBest.high).toBeLessThan(-0.03);
  expect(last?.overRandom.low).toBeGreaterThan(0.1);
  expect(last?.quality.value).toBeGreaterThan(first?.quality.value ?? 1);
  const read = parsePrior(readFileSync(PRIOR, "utf8"));
  expect(read).toMatchObject({ kind: "prior", prior: { rows: 60, tiers: { weak: { cost: expect.anything() }, strong: {} } } });
  const told = await played(`qualityPerUsd: 0, prior: ${PRIOR}`);
  expect(told.steps[0]?.quality.value).toBeGreaterThan(first?.quality.value ?? 1);
});

test("one that is told what it may cost comes to cost that, and the table says so", async () => {
  await evaluate("usdPer1000: 0.9");
  expect(printed.output).toMatch(/\nmain learns: played in 10 runs of 10,000 requests, drawn from 60 rows,/);
  const costs = printed.output.split("\n").flatMap((line) => /^ *(?:\d|10),000 +\d\d\.\d +\[\S+ +\S+ +(\d\.\d{3}) /.exec(line)?.[1] ?? []);
  expect(costs).toHaveLength(10);
  expect(Math.abs(Number(costs.at(-1)) - 0.9)).toBeLessThan(0.05);
});

test("a prior of a policy that learns nothing is refused, and a file that is none is a problem of its line", async () => {
  await expect(evaluate("qualityPerUsd: 0", "--policy", "v7", "--prior-out", PRIOR)).rejects.toMatchObject({ code: "policy-unknown" });
  await expect(evaluate(`prior: ${DATA}`)).rejects.toThrow(
    /policies\.main\.prior: .*rows\.jsonl is no JSON; `sluice evaluate --prior-out`/,
  );
  await expect(evaluate("prior: /nowhere/prior.json")).rejects.toThrow(/there is no file \/nowhere\/prior\.json/);
});
