// A log file that others delete, move, cut, or leave half a line in: a line counted as written stands in a file, whole and once.
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type LogFileSettings, logFile } from "../../../src/outcome/output/log-file.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function setup(settings: Partial<LogFileSettings> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "log.jsonl");
  const target = logFile({ path, maxBytes: 100, keep: 2, now: Date.now, onRotated: () => {}, onNotRotated: () => {}, ...settings });
  ends.push(() => target.close());
  const textOf = (name: string) => readFileSync(join(folder, name), "utf8");
  return { folder, path, target, textOf };
}

const DONE = { kind: "done", lines: 1 };

describe("a file that others touch", () => {
  test.each([
    ["deleted", (path: string) => rmSync(path), "b\n"],
    ["moved away", (path: string) => renameSync(path, `${path}.old`), "b\n"],
    ["put in another's place", (path: string) => replace(path), "other\nb\n"],
    ["cut to nothing", (path: string) => truncateSync(path), "b\n"],
    ["left with half a line", (path: string) => replace(path, "half"), "half\nb\n"],
  ])("%s: the next line stands in the file that is there then", async (_name, touch, expected) => {
    const { path, target, textOf } = setup();
    expect(await target.write(["a\n"])).toEqual(DONE);
    touch(path);
    expect(await target.write(["b\n"])).toEqual(DONE);
    expect(textOf("log.jsonl")).toBe(expected);
  });

  test("its folder deleted: it is made again", async () => {
    const { folder, target, textOf } = setup();
    await target.write(["a\n"]);
    rmSync(folder, { recursive: true });
    expect(await target.write(["b\n"])).toEqual(DONE);
    expect(textOf("log.jsonl")).toBe("b\n");
  });

  test("moved away and opened again when asked, a new file is there at once, and the old one is let go", async () => {
    const { path, target, textOf } = setup();
    await target.write(["a\n"]);
    renameSync(path, `${path}.old`);
    await target.reopen();
    expect(textOf("log.jsonl")).toBe("");
    appendFileSync(`${path}.old`, "compressed\n");
    await target.write(["b\n"]);
    expect([textOf("log.jsonl"), textOf("log.jsonl.old")]).toEqual(["b\n", "a\ncompressed\n"]);
  });
});

function replace(path: string, text = "other\n"): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

describe("a new file is begun", () => {
  test("when the old one is full; the oldest goes", async () => {
    const { target, folder, textOf } = setup({ maxBytes: 2 });
    for (const line of ["a\n", "b\n", "c\n", "d\n"]) await target.write([line]);
    expect(readdirSync(folder).sort()).toEqual(["log.1.jsonl", "log.2.jsonl", "log.jsonl"]);
    expect(["log.2.jsonl", "log.1.jsonl", "log.jsonl"].map(textOf)).toEqual(["b\n", "c\n", "d\n"]);
  });

  test("on another day, by the host's clock", async () => {
    let now = new Date(2026, 4, 6, 23, 59, 59).getTime();
    const { target, textOf } = setup({ now: () => now });
    await target.write(["before\n"]);
    now += 2000;
    await target.write(["after\n"]);
    expect([textOf("log.1.jsonl"), textOf("log.jsonl")]).toEqual(["before\n", "after\n"]);
  });

  test("by a process that finds one of yesterday, too", async () => {
    const { target, path, textOf } = setup();
    writeFileSync(path, "yesterday\n");
    const yesterday = Date.now() / 1000 - 24 * 3600;
    utimesSync(path, yesterday, yesterday);
    await target.write(["today\n"]);
    expect([textOf("log.1.jsonl"), textOf("log.jsonl")]).toEqual(["yesterday\n", "today\n"]);
  });

  test("never where something else does it", async () => {
    const { target, path, folder } = setup({ keep: 0 });
    writeFileSync(path, `${"x".repeat(200)}\n`);
    utimesSync(path, 1, 1);
    await target.write(["a\n"]);
    expect(readdirSync(folder)).toEqual(["log.jsonl"]);
  });

  test("not for an empty one", async () => {
    const { target, path, folder } = setup();
    writeFileSync(path, "");
    utimesSync(path, 1, 1);
    await target.write(["a\n"]);
    expect(readdirSync(folder)).toEqual(["log.jsonl"]);
  });
});
