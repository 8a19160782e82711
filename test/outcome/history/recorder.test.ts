// The history's file: it outlives the process, two may write it, a damaged one is put aside, and one that cannot be written loses nothing.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { Happening } from "../../../src/outcome/history/history.ts";
import { readHistory } from "../../../src/outcome/history/kept-history.ts";
import { type HistoryRecorder, recordHistory } from "../../../src/outcome/history/recorder.ts";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-history-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let at = 0;
let file = "";
let lines: string[] = [];
let counted: string[] = [];
beforeEach(() => {
  file = join(folder, `${++at}`, "history.json");
  mkdirSync(join(folder, `${at}`));
  lines = [];
  counted = [];
});

const log = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } });
const deps = { metrics: { historyFile: (result: string) => void counted.push(result) }, log };
const opened = (path = file) => recordHistory({ file: path, most: 10 }, deps);
const start = (active: string): Happening => ({
  by: "start",
  active,
  rollout: { candidate: "next@1", share: 0.1, status: "running" },
  versions: [{ policy: active, settingsHash: "0", asks: [], settings: { type: "length", maxChars: 9 } }],
});
const actives = async (recorder: HistoryRecorder) => (await recorder.view()).entries.map(({ active }) => active);

test("what was written is read again, the settings too, by whoever opens it next", async () => {
  const first = opened();
  first.record(start("a@1"));
  first.record(start("b@1"));
  await first.written();
  const second = opened();
  second.record(start("b@1"));
  second.record(start("c@1"));
  expect(await actives(second)).toEqual(["a@1", "b@1", "c@1"]);
  expect(await readHistory(file)).toEqual(await second.view());
  expect((await second.view()).versions[0]?.settings).toEqual({ type: "length", maxChars: 9 });
});

test("two that write one file in turn lose nothing of each other's", async () => {
  const [first, second] = [opened(), opened()];
  for (const active of ["a@1", "b@1"]) {
    first.record(start(active));
    await first.written();
    second.record(start(`${active}1`));
    await second.written();
  }
  expect(await actives(first)).toEqual(["a@1", "a@11", "b@1", "b@11"]);
});

test.each([
  ["no JSON", "{"],
  ["of another form", '{"version":1,"entries":[{"at":"yesterday"}],"versions":[]}'],
])("a file that is %s is put aside, and that is said and counted", async (_, text) => {
  writeFileSync(file, text);
  const recorder = opened();
  recorder.record(start("a@1"));
  expect(await actives(recorder)).toEqual(["a@1"]);
  expect(readFileSync(`${file}.bad`, "utf8")).toBe(text);
  expect(lines.join("")).toContain("the history's file is damaged");
  expect(counted).toEqual(["bad", "written"]);
});

test("where it cannot be written the entries are kept in memory, counted each, said once, and written when it can be", async () => {
  const recorder = opened(join(folder, "later", "history.json"));
  recorder.record(start("a@1"));
  recorder.record(start("b@1"));
  expect(await actives(recorder)).toEqual(["a@1", "b@1"]);
  expect(lines.filter((line) => line.includes("cannot be written"))).toHaveLength(1);
  expect(counted).toEqual(["failed", "failed"]);
  mkdirSync(join(folder, "later"));
  recorder.record(start("c@1"));
  await recorder.written();
  expect([counted.at(-1), lines.at(-1)]).toEqual(["written", expect.stringContaining("the history's file is written again")]);
  expect(existsSync(join(folder, "later", "history.json"))).toBe(true);
  expect(await actives(opened(join(folder, "later", "history.json")))).toEqual(["a@1", "b@1", "c@1"]);
});

test("without a file it is in memory, and ends with the process", async () => {
  const inMemory = () => recordHistory({ file: undefined, most: 10 }, deps);
  const recorder = inMemory();
  recorder.record(start("a@1"));
  expect(await actives(recorder)).toEqual(["a@1"]);
  expect(await actives(inMemory())).toEqual([]);
});
