import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseColumns } from "../../../src/study/dataset/columns.ts";
import { collected, linesOf, newFolder, question, rowsIn } from "./collected.ts";

const DECIDED = { tier: "weak", policy: "main@1", reason: "under-thresholds", score: 0.4 };

function logged(requestId: string, prompt: string | undefined, more: object = {}) {
  const outcome = { kind: "joined", tier: "weak", status: 200 };
  const cost = { basis: "exact", inputTokens: 12, outputTokens: 30, usd: 0.001 };
  return { time: "2026-01-31T09:00:00.000Z", requestId, decision: DECIDED, signals: { turns: 1 }, outcome, cost, prompt, ...more };
}

function fileIn(folder: string, name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe("out of decision logs", () => {
  test("come requests with their prompt, what was decided, what came of it and what was said later", async () => {
    const folder = newFolder();
    const older = linesOf(logged("r-1", question(1)), logged("r-2", undefined), logged("r-3", question(3), { promptCut: true }));
    const newer = linesOf(
      { time: "2026-01-31T10:00:00.000Z", requestId: "r-1", rating: 2 },
      { time: "2026-01-31T10:00:01.000Z", requestId: "r-1", signal: "low-rating" },
      { time: "2026-01-31T10:00:02.000Z", requestId: "gone", rating: 5 },
      { time: "2026-01-31T10:00:03.000Z", requestId: "r-4", outcome: { kind: "unrouted" } },
      logged("r-5", question(5), {
        decision: { ...DECIDED, tier: "strong", wanted: { tier: "weak", reason: "x" } },
        signals: { turns: 7 },
      }),
    );
    const logs = [fileIn(folder, "decisions.1.jsonl.gz", gzipSync(older)), fileIn(folder, "decisions.jsonl", `${newer}{"cut off`)];
    const out = join(folder, "requests.jsonl");
    const counts = await collected(out, { logs });
    expect(rowsIn(out)).toEqual([
      {
        id: "r-1",
        request: { messages: [{ role: "user", content: question(1) }] },
        time: "2026-01-31T09:00:00.000Z",
        decision: { policy: "main@1", tier: "weak", score: 0.4 },
        seen: { tier: "weak", status: 200, cost: 0.001, inputTokens: 12, outputTokens: 30, rating: 2, signals: ["low-rating"] },
      },
      expect.objectContaining({ id: "r-5", decision: { policy: "main@1", tier: "weak", score: 0.4 } }),
    ]);
    expect(counts).toMatchObject({ rows: 2, written: 2, words: 2, strayWords: 1, partly: 1 });
    expect(counts.dropped).toMatchObject({ "no prompt kept": 1, "prompt cut off": 1, "not routed": 1, "bad line": 1 });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(existsSync(`${out}.part`)).toBe(false);
  });

  test("what was said of a request counts for the row that stands for it, where the same tier answered", async () => {
    const folder = newFolder();
    const strong = { outcome: { kind: "joined", tier: "strong", status: 200 } };
    const said = (requestId: string, rating: number) => ({ time: "2026-01-31T10:00:00.000Z", requestId, rating });
    const log = linesOf(logged("a", question(1)), logged("b", question(1)), logged("c", question(1), strong), said("b", 2), said("c", 1));
    const out = join(folder, "requests.jsonl");
    const counts = await collected(out, { logs: [fileIn(folder, "decisions.jsonl", log)] });
    expect(counts).toMatchObject({ rows: 1, same: 2, words: 1, strayWords: 1 });
    expect(rowsIn(out)).toMatchObject([{ id: "a", like: 3, seen: { rating: 2 } }]);
  });
});

describe("out of data sets", () => {
  test("come labels and scores as scores, rows of the loop with all they know, and their own columns", async () => {
    const folder = newFolder();
    const csv = fileIn(folder, "labelled.csv", `question,tier,topic\n"${question(1)}",strong,sea\n"${question(2)}",weak,sea\n`);
    const known = { id: "k", request: { messages: [{ role: "user", content: question(9) }] }, answers: { weak: { text: "No." } }, like: 4 };
    const out = join(folder, "requests.jsonl");
    await collected(out, { data: [csv], columns: parseColumns("prompt=question,label=tier,group=topic") });
    await collected(out, { data: [fileIn(folder, "loop.jsonl", linesOf({ ...known, inclusion: 0.5, stratum: "uniform" }))] });
    expect(rowsIn(out)).toMatchObject([
      { request: { messages: [{ content: question(1) }] }, group: "sea", weak: 0, strong: 1, labels: [{ by: "data", needed: "strong" }] },
      { request: { messages: [{ content: question(2) }] }, group: "sea", weak: 1, strong: 1 },
      known,
    ]);
    expect(rowsIn(out)[2]).not.toHaveProperty("inclusion");
  });

  test("the same is one row that counts how many it stands for; the nearly same too, unless they are kept apart", async () => {
    const folder = newFolder();
    const prompts = [question(1), question(1), `${question(1)}!`, question(2), question(1).toUpperCase()];
    const data = [fileIn(folder, "chats.jsonl", linesOf(...prompts.map((prompt) => ({ prompt }))))];
    const [one, apart] = [join(folder, "one.jsonl"), join(folder, "apart.jsonl")];
    expect(await collected(one, { data })).toMatchObject({ rows: 2, same: 1, alike: 2 });
    expect(rowsIn(one).map(({ like }) => like)).toEqual([4, undefined]);
    expect(await collected(apart, { data }, { nearDuplicates: false })).toMatchObject({ rows: 4, same: 1, alike: 0 });
  });

  test("a row whose id another row had that is counted elsewhere is a row of its own", async () => {
    const folder = newFolder();
    const ids = [
      { id: "x", prompt: question(1) },
      { id: "y", prompt: question(1) },
      { id: "y", prompt: question(2) },
      { id: "y", prompt: question(1) },
    ];
    const out = join(folder, "requests.jsonl");
    const counts = await collected(out, { data: [fileIn(folder, "rows.jsonl", linesOf(...ids))] });
    expect(counts).toMatchObject({ rows: 2, same: 1, dropped: { "already there": 1 } });
  });

  test("rows of the same text that were judged differently stay apart, and ids stay unlike", async () => {
    const folder = newFolder();
    const rows = [
      { id: "1", prompt: question(1), label: "weak" },
      { id: "2", prompt: question(1), label: "strong" },
      { id: "1", prompt: question(3), label: "weak" },
    ];
    const out = join(folder, "requests.jsonl");
    await collected(out, { data: [fileIn(folder, "rows.jsonl", linesOf(...rows))] });
    const ids = rowsIn(out).map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(["1", "2"]);
    expect(ids[2]).toMatch(/^1~./);
  });
});

describe("a collection goes on where it was", () => {
  test("when the log grew, was rotated and packed; what it read counts once", async () => {
    const folder = newFolder();
    const log = join(folder, "decisions.jsonl");
    const out = join(folder, "requests.jsonl");
    writeFileSync(log, linesOf(logged("r-1", question(1)), logged("r-2", question(1))));
    expect(await collected(out, { logs: [log] })).toMatchObject({ rows: 1, same: 1 });
    appendFileSync(log, `${linesOf(logged("r-3", question(3)))}{"time": "2026-`);
    expect(await collected(out, { logs: [log] })).toMatchObject({ rows: 2, written: 1, same: 0 });
    appendFileSync(log, `01-31T09:00:00.000Z", "requestId": "r-1", "rating": 1}\n`);
    const packed = join(folder, "decisions.20260131.jsonl.gz");
    writeFileSync(packed, gzipSync(readFileSync(log)));
    renameSync(log, join(folder, "old.jsonl"));
    writeFileSync(log, linesOf(logged("r-4", question(4))));
    expect(await collected(out, { logs: [packed, log] })).toMatchObject({ rows: 3, written: 1, words: 1 });
    expect(rowsIn(out).map(({ id, like, seen }) => [id, like, seen?.rating])).toEqual([
      ["r-1", 2, 1],
      ["r-3", undefined, undefined],
      ["r-4", undefined, undefined],
    ]);
    const before = readFileSync(out, "utf8");
    expect(await collected(out, { logs: [packed, log] })).toMatchObject({ rows: 3, written: 0, same: 0 });
    expect(readFileSync(out, "utf8")).toBe(before);
  });

  test("when it was stopped: the file is whole, and two runs come to what one does", async () => {
    const folder = newFolder();
    const prompts = Array.from({ length: 300 }, (_, number) => ({ prompt: question(number % 200) }));
    const data = [fileIn(folder, "a.jsonl", linesOf(...prompts.slice(0, 150))), fileIn(folder, "b.jsonl", linesOf(...prompts.slice(150)))];
    const [whole, halves] = [join(folder, "whole.jsonl"), join(folder, "halves.jsonl")];
    await collected(whole, { data });
    const stop = new AbortController();
    let clock = 0;
    const now = () => {
      if (++clock > 100) stop.abort();
      return clock;
    };
    const first = await collected(halves, { data }, { signal: stop.signal, now });
    expect(first).toMatchObject({ stopped: true });
    expect(first.rows).toBeGreaterThan(50);
    expect(first.rows).toBeLessThan(150);
    expect(rowsIn(halves)).toHaveLength(first.rows);
    expect(await collected(halves, { data })).toMatchObject({ stopped: false });
    expect(readFileSync(halves, "utf8")).toBe(readFileSync(whole, "utf8"));
  });

  test("when it ended between the two files: the state that belongs to the output counts", async () => {
    const folder = newFolder();
    const data = [fileIn(folder, "a.jsonl", linesOf({ prompt: question(1) }, { prompt: question(1) }))];
    const out = join(folder, "requests.jsonl");
    await collected(out, { data });
    const before = readFileSync(`${out}.state.json`);
    appendFileSync(data[0] ?? "", linesOf({ prompt: question(1) }));
    await collected(out, { data });
    renameSync(`${out}.state.json`, `${out}.state.next.json`); // the output took its place, its state not yet
    writeFileSync(`${out}.state.json`, before);
    expect(await collected(out, { data })).toMatchObject({ rows: 1, same: 0 });
    expect(rowsIn(out)).toMatchObject([{ like: 3 }]);
  });

  test("settles as it goes: much later, what was read is in the file", async () => {
    const folder = newFolder();
    const data = [fileIn(folder, "a.jsonl", linesOf(...Array.from({ length: 50 }, (_, number) => ({ prompt: question(number) }))))];
    const out = join(folder, "requests.jsonl");
    let clock = 0;
    const sizes: number[] = [];
    const now = () => {
      if (existsSync(out)) sizes.push(rowsIn(out).length);
      clock += 7000;
      return clock;
    };
    await collected(out, { data }, { now });
    expect(sizes[0]).toBeLessThan(20);
    expect(sizes.at(-1)).toBeGreaterThan(40);
  });

  test("and a file that it did not write is left as it is", async () => {
    const folder = newFolder();
    const out = fileIn(folder, "notes.jsonl", "mine\n");
    await expect(collected(out, { data: [fileIn(folder, "a.jsonl", linesOf({ prompt: "Hi" }))] })).rejects.toThrow("is there already");
    expect(readFileSync(out, "utf8")).toBe("mine\n");
  });
});
