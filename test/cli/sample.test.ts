// `sluice sample` from the command line, and `sluice evaluate` on what it wrote.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { sampleCommand } from "../../src/cli/sample.ts";
import type { LoopRow } from "../../src/study/loop/loop-row.ts";
import { linesOf, newFolder, rowsIn } from "../study/collect/collected.ts";
import { catchPrinted } from "../support/printed.ts";

const printed = catchPrinted();
const folder = newFolder();

/** 600 rows of two groups; long ones need strong, and one in ten of the short ones. */
const ROWS: readonly LoopRow[] = Array.from({ length: 600 }, (_, number) => {
  const chars = 20 + ((number * 37) % 400);
  const needs = chars > 200 || number % 10 === 0;
  return {
    id: `r-${number}`,
    request: { messages: [{ role: "user", content: `${number} `.padEnd(chars, "y") }] },
    group: number % 6 === 0 ? "law" : "code",
    like: number === 5 ? 100 : 1,
    weak: needs ? 0 : 1,
    strong: 1,
    ...(number % 50 === 0 && { seen: { tier: "weak", rating: 1 } }),
  };
});
const DATA = join(folder, "requests.jsonl");
writeFileSync(DATA, linesOf(...ROWS));
const CONFIG = join(folder, "sluice.yaml");
writeFileSync(CONFIG, "active: main\npolicies: { main: { type: length, maxChars: 200 } }\n");

let outs = 0;
async function sampled(...options: string[]): Promise<{ readonly out: string; readonly rows: readonly LoopRow[] }> {
  const out = join(folder, `sample-${outs++}.jsonl`);
  printed.output = "";
  const command = sampleCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  await command.parseAsync(["--data", DATA, "--config", CONFIG, "--out", out, ...options], { from: "user" });
  return { out, rows: rowsIn(out) };
}

describe("sluice sample", () => {
  test("draws as many rows as asked for, whole, each with its chance and what it was drawn as", async () => {
    const { out, rows } = await sampled("--size", "100");
    expect(rows).toHaveLength(100);
    for (const row of rows) {
      const { inclusion = 0, stratum, ...whole } = row;
      expect(whole).toEqual(ROWS.find(({ id }) => id === row.id));
      expect(inclusion).toBeGreaterThan(0);
      expect(inclusion).toBeLessThanOrEqual(1);
      expect(["uniform", "near-threshold"]).toContain(stratum);
    }
    expect(rows.find(({ id }) => id === "r-5")?.inclusion).toBe(1); // it stands for 100
    const near = rows.filter(({ stratum }) => stratum === "near-threshold");
    const lengths = near.map(({ request }) => JSON.stringify(request).length - 45);
    expect(Math.min(...lengths)).toBeGreaterThan(120);
    expect(Math.max(...lengths)).toBeLessThan(290);
    expect(printed.output).toMatch(new RegExp(`^${out}: 100 of 600 rows, which stand for 699 requests\n  near-threshold  \\d+ of \\d+\n`));
    expect(printed.output).toContain("no --known: nothing is new, and its share is of all kinds\n");
  });

  test("draws the same for the same seed, whatever else has happened", async () => {
    const [first, second, third] = [await sampled("--seed", "3"), await sampled("--seed", "3"), await sampled("--seed", "4")];
    expect(first.rows).toEqual(second.rows);
    expect(first.rows).not.toEqual(third.rows);
  });

  test("draws more of what is new, and suspects first where they are asked for", async () => {
    const known = join(folder, "known.jsonl");
    writeFileSync(known, linesOf(...ROWS.filter(({ group }) => group === "code")));
    const { rows } = await sampled("--size", "100", "--known", known, "--suspects-first");
    expect(printed.output).toContain("new, or grown: law\n");
    const suspects = rows.filter(({ stratum }) => stratum?.startsWith("suspect"));
    expect(suspects).toHaveLength(12);
    expect(rows.slice(0, 12)).toEqual(suspects);
    const isNew = ({ group }: LoopRow) => group === "law";
    expect(rows.filter(isNew).length / 100).toBeGreaterThan(1.3 * (ROWS.filter(isNew).length / 600));
    expect(rows.filter((row) => isNew(row) !== (row.stratum?.includes("new") ?? false))).toEqual([]);
  });

  test("leaves a file alone that is there: it may hold labels", async () => {
    const { out } = await sampled("--size", "10");
    const before = readFileSync(out, "utf8");
    const again = sampleCommand().exitOverride().parseAsync(["--data", DATA, "--out", out], { from: "user" });
    await expect(again).rejects.toMatchObject({ code: "output-unwritable", message: `${out}: is there already` });
    expect(readFileSync(out, "utf8")).toBe(before);
  });

  test("says where a policy has no score", async () => {
    const { rows } = await sampled("--policy", "v7", "--size", "60", "--json");
    expect(JSON.parse(printed.output)).toMatchObject({ drawn: 60, byLength: true, frame: { rows: 600, requests: 699, unread: 0 } });
    expect(rows).toHaveLength(60);
  });
});

describe("sluice evaluate on a sample", () => {
  async function evaluated(...options: string[]): Promise<void> {
    printed.output = "";
    await evaluateCommand(["evaluate"])
      .exitOverride()
      .parseAsync(["--config", CONFIG, ...options], { from: "user" });
  }

  test("gives figures of all requests, in text and JSON", async () => {
    const { out } = await sampled("--size", "200");
    await evaluated("--data", out);
    expect(printed.output).toMatch(/ {6}the rows were drawn with known chances: all figures are of the [67]\d\d requests they stand for\n/);
    await evaluated("--data", out, "--json");
    const { population, rows, neededStrong, policies } = JSON.parse(printed.output) as {
      population: { requests: number; worth: number };
      rows: number;
      neededStrong: number;
      policies: { figures: { rows: number; weakShare: { value: number; low: number; high: number } } }[];
    };
    expect(rows).toBe(200);
    expect(Math.abs(population.requests - 699)).toBeLessThan(60);
    expect(population.worth).toBeLessThan(200);
    const truth = ROWS.reduce((sum, { weak, like = 1 }) => sum + (weak === 0 ? like : 0), 0) / 699;
    expect(Math.abs(neededStrong - truth)).toBeLessThan(0.06);
    expect(policies[0]?.figures.rows).toBe(200);
  });

  test.each([
    [{ inclusion: 0 }, 'column "inclusion": expected the chance to be drawn, over 0 and at most 1, found 0'],
    [{ inclusion: 1.5 }, "found 1.5"],
    [{ inclusion: 0.5, like: 0 }, 'column "like": expected how many requests the row stands for, from 1 up, found 0'],
  ])("refuses %j", async (columns, message) => {
    const file = join(folder, "bad.jsonl");
    writeFileSync(file, linesOf({ prompt: "Hi", weak: 1, strong: 1, ...columns }));
    await expect(evaluated("--data", file)).rejects.toThrow(message);
  });

  test("refuses a file in which some rows have a chance and others none", async () => {
    const file = join(folder, "mixed.jsonl");
    writeFileSync(file, linesOf({ prompt: "Hi", label: "weak", inclusion: 0.5 }, { prompt: "Ho", label: "weak" }));
    await expect(evaluated("--data", file)).rejects.toThrow("the row has no chance to be drawn (inclusion), the rows before it one");
  });

  test("leaves a column `like` alone where nothing says that the rows were drawn", async () => {
    const file = join(folder, "likes.jsonl");
    writeFileSync(file, linesOf(...ROWS.map((row) => ({ ...row, like: "many" }))));
    await evaluated("--data", file, "--json");
    expect(JSON.parse(printed.output)).not.toHaveProperty("population");
  });
});
