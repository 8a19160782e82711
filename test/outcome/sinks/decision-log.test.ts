// The decision log on real files: written, begun anew by size, and a file that cannot be written, or is none, hurts nobody.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { decisionLog, type LoggedSettings } from "../../../src/outcome/sinks/decision-log.ts";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";
import { waitFor } from "../../support/wait-for.ts";
import { outcome } from "./outcomes.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function setup(config: Partial<LoggedSettings> = {}) {
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
  const files = async (result: "begun" | "failed") => {
    const { text } = await metrics.expose("prometheus");
    return Number(new RegExp(`sluice_decision_log_files_total{result="${result}"} (\\d+)`).exec(text)?.[1] ?? 0);
  };
  const waiting = async () => {
    const { text } = await metrics.expose("prometheus");
    return Number(/sluice_sink_waiting\{sink="decision-log"\} (\d+)/.exec(text)?.[1] ?? 0);
  };
  return { folder, file, sink, warnings, lines, files, waiting };
}

function fifoIn(folder: string): string {
  execFileSync("mkfifo", [join(folder, "fifo")]);
  return join(folder, "fifo");
}

describe("the decision log", () => {
  test("is off unless asked for", () => {
    expect(setup({ to: "off" }).sink).toBeUndefined();
  });

  test("writes a rating as a line that names its request, and signals where it is asked to", async () => {
    const { sink, file, lines } = setup({ words: true });
    sink?.word?.("id-1", { rating: 2 });
    sink?.word?.("id-1", { signal: "repeat" });
    await waitFor("both lines", async () => (await lines("written")) === 2);
    const written = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(written.map((line) => JSON.parse(line) as object)).toEqual([
      { time: expect.stringMatching(/^20.*Z$/), requestId: "id-1", rating: 2 },
      { time: expect.stringMatching(/^20.*Z$/), requestId: "id-1", signal: "repeat" },
    ]);
    const without = setup();
    without.sink?.word?.("id-1", { signal: "repeat" });
    without.sink?.word?.("id-1", { rating: 2 });
    await without.sink?.close(5000);
    expect(readFileSync(without.file, "utf8")).toMatch(/^\{"time":"20[^"]*","requestId":"id-1","rating":2\}\n$/);
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
    const { sink, folder, lines, files } = setup({ keep: 2 });
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
    expect([(await files("begun")) > 2, await files("failed")]).toEqual([true, 0]);
  });

  test("makes the folder of its file", async () => {
    const { folder } = setup();
    const { sink } = setup({ file: join(folder, "new", "log.jsonl") });
    sink?.outcome(outcome());
    await sink?.close(5000);
    expect(readFileSync(join(folder, "new", "log.jsonl"), "utf8")).toContain("id-1");
  });

  test.each([
    ["a device in the place of the file", () => "/dev/full", "not a file"],
    ["a folder in the place of the file", (folder: string) => folder, "EISDIR"],
    ["a folder that cannot be made", () => "/dev/null/decisions.jsonl", "ENOTDIR"],
    ["a FIFO that nobody reads", fifoIn, "not a file"],
  ])(
    "%s: lines wait, that is said in the log once, not once a line, and at the end they are counted as dropped",
    async (_name, fileIn, cause) => {
      const { folder } = setup();
      const { sink, warnings, lines, waiting } = setup({ file: fileIn(folder) });
      for (let i = 0; i < 5; i++) sink?.outcome(outcome());
      await waitFor("that is said", () => warnings.length > 0);
      expect(await waiting()).toBe(5);
      sink?.outcome(outcome());
      expect(await waiting()).toBe(6);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain("cannot be written: its lines wait");
      expect(warnings[0]).toContain(cause);
      await sink?.close(1000);
      expect([await lines("written"), await lines("dropped"), await waiting()]).toEqual([0, 6, 0]);
      expect(warnings[1]).toContain("lines of the decision log are lost");
    },
  );

  test("what waited for a folder to go from the file's place is written then", async () => {
    const { file, sink, warnings, lines } = setup();
    mkdirSync(file);
    sink?.outcome(outcome({ requestId: "a" }));
    await waitFor("it waits", () => warnings.length > 0);
    rmdirSync(file);
    await waitFor("it is written", async () => (await lines("written")) === 1);
    expect(readFileSync(file, "utf8")).toContain('"requestId":"a"');
  });

  test("a new file cannot be begun: the old one is written on, and that is said and counted", async () => {
    const { folder, file, sink, warnings, lines, files } = setup({ keep: 1 });
    mkdirSync(join(folder, "decisions.1.jsonl", "full"), { recursive: true });
    writeFileSync(file, `${"x".repeat(1 << 20)}\n`);
    for (const written of [1, 2]) {
      sink?.outcome(outcome());
      await waitFor("it is written", async () => (await lines("written")) === written);
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("no new file is begun");
    expect([await files("begun"), await files("failed")]).toEqual([0, 1]);
  });
});
