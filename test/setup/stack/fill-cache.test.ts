// A cache that holds whole things only, whatever fails and whoever else fills it.
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { fillCache } from "../../../src/setup/stack/fill-cache.ts";

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "sluice-test-")), "cache", "it");
});

function makeFile(text: string) {
  return async (work: string) => {
    await writeFile(join(work, "made"), text);
    return join(work, "made");
  };
}

function makeFolder(text: string) {
  return async (work: string) => {
    await mkdir(join(work, "made"));
    await writeFile(join(work, "made", "file"), text);
    return join(work, "made");
  };
}

describe("fillCache", () => {
  it("makes what is missing, and only that", async () => {
    expect(await fillCache(path, makeFile("first"))).toBe(path);
    await fillCache(path, makeFile("second"));
    expect(readFileSync(path, "utf8")).toBe("first");
    expect(readdirSync(join(path, ".."))).toEqual(["it"]);
  });

  it("leaves nothing behind when making fails half-way", async () => {
    const make = async (work: string) => {
      await writeFile(join(work, "made"), "half");
      throw new Error("disk full");
    };
    await expect(fillCache(path, make)).rejects.toThrow("disk full");
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  it("takes the folder of another process that was faster", async () => {
    await fillCache(path, async (work) => {
      await fillCache(path, makeFolder("theirs"));
      return makeFolder("ours")(work);
    });
    expect(readFileSync(join(path, "file"), "utf8")).toBe("theirs");
    expect(readdirSync(join(path, ".."))).toEqual(["it"]);
  });

  it("fails when what was made cannot be moved", async () => {
    await expect(fillCache(path, async (work) => join(work, "nothing"))).rejects.toThrow("ENOENT");
    expect(existsSync(path)).toBe(false);
  });
});
