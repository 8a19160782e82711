// The decision log on real files: written, begun anew by size, and a file that cannot be written, or is none, hurts nobody.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { decisionLog } from "../../../src/outcome/sinks/decision-log.ts";
import type { DecisionLogSettings } from "../../../src/outcome/sinks/settings.ts";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";
import { waitFor } from "../../support/wait-for.ts";
import { outcome } from "./outcomes.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function setup(config: Partial<DecisionLogSettings> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const warnings: string[] = [];
  const metrics = createMetrics();
  const log = createLogger({ level: "warn", destination: { write: (line) => void warnings.push(line) } });
  const file = join(folder, "decisions.jsonl");
  const sink = decisionLog({ to: "file", file, maxMB: 1, keep: 3, ...config }, { metrics, log });
  ends.push(() => sink?.close(1000));
  const lines = async (result: "written" | "dropped") => {
    const { text } = await metrics.expose("prometheus");
    return Number(new RegExp(`sluice_decision_log_lines_total{result="${result}"} (\\d+)`).exec(text)?.[1] ?? 0);
  };
  return { folder, file, sink, warnings, lines };
}

describe("the decision log", () => {
  test("is off unless asked for", () => {
    expect(setup({ to: "off" }).sink).toBeUndefined();
  });

  test("writes a line per outcome, and counts it", async () => {
    const { sink, file, lines } = setup();
    for (const requestId of ["a", "b", "c"]) sink?.outcome(outcome({ requestId }));
    await sink?.close(5000);
    const written = readFileSync(file, "utf8").trim().split("\n");
    expect(written.map((line) => (JSON.parse(line) as { requestId: string }).requestId)).toEqual(["a", "b", "c"]);
    expect(await lines("written")).toBe(3);
  });

  test("begins a new file when one is full, keeps the number asked for, and loses no line in between", async () => {
    const { sink, folder, lines } = setup({ keep: 2 });
    const text = "x".repeat(3000);
    for (let written = 0; written < 1600; written += 200) {
      for (let i = 0; i < 200; i++) sink?.outcome(outcome({ requestId: `${written + i}` }, { prompt: { text, cut: false } }));
      await waitFor("the lines are written", async () => (await lines("written")) === written + 200);
    }
    await sink?.close(5000);
    expect(readdirSync(folder).sort()).toEqual(["decisions.1.jsonl", "decisions.2.jsonl", "decisions.jsonl"]);
    const ids = ["decisions.2.jsonl", "decisions.1.jsonl", "decisions.jsonl"].flatMap((name) =>
      readFileSync(join(folder, name), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => Number((JSON.parse(line) as { requestId: string }).requestId)),
    );
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, i) => 1600 - ids.length + i));
    expect(await lines("dropped")).toBe(0);
  });

  test("makes the folder of its file", async () => {
    const { folder } = setup();
    const { sink } = setup({ file: join(folder, "new", "log.jsonl") });
    sink?.outcome(outcome());
    await sink?.close(5000);
    expect(readFileSync(join(folder, "new", "log.jsonl"), "utf8")).toContain("id-1");
  });

  test.each([
    ["a device in the place of the file", "/dev/full", "not a file"],
    ["a folder that cannot be made", "/dev/null/decisions.jsonl", "ENOTDIR"],
  ])("%s: lines are dropped, counted, and said in the log once, not once a line", async (_name, file, cause) => {
    const { sink, warnings, lines } = setup({ file });
    for (let i = 0; i < 5; i++) sink?.outcome(outcome());
    await waitFor("the lines are given up", async () => (await lines("dropped")) === 5);
    sink?.outcome(outcome());
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("lines of the decision log are lost");
    expect(warnings[0]).toContain(cause);
  });

  test("a FIFO that nobody reads, in the place of the file, holds up nobody", async () => {
    const { folder } = setup();
    const fifo = join(folder, "fifo");
    execFileSync("mkfifo", [fifo]);
    const { sink, lines } = setup({ file: fifo });
    for (let i = 0; i < 10; i++) sink?.outcome(outcome());
    await waitFor("the lines are given up", async () => (await lines("dropped")) === 10);
  });
});
