import { appendFileSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { rowsToLabel } from "../../../src/study/label/desk.ts";
import { labelsIn, openJournal, standing } from "../../../src/study/label/journal.ts";
import { ANSWER_CHOICES, choiceOf, firstOf, keyOf, saidOf } from "../../../src/study/label/label-entry.ts";
import { readLoop } from "../../../src/study/loop/read-loop.ts";
import { deskOn, ROWS, rowsFile, scratch, written } from "./rows.ts";

const lines = (file: string) =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("what is said of two answers", () => {
  test.each([
    ["A", "weak", { needed: "weak", better: "weak" }],
    ["A", "strong", { needed: "strong", better: "strong" }],
    ["B", "weak", { needed: "strong", better: "strong" }],
    ["B", "strong", { needed: "weak", better: "weak" }],
    ["both", "strong", { needed: "weak", better: "tie" }],
    ["neither", "weak", { better: "tie" }],
  ] as const)("%s, where %s stood first, is unblinded", (choice, first, said) => {
    expect(saidOf(choice, first)).toEqual(said);
  });

  test.each(ANSWER_CHOICES)("%s is read back as it was chosen, whoever stood first", (choice) => {
    for (const first of ["weak", "strong"] as const) expect(choiceOf({ by: "ana", ...saidOf(choice, first) }, first)).toBe(choice);
  });

  test("depends on an order that is even, stays the same for a seed and differs between people", () => {
    const ids = Array.from({ length: 2000 }, (_, at) => `r-${at}`);
    const orders = (by: string, seed: number) => ids.map((id) => firstOf({ by, seed }, id));
    const ana = orders("ana", 1);
    const share = ana.filter((first) => first === "weak").length / ids.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.04); // three and a half standard deviations
    expect(orders("ana", 1)).toEqual(ana);
    for (const other of [orders("ben", 1), orders("ana", 2)]) {
      const same = other.filter((first, at) => first === ana[at]).length / ids.length;
      expect(Math.abs(same - 0.5)).toBeLessThan(0.04);
    }
  });

  test("is found again by keys that no spreadsheet takes for a number", () => {
    const keys = Array.from({ length: 2000 }, (_, at) => keyOf({ by: "ana", seed: 1 }, `r-${at}`));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => !/^[a-z]{10}$/.test(key))).toEqual([]);
  });
});

describe("the desk", () => {
  test("shows two answers in the drawn order, and nothing that tells whose they are", async () => {
    const { desk } = await deskOn();
    const shown = [0, 1, 2, 3].map((at) => desk.row(at));
    for (const row of shown) expect(JSON.stringify(row)).not.toMatch(/small-1|large-9|"weak"|"strong"|served|rated/);
    const [first] = shown;
    const order = firstOf({ by: "ana", seed: 1 }, "r-1");
    expect(first?.answers[0]).toEqual([{ kind: "text", text: ROWS[0]?.answers?.[order]?.text }]);
    expect(first?.choices).toEqual(["A", "B", "both", "neither"]);
  });

  test("shows who served a request that was not asked again, and lets its need be said", async () => {
    const { desk } = await deskOn();
    const row = desk.row(4);
    expect(row?.facts).toEqual([
      ["group", "agents"],
      ["served by", "weak"],
      ["rated", "2 of 5"],
      ["signals", "repeated"],
    ]);
    expect([row?.choices, row?.answers]).toEqual([["weak", "strong"], []]);
    expect(row?.tools.map((tool) => tool.kind === "folded" && tool.title)).toEqual(["weather"]);
  });

  test("has each label on the disk before it says so, under the name of who gave it", async () => {
    const { desk, file } = await deskOn();
    const state = await desk.say(0, "A", "  close  ");
    expect(state?.done).toEqual([true, false, false, false, false, false]);
    const first = firstOf({ by: "ana", seed: 1 }, "r-1");
    expect(lines(file)).toEqual([
      { id: "r-1", by: "ana", needed: first, better: first, first, note: "close", at: "2026-01-31T09:00:00.000Z" },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("goes on where it was left, and takes back what was said last, in an earlier sitting too", async () => {
    const one = await deskOn();
    await one.desk.say(0, "both", "");
    await one.desk.say(4, "strong", "");
    await one.journal.close();
    const { desk, file } = await deskOn(one.file);
    expect(desk.state()).toMatchObject({ done: [true, false, false, false, true, false], last: 4 });
    expect(desk.row(0)?.choice).toBe("both");
    expect((await desk.takeBack())?.last).toBe(0);
    expect((await desk.takeBack())?.done).toEqual([false, false, false, false, false, false]);
    expect(await desk.takeBack()).toBeUndefined();
    expect(lines(file).map(({ id, undone }) => [id, undone])).toEqual([
      ["r-1", undefined],
      ["r-5", undefined],
      ["r-5", true],
      ["r-1", true],
    ]);
  });

  test("keeps two people apart in one file", async () => {
    const ana = await deskOn();
    const ben = await deskOn(ana.file, "ben");
    await ana.desk.say(5, "weak", "");
    await ben.desk.say(5, "strong", "");
    const said = standing(await labelsIn([ana.file])).get("r-6");
    expect([...(said?.values() ?? [])].map(({ by, needed }) => [by, needed])).toEqual([
      ["ana", "weak"],
      ["ben", "strong"],
    ]);
    const again = await deskOn(ana.file, "cem");
    expect(again.desk.state().done.filter(Boolean)).toEqual([]);
  });

  test.each([
    ["a row that is not there", 99, "weak"],
    ["no row", -1, "weak"],
    ["a choice of other rows", 5, "both"],
    ["no choice at all", 5, "toString"],
  ])("takes nothing for %s", async (_, at, choice) => {
    const { desk, file } = await deskOn();
    expect(await desk.say(at, choice, "")).toBeUndefined();
    expect(readFileSync(file, "utf8")).toBe("");
  });

  test("refuses rows that stand twice, and no rows", async () => {
    const twice = rowsFile([...ROWS, ...ROWS.slice(0, 1)]);
    await expect(rowsToLabel(readLoop([twice]))).rejects.toThrow(`${twice}:7: expected each id once, found "r-1" again`);
    await expect(rowsToLabel(readLoop([written("jsonl", "")]))).rejects.toMatchObject({ code: "data-empty" });
  });
});

describe("the file of labels", () => {
  test("loses nothing but the half line that a crash has left, however long it is", async () => {
    const { desk, journal, file } = await deskOn();
    await desk.say(5, "weak", "");
    await journal.close();
    appendFileSync(file, `{"id":"r-1","by":"ana","note":"${"x".repeat(200_000)}`);
    const again = await deskOn(file);
    expect(again.desk.state().done.filter(Boolean)).toHaveLength(1);
    await again.desk.say(0, "neither", "");
    expect(lines(file).map(({ id }) => id)).toEqual(["r-6", "r-1"]);
  });

  test("that is one half line is begun anew", async () => {
    const file = written("jsonl", `{"id":"r-1","b`);
    expect((await openJournal(file)).before).toEqual([]);
    expect(readFileSync(file, "utf8")).toBe("");
  });

  test("keeps the order of labels that come at once", async () => {
    const file = scratch("jsonl");
    const journal = await openJournal(file);
    const ids = Array.from({ length: 300 }, (_, at) => `r-${at}`);
    // The longer a line, the longer it takes: written side by side they would overtake each other.
    await Promise.all(ids.map((id, at) => journal.append([{ id, by: "ana", note: "x".repeat(at % 2 === 0 ? 200_000 : 1) }])));
    expect(lines(file).map(({ id }) => id)).toEqual(ids);
    await journal.close();
  });

  test.each([
    ["a label of nobody", `{"id":"a","needed":"weak"}`, "expected a label with `by`, who gave it"],
    ["another tier", `{"id":"a","by":"ana","needed":"dear"}`, 'expected `needed` to be weak or strong, found "dear"'],
    ["no row", `{"by":"ana","needed":"weak"}`, "expected an id, text, found nothing"],
  ])("is refused with %s, saying where", async (_, line, message) => {
    const file = written("jsonl", `${line}\n`);
    await expect(openJournal(file)).rejects.toThrow(`${file}:1: ${message}`);
  });
});
