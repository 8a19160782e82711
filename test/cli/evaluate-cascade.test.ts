// `sluice evaluate --cascade` on files: with a verifier and without, with prices and without.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeVerifier } from "../../src/answer/verifier/verifier-file.ts";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { trainVerifier } from "../../src/study/answers/train-verifier.ts";
import { readAnswered } from "../../src/study/dataset/read-examples.ts";
import { sampleAnswers } from "../study/answers/sample-answers.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-evaluate-cascade-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const rows = sampleAnswers({ rows: 800, telling: 0.8 }).map(({ body, group, truth, weakAnswer, strongAnswer }) => {
  const { weak, strong } = truth as { weak: number; strong: number };
  return JSON.stringify({ request: JSON.parse(new TextDecoder().decode(body)) as unknown, group, weak, strong, weakAnswer, strongAnswer });
});
const first = file("first.jsonl", rows.slice(0, 400).join("\n"));
const second = file("second.jsonl", rows.slice(400).join("\n"));
const verifier = join(folder, "verifier.json");
const prices = file(
  "sluice.yaml",
  `tiers:
  - { name: small, price: { inputPerMTok: 0.1, outputPerMTok: 0.2 } }
  - { name: large, price: { inputPerMTok: 2, outputPerMTok: 8 } }
`,
);

beforeAll(async () => {
  const listener = {
    rows() {},
    models() {},
    refuse(_: unknown, why: string) {
      throw new Error(why);
    },
  };
  const settings = { share: 0.3, seed: 1, date: "2026-01-31", force: false };
  const trained = await trainVerifier(readAnswered([first]), settings, listener);
  writeFileSync(verifier, encodeVerifier(trained.verifier ?? expect.fail("one was made")));
});

async function run(...options: string[]): Promise<void> {
  await evaluateCommand(["evaluate", ...options])
    .exitOverride()
    .parseAsync(["--resamples", "200", ...options], { from: "user" });
}

interface Printed {
  readonly rows: number;
  readonly pricesAssumed: boolean;
  readonly tiers: readonly string[];
  readonly warnings: readonly string[];
  readonly differences: readonly { readonly way: string; readonly over: string; readonly p: number }[];
}

test("with --html there is a page beside it, with the same figures", async () => {
  const page = join(folder, "page.html");
  await run("--data", second, "--cascade", verifier, "--html", page, "--json");
  const { ways } = JSON.parse(printed.output) as {
    readonly ways: readonly { readonly way: string; readonly mean: { readonly value: number } }[];
  };
  const html = readFileSync(page, "utf8");
  expect(html).toContain("<h1>Does a cascade pay?</h1>");
  for (const { mean } of ways) expect(html).toContain(mean.value.toFixed(3).replace(/^0/, ""));
});

test("on other rows than its own a verifier is better than asking again at random, at the prices that are configured", async () => {
  await run("--data", second, "--cascade", verifier, "--config", prices, "--json");
  const result = JSON.parse(printed.output) as Printed;
  expect(result).toMatchObject({ rows: 400, pricesAssumed: false, tiers: ["small", "large"], warnings: [] });
  expect(result.differences.find(({ way, over }) => way === "behind" && over === "escalated")?.p).toBeLessThan(0.01);
});

test("on the rows it was trained on it says so", async () => {
  await run("--data", first, "--cascade", verifier);
  expect(printed.output).toContain("warning: the verifier was trained on these rows: its figures flatter it");
});

test("without a verifier the cascade is by the checks, and without prices weak is taken to cost a tenth", async () => {
  await run("--data", second, "--cascade");
  expect(printed.output).toContain("cascade, by checks  ");
  expect(printed.output).toContain("no prices are configured");
});

test("is compared with one policy", async () => {
  await expect(run("--data", second, "--cascade", "--policy", "v7", "v5")).rejects.toMatchObject({ code: "policy-unknown" });
});
