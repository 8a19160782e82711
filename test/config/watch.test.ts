import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ConfigWatcher, watchConfig } from "../../src/config/watch.ts";
import { waitFor } from "../support/wait-for.ts";

let folder: string;
let watcher: ConfigWatcher | undefined;
let changes: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-watch-"));
  changes = 0;
  models = [];
});
afterEach(() => {
  watcher?.close();
  rmSync(folder, { recursive: true, force: true });
});

const NEVER_MS = 1_000_000; // so that only events can be what was noticed
const at = (name: string) => join(folder, name);
let models: readonly string[] = [];
function watching(path: string, fallbackMs = NEVER_MS): void {
  watcher = watchConfig(
    path,
    () => changes++,
    () => models,
    fallbackMs,
  );
}
const noticed = (count: number) => waitFor(`${count} changes noticed`, () => changes >= count);

/** As Kubernetes lays out a mounted ConfigMap: the file is a link into `..data`, itself a link that is swapped by a rename. */
function mountVersion(version: string, content: string): void {
  mkdirSync(at(version));
  writeFileSync(join(at(version), "sluice.yaml"), content);
  symlinkSync(version, at("..data_tmp"));
  renameSync(at("..data_tmp"), at("..data"));
}

describe("a change is noticed", () => {
  test("of a file written in place, each time", async () => {
    writeFileSync(at("a.yaml"), "1");
    watching(at("a.yaml"));
    writeFileSync(at("a.yaml"), "2");
    await noticed(1);
    writeFileSync(at("a.yaml"), "3");
    await noticed(2);
  });

  test("of a file replaced by a rename, each time", async () => {
    writeFileSync(at("a.yaml"), "1");
    watching(at("a.yaml"));
    for (const count of [1, 2]) {
      writeFileSync(at("new"), `${count} new`);
      renameSync(at("new"), at("a.yaml"));
      await noticed(count);
    }
  });

  test("of a ConfigMap, through the swap of its symbolic link, each time", async () => {
    mountVersion("..1", "1");
    symlinkSync("..data/sluice.yaml", at("sluice.yaml"));
    watching(at("sluice.yaml"));
    for (const count of [1, 2]) {
      mountVersion(`..${count + 1}`, `${count} new`);
      rmSync(at(`..${count}`), { recursive: true });
      await noticed(count);
    }
  });

  test("of the file that a link in another folder leads to", async () => {
    mkdirSync(at("real"));
    mkdirSync(at("link"));
    writeFileSync(at("real/a.yaml"), "1");
    symlinkSync(at("real/a.yaml"), at("link/a.yaml"));
    watching(at("link/a.yaml"));
    writeFileSync(at("real/a.yaml"), "2");
    await noticed(1);
  });

  test("of a model in another folder, and of one that a changed file names from then on", async () => {
    for (const name of ["old", "new"]) {
      mkdirSync(at(name));
      writeFileSync(at(`${name}/m.json`), "1");
    }
    writeFileSync(at("a.yaml"), "1");
    models = [at("old/m.json")];
    watching(at("a.yaml"));
    writeFileSync(at("old/m.json"), "2");
    await noticed(1);
    models = [at("new/m.json")];
    writeFileSync(at("a.yaml"), "2");
    await noticed(2);
    // Written until it is noticed: the new model is taken note of a moment after the file's change.
    let content = 2;
    await waitFor("the new model's change noticed", () => {
      writeFileSync(at("new/m.json"), `${content++}`);
      return changes >= 3;
    });
  });

  test("when the file goes, and when it comes back", async () => {
    writeFileSync(at("a.yaml"), "1");
    watching(at("a.yaml"));
    unlinkSync(at("a.yaml"));
    await noticed(1);
    writeFileSync(at("a.yaml"), "1");
    await noticed(2);
  });

  test("without any event, by comparing: the folder did not exist when watching began", async () => {
    watching(at("later/a.yaml"), 20);
    mkdirSync(at("later"));
    writeFileSync(at("later/a.yaml"), "1");
    await noticed(1);
  });
});

describe("nothing is called", () => {
  test("for the same content written again, or for a neighbour: the next true change is the first call", async () => {
    writeFileSync(at("a.yaml"), "1");
    watching(at("a.yaml"), 10);
    writeFileSync(at("a.yaml"), "1");
    writeFileSync(at("b.yaml"), "x");
    await waitForChecks();
    expect(changes).toBe(0);
    writeFileSync(at("a.yaml"), "2");
    await noticed(1);
    expect(changes).toBe(1);
  });

  test("after closing", async () => {
    writeFileSync(at("a.yaml"), "1");
    watching(at("a.yaml"), 10);
    watcher?.close();
    writeFileSync(at("a.yaml"), "2");
    await waitForChecks();
    expect(changes).toBe(0);
  });
});

/** Until a second watcher, begun before a change of its own, has noticed it: the first had as much time. */
async function waitForChecks(): Promise<void> {
  let seen = false;
  writeFileSync(at("probe.yaml"), "1");
  const probe = watchConfig(at("probe.yaml"), () => {
    seen = true;
  });
  writeFileSync(at("probe.yaml"), "2");
  await waitFor("the probe's change noticed", () => seen);
  probe.close();
}
