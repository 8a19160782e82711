import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FileWatcher, watchFiles } from "../../src/config/watch.ts";
import { waitFor } from "../support/wait-for.ts";

let folder: string;
let watcher: FileWatcher | undefined;
let touches: number;
let files: readonly string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-watch-"));
});
afterEach(() => {
  watcher?.close();
  rmSync(folder, { recursive: true, force: true });
});

const NEVER_MS = 1_000_000; // so that only events can be what was noticed
const at = (name: string) => join(folder, name);

/** Resolves when it has begun, which counts as a touch. */
async function watching(paths: readonly string[], lookMs = NEVER_MS): Promise<void> {
  touches = 0;
  files = paths;
  watcher = watchFiles(
    () => files,
    () => touches++,
    lookMs,
  );
  await waitFor("watching began", () => touches > 0);
  touches = 0;
}

async function noticed(act: () => void): Promise<void> {
  const before = touches;
  act();
  await waitFor("a touch", () => touches > before);
}

/** As Kubernetes lays out a mounted ConfigMap: the file is a link into `..data`, itself a link that is swapped by a rename. */
function mountVersion(version: string, content: string): void {
  mkdirSync(at(version));
  writeFileSync(join(at(version), "sluice.yaml"), content);
  symlinkSync(version, at("..data_tmp"));
  renameSync(at("..data_tmp"), at("..data"));
}

describe("it is noticed, each time,", () => {
  test("that a file is written in place", async () => {
    writeFileSync(at("a.yaml"), "1");
    await watching([at("a.yaml")]);
    await noticed(() => writeFileSync(at("a.yaml"), "2"));
    await noticed(() => writeFileSync(at("a.yaml"), "3"));
  });

  test("that a file is replaced by a rename", async () => {
    writeFileSync(at("a.yaml"), "1");
    await watching([at("a.yaml")]);
    for (const content of ["2", "3"]) {
      writeFileSync(at("new"), content);
      await noticed(() => renameSync(at("new"), at("a.yaml")));
    }
  });

  test("that the symbolic link of a ConfigMap is swapped", async () => {
    mountVersion("..1", "1");
    symlinkSync("..data/sluice.yaml", at("sluice.yaml"));
    await watching([at("sluice.yaml")]);
    for (const count of [1, 2]) {
      await noticed(() => mountVersion(`..${count + 1}`, `${count} new`));
      rmSync(at(`..${count}`), { recursive: true });
    }
  });

  test("that the file is written that a link in another folder leads to", async () => {
    mkdirSync(at("real"));
    mkdirSync(at("link"));
    writeFileSync(at("real/a.yaml"), "1");
    symlinkSync(at("real/a.yaml"), at("link/a.yaml"));
    await watching([at("link/a.yaml")]);
    await noticed(() => writeFileSync(at("real/a.yaml"), "2"));
    await noticed(() => writeFileSync(at("real/a.yaml"), "3"));
  });

  test("that one of several files is written, and one that is named later", async () => {
    for (const name of ["old", "new"]) mkdirSync(at(name));
    writeFileSync(at("a.yaml"), "1");
    await watching([at("a.yaml"), at("old/m.json")]);
    await noticed(() => writeFileSync(at("old/m.json"), "2"));
    files = [at("a.yaml"), at("new/m.json")];
    await noticed(() => writeFileSync(at("a.yaml"), "2"));
    await noticed(() => {}); // a new folder is one in which something may have happened before
    await noticed(() => writeFileSync(at("new/m.json"), "3"));
  });

  test("that a file goes, and comes back", async () => {
    writeFileSync(at("a.yaml"), "1");
    await watching([at("a.yaml")]);
    await noticed(() => unlinkSync(at("a.yaml")));
    await noticed(() => writeFileSync(at("a.yaml"), "1"));
  });

  test("without any event, by looking: the folder did not exist when watching began", async () => {
    await watching([at("later/a.yaml")], 20);
    await noticed(() => mkdirSync(at("later")));
  });
});

describe("nothing is noticed", () => {
  test("of a neighbour", async () => {
    writeFileSync(at("a.yaml"), "1");
    await watching([at("a.yaml")]);
    writeFileSync(at("decisions.jsonl"), "x");
    await waitForEvents();
    expect(touches).toBe(0);
  });

  test("after closing", async () => {
    writeFileSync(at("a.yaml"), "1");
    await watching([at("a.yaml")], 10);
    watcher?.close();
    touches = 0;
    writeFileSync(at("a.yaml"), "2");
    await waitForEvents();
    expect(touches).toBe(0);
  });
});

/** Until a second watcher of the same folder has noticed a later change: the first had as much time. */
async function waitForEvents(): Promise<void> {
  let seen = 0;
  const probe = watchFiles(
    () => [at("probe.yaml")],
    () => seen++,
    NEVER_MS,
  );
  await waitFor("the probe began", () => seen > 0);
  seen = 0;
  writeFileSync(at("probe.yaml"), "1");
  await waitFor("the probe's change noticed", () => seen > 0);
  probe.close();
}
