import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loopLine, readLoop } from "../../../src/study/loop/read-loop.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-loop-"));

function fileOf(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function rowsOf(...files: string[]) {
  const rows = [];
  for await (const { row } of readLoop(files)) rows.push(row);
  return rows;
}

const ROW = { id: "r-1", request: { messages: [{ role: "user", content: "Hi" }] }, inclusion: 0.25 };

describe("files of the learning loop", () => {
  test("are read as they were written, packed too, with columns that nobody knows", async () => {
    const own = { ...ROW, id: "r-2", team: "search" };
    const files = [fileOf("a.jsonl", loopLine(ROW)), fileOf("b.jsonl.gz", gzipSync(loopLine(own)))];
    expect(await rowsOf(...files)).toEqual([ROW, own]);
  });

  test.each([
    ["a row without an id", `{"request": {}}\n`, "expected an id, text, found nothing"],
    ["a row without a request", `{"id": "a"}\n`, "expected a request, the body as an object, found nothing"],
    ["a request that is text", `{"id": "a", "request": "Hi"}\n`, 'expected a request, the body as an object, found "Hi"'],
  ])("refuse %s, saying where", async (_, content, message) => {
    const file = fileOf("bad.jsonl", content);
    await expect(rowsOf(file)).rejects.toThrow(`${file}:1: ${message}`);
  });

  test("refuse a table", async () => {
    await expect(rowsOf(fileOf("a.csv", "prompt,label\nHi,weak\n"))).rejects.toThrow("expected JSON Lines");
  });
});
