import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { trainCommand } from "../../src/cli/train.ts";
import { parseModel } from "../../src/request/policy/learned/model-file.ts";
import { sampleExamples } from "../study/train/sample-examples.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-train-"));
const out = join(folder, "model.json");
const printed = catchPrinted();
beforeEach(() => rmSync(out, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

/** JSON Lines of made-up requests: with a telling word, or without any. */
function dataFile(name: string, telling: number, rows = 600): string {
  const lines = sampleExamples({ rows, telling, truth: "scores" }).map(({ body, truth }) => {
    if (truth.kind !== "scores") throw new Error("scores were asked for");
    return JSON.stringify({ request: JSON.parse(new TextDecoder().decode(body)) as unknown, weak: truth.weak, strong: truth.strong });
  });
  const path = join(folder, name);
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(lines.join("\n")) : lines.join("\n"));
  return path;
}

const telling = dataFile("telling.jsonl.gz", 0.8);
const silent = dataFile("silent.jsonl", 0.05);

async function run(...options: string[]): Promise<void> {
  const command = trainCommand(["train", ...options]).exitOverride();
  await command.parseAsync(["--out", out, "--date", "2026-01-31", ...options], { from: "user" });
}

describe("sluice train", () => {
  test("writes a model that can be read, prints the report and says what it wrote", async () => {
    await run("--data", telling, "--weak-share", "0.7", "--scope", "user");
    const model = parseModel(readFileSync(out));
    expect(model).toMatchObject({ scope: "user", weakShare: 0.7, summary: { rows: 600, forced: false, date: "2026-01-31", seed: 1 } });
    expect(printed.output).toContain("Use the learned policy");
    expect(printed.messages).toMatch(new RegExp(`wrote ${out}: model ${model.id}, \\d+ KiB\n$`));
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
  });

  test("where the labels do not support one, writes no model but the report, and fails", async () => {
    const report = join(folder, "report.txt");
    await expect(run("--data", silent, "--report", report)).rejects.toMatchObject({ code: "train-not-advised", exitCode: 1 });
    expect(existsSync(out)).toBe(false);
    expect(readFileSync(report, "utf8")).toBe(printed.output);
    expect(printed.output).toContain("about 1,000 are usually needed");
  });

  test("writes one all the same with --force, and says that this was not advised", async () => {
    await run("--data", silent, "--force");
    expect(parseModel(readFileSync(out)).summary.forced).toBe(true);
    expect(printed.messages).toContain("against the advice");
  });

  test("prints one JSON object with --json, and writes the same into a report that ends in .json", async () => {
    const report = join(folder, "report.json");
    await run("--data", telling, "--json", "--report", report);
    expect(JSON.parse(printed.output)).toMatchObject({ rows: 600, advice: { use: "learned" }, settings: { weakShare: 0.65 } });
    expect(readFileSync(report, "utf8")).toBe(printed.output);
  });

  test("leaves an older model alone when it fails", async () => {
    writeFileSync(out, "older");
    await expect(run("--data", silent)).rejects.toMatchObject({ code: "train-not-advised" });
    expect(readFileSync(out, "utf8")).toBe("older");
  });

  test("reads columns by other names, and skips bad rows when asked to", async () => {
    const csv = join(folder, "named.csv");
    const rows = sampleExamples({ rows: 300, telling: 0.8, truth: "label" }).map(({ body, truth }) => {
      const { messages: asked } = JSON.parse(new TextDecoder().decode(body)) as { messages: { content: string }[] };
      return `${asked[0]?.content},${truth.kind === "label" ? truth.needed : ""}`;
    });
    writeFileSync(csv, ["question,tier", ...rows, "one more,neither"].join("\n"));
    const columns = ["--columns", "prompt=question,label=tier"];
    await expect(run("--data", csv, ...columns)).rejects.toMatchObject({ code: "data-invalid" });
    await run("--data", csv, ...columns, "--skip-bad", "--force");
    expect(printed.messages).toContain("skipped 1 bad rows");
    expect(printed.messages).toContain("named.csv:302");
  });

  test.each([
    ["a share of 65", ["--weak-share", "65"]],
    ["a share of new topics over 1", ["--new-topics", "2"]],
    ["a negative seed", ["--seed=-1"]],
    ["a date that is none", ["--date", "31.1.2026"]],
    ["an unknown target", ["--target", "anything"]],
  ])("refuses %s as wrong usage", async (_what, options) => {
    await expect(run("--data", telling, ...options)).rejects.toMatchObject({ code: "commander.invalidArgument" });
    expect(existsSync(out)).toBe(false);
  });

  test.each(["--out", "--report"])("says that %s cannot be written before the data is looked at", async (option) => {
    const nowhere = join(folder, "missing", "file");
    await expect(run("--data", "nowhere.jsonl", option, nowhere)).rejects.toMatchObject({
      code: "output-unwritable",
      message: `${nowhere}: cannot be written`,
    });
  });

  test("a request without text is refused, or skipped where bad rows may be", async () => {
    const path = join(folder, "empty.jsonl");
    writeFileSync(path, `{"prompt":" ","label":"weak"}\n{"messages":[{"role":"user","content":""}],"label":"weak"}\n`);
    await expect(run("--data", path)).rejects.toMatchObject({ code: "data-invalid", message: expect.stringContaining(`${path}:2: `) });
  });

  test("reads labels by other words, and requests of other tools", async () => {
    const path = join(folder, "sharegpt.json");
    const rows = sampleExamples({ rows: 300, telling: 0.8, truth: "label" }).map(({ body, truth }) => {
      const { messages: asked } = JSON.parse(new TextDecoder().decode(body)) as { messages: { content: string }[] };
      const label = truth.kind === "label" && truth.needed === "strong" ? 1 : 0;
      return { conversations: [{ from: "human", value: asked[0]?.content }], label };
    });
    writeFileSync(path, JSON.stringify(rows, null, 2));
    await run("--data", path, "--labels", "weak=0", "strong=1", "--force", "--json");
    expect(JSON.parse(printed.output)).toMatchObject({ rows: 300, truth: "label" });
  });

  test("the report tells version, day and command line, and ends with what to do next", async () => {
    await run("--data", silent, "--force");
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    expect(printed.output).toContain(`\nRun\n      sluice train --data ${silent} --force\n      sluice ${version}, 2026-01-31\n`);
    expect(printed.output).toMatch(/\nNext\n {6}collect about 400 more labels [\s\S]*\n {8}\$ sluice train [\s\S]*\n {8}active: \w+\n/);
  });

  test("says when a file cannot be written", async () => {
    const command = trainCommand().exitOverride();
    const nowhere = join(folder, "missing", "m.json");
    await expect(command.parseAsync(["--data", telling, "--out", nowhere], { from: "user" })).rejects.toMatchObject({
      code: "output-unwritable",
      message: `${nowhere}: cannot be written`,
    });
  });
});
