// The decision log's file under a running process: full disk, read-only disk, deleted, moved away, a folder in its place. In every case
// the lines counted as written are the lines in the files, whole, each once.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { accessLogClient } from "../support/access-log-client.ts";
import { metric } from "../support/metrics.ts";
import { startSluice } from "../support/sluice.ts";
import { noSmallDisk, remount, smallDisk } from "../support/small-disk.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

async function start(folder: string, maxMB = 100) {
  const log: string[] = [];
  const config = `decisionLog: { to: file, file: "${folder}/decisions.jsonl", maxMB: ${maxMB} }\nshutdown: { graceMs: 500 }`;
  const sluice = await startSluice({ config, onLine: (line) => log.push(line) });
  const client = accessLogClient(sluice.extProc);
  stopAtEnd(async () => client.close());
  const counted = (result: "written" | "dropped") => metric(sluice.adminUrl, "sluice_decision_log_lines_total", { result });
  const waiting = () => metric(sluice.adminUrl, "sluice_sink_waiting", { sink: "decision-log" });
  let sent = 0;
  const send = async (count: number) => {
    await client.send(Array.from({ length: count }, () => `request-${sent++}`));
  };
  const said = (text: string) => waitFor(`the log says: ${text}`, () => log.some((line) => line.includes(text)));
  const allWritten = () => waitFor("all are written", async () => (await counted("written")) === sent, 20_000);
  return { file: join(folder, "decisions.jsonl"), log, sluice, send, counted, waiting, said, allWritten };
}

/** Of all files in the folder. Throws when a line is no JSON. */
function idsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith("decisions") && !name.endsWith(".folder"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { readonly requestId: string }).requestId);
}

const idsUpTo = (count: number) => Array.from({ length: count }, (_, i) => `request-${i}`).sort();

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe.skipIf(noSmallDisk !== undefined)(`a small disk${noSmallDisk === undefined ? "" : ` (skipped: ${noSmallDisk})`}`, () => {
  test("that is full and then freed: counted as written is what stands in the files at any time, and no line is lost", async () => {
    const folder = smallDisk(64);
    const { send, counted, waiting, said, allWritten, log } = await start(folder);
    const ballast = join(folder, "ballast");
    writeFileSync(ballast, Buffer.alloc(40 << 10));
    for (let i = 0; i < 5; i++) await send(100); // 80 KB and more
    await said("cannot be written: its lines wait");
    expect(log.find((line) => line.includes("its lines wait"))).toContain("ENOSPC");
    await waitFor("all wait that are not written", async () => (await counted("written")) + (await waiting()) === 500);
    expect(idsIn(folder)).toHaveLength(await counted("written"));
    expect(await counted("written")).toBeGreaterThan(0);
    rmSync(ballast);
    await waitFor("more is written", async () => (await counted("written")) > 100);
    remount(folder, "size=512k");
    await allWritten();
    await said("written again");
    expect([...idsIn(folder)].sort()).toEqual(idsUpTo(500));
    expect(await counted("dropped")).toBe(0);
  });

  test("that stays full to the end: what is lost is said with its number, and no half line is left", async () => {
    const folder = smallDisk(64);
    const { send, sluice, counted, said, log, file } = await start(folder);
    for (let i = 0; i < 5; i++) await send(100);
    await said("its lines wait");
    const written = await counted("written");
    await sluice.stop();
    expect(sluice.child.exitCode()).toBe(0);
    expect(idsIn(folder)).toHaveLength(written);
    expect(readFileSync(file, "utf8").endsWith("\n")).toBe(true);
    const lost = log.filter((line) => line.includes("lines of the decision log are lost"));
    expect(lost.map((line) => (JSON.parse(line) as { readonly count: number }).count)).toEqual([500 - written]);
  });

  test("that is read-only for a while: no line is lost", async () => {
    const folder = smallDisk(1024);
    remount(folder, "ro");
    const { send, said, allWritten } = await start(folder);
    await send(20);
    await said("EROFS");
    remount(folder, "rw");
    await allWritten();
    expect([...idsIn(folder)].sort()).toEqual(idsUpTo(20));
  });
});

describe("a file that others touch while lines are written", () => {
  const CASES: readonly (readonly [string, (file: string) => void, readonly string[]])[] = [
    ["deleted", (file) => rmSync(file), []],
    ["moved away, as logrotate's `create` does without a signal", (file) => renameSync(file, `${file}.1`), ["decisions.jsonl.1"]],
    ["cut to nothing, as logrotate's `copytruncate` does", (file) => truncateSync(file), []],
  ];

  test.each(CASES)("%s: what comes then stands in the file at the path", async (_name, touch, older) => {
    const folder = newFolder();
    const { file, send, allWritten } = await start(folder);
    await send(10);
    await allWritten();
    touch(file);
    await send(40);
    await allWritten();
    expect(readdirSync(folder).sort()).toEqual(["decisions.jsonl", ...older]);
    expect(idsIn(folder)).toHaveLength(older.length === 0 ? 40 : 50);
  });

  test("moved away and SIGHUP: a new file is there before the next line, and the process has let go of the old one", async () => {
    const folder = newFolder();
    const { file, send, allWritten, sluice } = await start(folder);
    await send(10);
    await allWritten();
    renameSync(file, `${file}.1`);
    sluice.child.signal("SIGHUP");
    await waitFor("there is a new file", () => readdirSync(folder).includes("decisions.jsonl"));
    await send(40);
    await allWritten();
    expect([...idsIn(folder)].sort()).toEqual(idsUpTo(50));
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(40);
  });

  test("a folder put in its place for a while: the lines wait, that is said, and all are written when it is gone", async () => {
    const folder = newFolder();
    const { file, send, allWritten, said } = await start(folder);
    await send(10);
    await allWritten();
    renameSync(file, `${file}.1`);
    mkdirSync(file);
    await send(40);
    await said("EISDIR");
    rmdirSync(file);
    await allWritten();
    expect([...idsIn(folder)].sort()).toEqual(idsUpTo(50));
  });

  test("begun anew by size under load: nothing is lost or doubled between the files", async () => {
    const folder = newFolder();
    const { send, allWritten } = await start(folder, 1);
    for (let i = 0; i < 50; i++) await send(200);
    await allWritten();
    expect(readdirSync(folder).length).toBeGreaterThan(1);
    expect([...idsIn(folder)].sort()).toEqual(idsUpTo(10_000));
  });
});
