// `sluice train --answers` on files: what it writes, prints and refuses.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { parseVerifier } from "../../src/answer/verifier/verifier-file.ts";
import { trainCommand } from "../../src/cli/train.ts";
import { sampleAnswers } from "../study/answers/sample-answers.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-train-answers-"));
const out = join(folder, "verifier.json");
const printed = catchPrinted();
beforeEach(() => rmSync(out, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

type Shape = (row: ReturnType<typeof sampleAnswers>[number], request: unknown) => object;

function dataFile(name: string, telling: number, shape: Shape): string {
  const lines = sampleAnswers({ rows: 300, telling }).map((row) => {
    const request: unknown = JSON.parse(new TextDecoder().decode(row.body));
    return JSON.stringify({
      group: row.group,
      ...(row.truth as { weak: number; strong: number }),
      kind: undefined,
      ...shape(row, request),
    });
  });
  const path = join(folder, name);
  writeFileSync(path, lines.join("\n"));
  return path;
}

const columns = dataFile("columns.jsonl", 0.8, ({ weakAnswer }, request) => ({ request, weakAnswer }));
const loop = dataFile("loop.jsonl", 0.8, ({ weakAnswer, place }, request) => ({
  id: place,
  request,
  answers: { weak: { text: weakAnswer, finish: "stop" }, strong: { text: "x" } },
}));
const silent = dataFile("silent.jsonl", 0.1, ({ weakAnswer }, request) => ({ request, weakAnswer }));
const without = dataFile("without.jsonl", 0.8, (_row, request) => ({ request }));

async function run(...options: string[]): Promise<void> {
  const command = trainCommand(["train", ...options]).exitOverride();
  await command.parseAsync(["--answers", "--out", out, "--date", "2026-01-31", ...options], { from: "user" });
}

test("writes a verifier that can be read, prints the report and says what it wrote", async () => {
  await run("--data", columns, "--weak-share", "0.8");
  const verifier = parseVerifier(readFileSync(out));
  expect(verifier).toMatchObject({ summary: { rows: 300, date: "2026-01-31" } });
  expect(verifier.share).toBeCloseTo(0.2);
  expect(printed.output).toContain("Use the verifier");
  expect(printed.messages).toMatch(new RegExp(`wrote ${out}: verifier ${verifier.id}, \\d+ KiB\n$`));
});

test("reads rows of the learning loop, to the same end", async () => {
  await run("--data", columns, "--json");
  const first = JSON.parse(printed.output) as { compared: object };
  printed.output = "";
  await run("--data", loop, "--json");
  expect(JSON.parse(printed.output)).toMatchObject({ compared: first.compared });
});

test("where no verifier beats escalation at random, writes none, and fails", async () => {
  await expect(run("--data", silent)).rejects.toMatchObject({ code: "train-not-advised", exitCode: 1 });
  expect(existsSync(out)).toBe(false);
  expect(printed.output).toContain("Use the checks alone");
});

test("says where a row has no answer, and what to do", async () => {
  await expect(run("--data", without)).rejects.toMatchObject({
    code: "data-invalid",
    message: expect.stringContaining('expected the weak tier\'s answer in a column "weakAnswer"') as string,
  });
});
