import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { labelCommand } from "../../src/cli/label.ts";
import { readExamples } from "../../src/study/dataset/read-examples.ts";
import type { LoopRow } from "../../src/study/loop/loop-row.ts";
import { loopLine } from "../../src/study/loop/read-loop.ts";
import { all } from "../study/dataset/files.ts";
import { rowsFile } from "../study/label/rows.ts";
import { catchPrinted } from "../support/printed.ts";
import { SLUICE_MAIN } from "../support/sluice.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-label-cli-"));
const printed = catchPrinted();
const data = rowsFile();
const labels = join(folder, "labels.jsonl");
const out = join(folder, "labelled.jsonl");
const children: ChildProcess[] = [];
afterEach(() => {
  for (const path of [labels, out]) rmSync(path, { force: true });
});
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function run(...options: string[]): Promise<void> {
  await labelCommand().exitOverride().parseAsync(options, { from: "user" });
}

function writeLabels(...entries: readonly object[]): void {
  writeFileSync(labels, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
}

describe("sluice label", () => {
  test("writes rows that evaluate and train read, and counts what it left out", async () => {
    writeLabels(
      { id: "r-1", by: "ana", needed: "strong", better: "strong" },
      { id: "r-2", by: "ana", needed: "weak", better: "tie" },
      { id: "r-2", by: "ben", needed: "strong", better: "strong" },
      { id: "r-3", by: "ana", better: "tie" },
      { id: "r-5", by: "ben", needed: "weak" },
    );
    await run("--data", data, "--labels", labels, "--out", out);
    expect(printed.messages).toBe(`wrote ${out}: 2 rows, left out 1 disputed, left out 1 neither, left out 2 unlabelled\n`);
    const examples = await all(readExamples([out]));
    expect(examples.map(({ truth, group }) => [truth, group])).toEqual([
      [{ kind: "label", needed: "strong" }, undefined],
      [{ kind: "label", needed: "weak" }, "agents"],
    ]);
    await run("--data", data, "--labels", labels, "--out", out, "--truth", "scores");
    const scored = await all(readExamples([out]));
    expect(scored.map(({ truth }) => truth)).toEqual([
      { kind: "scores", weak: 0, strong: 1 },
      { kind: "scores", weak: 0.25, strong: 0.75 },
      { kind: "scores", weak: 0.5, strong: 0.5 },
    ]);
  });

  test("says how far two people agree, from labels and from rows that carry them", async () => {
    writeLabels({ id: "r-1", by: "ana", needed: "weak" }, { id: "r-2", by: "ana", needed: "strong" });
    const rows: readonly LoopRow[] = ["r-1", "r-2"].map((id) => ({ id, request: {}, labels: [{ by: "ben", needed: "weak" }] }));
    writeFileSync(out, rows.map(loopLine).join(""));
    await run("--agreement", labels, out);
    expect(printed.output).toContain("which tier is needed: agree on 50 % [9–91] of 2, kappa 0.00");
    printed.output = "";
    await run("--agreement", labels, out, "--json");
    expect(JSON.parse(printed.output)).toMatchObject({ pairs: [{ people: ["ana", "ben"], needed: { rows: 2 } }] });
  });

  test("goes to a spreadsheet and back", async () => {
    const sheet = join(folder, "sheet.csv");
    await run("--data", data, "--by", "ana", "--export", sheet);
    const filled = readFileSync(sheet, "utf8").replaceAll('"weak / strong",""', '"weak / strong","strong"');
    writeFileSync(sheet, filled);
    await run("--data", data, "--by", "ana", "--labels", labels, "--import", sheet);
    await run("--data", data, "--by", "ana", "--labels", labels, "--import", sheet);
    expect(printed.messages).toContain(`took 2 labels by ana into ${labels}\ntook 0 labels by ana`);
    expect(readFileSync(labels, "utf8").split("\n")).toHaveLength(3);
  });

  test.each([
    ["nobody's name", ["--data", data, "--labels", labels]],
    ["no rows", ["--by", "ana", "--labels", labels]],
    ["no file for labels", ["--data", data, "--by", "ana"]],
    ["two files for labels", ["--data", data, "--by", "ana", "--labels", labels, out]],
    ["two things to do", ["--data", data, "--labels", labels, "--out", out, "--agreement", labels]],
  ])("is refused with %s", async (_, options) => {
    await expect(run(...options)).rejects.toMatchObject({ code: "label-usage", exitCode: 2 });
    expect(existsSync(labels)).toBe(false);
  });

  test("leaves no half file behind where a row is bad", async () => {
    writeLabels({ id: "r-1", by: "ana", needed: "weak" });
    writeFileSync(out, "as it was");
    const bad = join(folder, "bad.jsonl");
    writeFileSync(bad, `${readFileSync(data, "utf8")}{"id":\n`);
    await expect(run("--data", bad, "--labels", labels, "--out", out)).rejects.toMatchObject({ code: "data-invalid" });
    expect(readFileSync(out, "utf8")).toBe("as it was");
  });

  test("serves its page on this machine alone until Ctrl-C, with what was said on the disk", async () => {
    const child = spawn(process.execPath, [SLUICE_MAIN, "label", "--data", data, "--labels", labels, "--by", "ana"], { stdio: "pipe" });
    children.push(child);
    const url = await new Promise<string>((resolve) => child.stdout.once("data", (line: Buffer) => resolve(line.toString().trim())));
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/);
    expect(await (await fetch(url)).text()).toContain("Labels by <bdi>ana</bdi>");
    const body = JSON.stringify({ at: 5, choice: "weak", note: "" });
    const said = await fetch(`${url}labels`, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(said.status).toBe(200);
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    let told = "";
    child.stderr.on("data", (text: Buffer) => {
      told += text.toString();
    });
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(told).toContain("1 of 6 rows labelled by ana");
    expect(JSON.parse(readFileSync(labels, "utf8"))).toMatchObject({ id: "r-6", by: "ana", needed: "weak" });
  });
});
