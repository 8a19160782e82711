import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { type Choice, firstOf, type LabelEntry } from "../../../src/study/label/label-entry.ts";
import { sheetEntries, sheetLines } from "../../../src/study/label/sheet.ts";
import type { LoopRow } from "../../../src/study/loop/loop-row.ts";
import { ROWS, SETTINGS, scratch, written } from "./rows.ts";

const NOTHING_SAID: ReadonlyMap<string, LabelEntry> = new Map();

function sheet(rows: readonly LoopRow[] = ROWS, said = NOTHING_SAID): string {
  return [...sheetLines(rows, said, SETTINGS)].join("");
}

function cellsOf(text: string): readonly Record<string, string>[] {
  return parse(text, { columns: true, bom: true });
}

/** As a spreadsheet saves it: with semicolons where its language writes commas in numbers. */
function filledIn(choices: Readonly<Record<string, string>>, notes: Readonly<Record<string, string>> = {}, delimiter = ";"): string {
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const records = cellsOf(sheet()).map((row) => ({ ...row, choice: choices[row["id"] ?? ""] ?? "", note: notes[row["id"] ?? ""] ?? "" }));
  const lines = [Object.keys(records[0] ?? {}), ...records.map((record) => Object.values(record))];
  return written("csv", `\ufeff${lines.map((cells) => cells.map(quoted).join(delimiter)).join("\r\n")}\r\n`);
}

describe("rows as a spreadsheet", () => {
  test("begin with the mark by which Excel knows UTF-8, and hold every script as it is", () => {
    const text = sheet();
    expect(text.startsWith('\ufeff"key"')).toBe(true);
    const cells = cellsOf(text);
    expect(cells.map(({ id }) => id)).toEqual(ROWS.map(({ id }) => id));
    expect(cells[0]?.["request"]).toBe("[user] How do I say “thank you” in Korean?");
    expect([cells[0]?.["answer A"], cells[0]?.["answer B"]].sort()).toEqual(["감사합니다", "감사합니다 (gamsahamnida)."].sort());
    expect(cells[2]?.["request"]).toContain("今天天气很好");
  });

  test("tell no more of whose an answer is than the page does", () => {
    const [first] = cellsOf(sheet());
    const side = firstOf(SETTINGS, "r-1");
    expect(first?.["answer A"]).toBe(ROWS[0]?.answers?.[side]?.text);
    expect(sheet(ROWS.slice(0, 1))).not.toMatch(/weak|strong|small-1|large-9/);
    expect(cellsOf(sheet()).map(({ choices }) => choices)).toEqual([
      ...Array.from({ length: 4 }, () => "A / B / both / neither"),
      "weak / strong",
      "weak / strong",
    ]);
  });

  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "－1", '=HYPERLINK("http://evil.example","x")'])(
    "hold %j as text, not as a formula",
    (text) => {
      const row: LoopRow = { id: text, request: { messages: [] }, group: text, answers: { weak: { text }, strong: { text } } };
      const [cells = {}] = cellsOf(sheet([row], new Map([[text, { id: text, by: "ana", better: "tie", note: text }]])));
      for (const name of ["id", "group", "answer A", "answer B", "note"]) expect(cells[name]).toBe(`'${text}`);
      for (const cell of Object.values(cells)) expect(cell).not.toMatch(/^[=+\-@\t\r＝＋－＠]/);
    },
  );

  test("have no cell that is too long for Excel", () => {
    const row: LoopRow = { id: "long", request: { messages: [{ role: "user", content: "😀".repeat(40_000) }] } };
    const [cells] = cellsOf(sheet([row]));
    expect(cells?.["request"]?.length).toBeLessThan(32_767);
    expect(cells?.["request"]).toContain("cut: the page shows all of it");
    expect(cells?.["request"]?.isWellFormed()).toBe(true);
  });
});

describe("a spreadsheet that was filled in", () => {
  test.each([",", ";", "\t"])("is read back, with %j between its cells", async (delimiter) => {
    const file = filledIn({ "r-1": "a", "r-2": " Neither ", "r-3": "both", "r-5": "strong" }, { "r-3": '\'-) 같다; "둘 다"' }, delimiter);
    const entries = await sheetEntries(file, ROWS, NOTHING_SAID, SETTINGS);
    const first = firstOf(SETTINGS, "r-1");
    expect(entries.map(({ id, needed, better, note }) => [id, needed, better, note])).toEqual([
      ["r-1", first, first, undefined],
      ["r-2", undefined, "tie", undefined],
      ["r-3", "weak", "tie", `-) 같다; "둘 다"`],
      ["r-5", "strong", undefined, undefined],
    ]);
  });

  test("goes there and back without a change, and what is known already is not taken again", async () => {
    const choices: Record<string, Choice> = { "r-1": "B", "r-2": "neither", "r-3": "both", "r-4": "A", "r-5": "strong", "r-6": "weak" };
    const entries = await sheetEntries(filledIn(choices), ROWS, NOTHING_SAID, SETTINGS);
    const said = new Map(entries.map((entry) => [entry.id, entry]));
    expect(cellsOf(sheet(ROWS, said)).map(({ id = "", choice }) => [id, choice])).toEqual(Object.entries(choices));
    expect(await sheetEntries(written("csv", sheet(ROWS, said)), ROWS, said, SETTINGS)).toEqual([]);
  });

  test.each([
    ["another seed", { seed: 2 }, "expected the key of a row"],
    ["another person", { by: "ben" }, "expected the key of a row"],
  ])("is refused for %s, to whom the answers stood in another order", async (_, other, message) => {
    const file = filledIn({ "r-1": "A" });
    await expect(sheetEntries(file, ROWS, NOTHING_SAID, { ...SETTINGS, ...other })).rejects.toThrow(`${file}:2: ${message}`);
  });

  test.each([
    ["a word that is no choice", filledIn({ "r-3": "weak" }), 'expected A, B, both, neither, found "weak"'],
    ["a column that is gone", written("csv", "key,choice\nabc,A\n"), "expected the key of a row"],
    ["no columns of ours", written("csv", "prompt,label\nHi,weak\n"), 'expected a column "choice"'],
    ["JSON", scratch("jsonl"), "expected a spreadsheet saved as CSV"],
  ])("is refused with %s", async (_, file, message) => {
    await expect(sheetEntries(file, ROWS, NOTHING_SAID, SETTINGS)).rejects.toThrow(message);
  });

  test("is refused with a row that was copied", async () => {
    const twice = sheet().replaceAll('"A / B / both / neither",""', '"A / B / both / neither","both"');
    const [, first = ""] = twice.split("\r\n");
    const file = written("csv", `${twice}${first}\r\n`);
    await expect(sheetEntries(file, ROWS, NOTHING_SAID, SETTINGS)).rejects.toThrow("expected each key once");
  });
});
