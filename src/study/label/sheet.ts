// Labels by spreadsheet: rows as CSV that Excel, LibreOffice and Google's open as it is, in any script, with nothing in it that they would
// compute; and what was filled in read back.
import { csvRows } from "../dataset/csv.ts";
import { dataError, listed, shown } from "../dataset/problem.ts";
import type { Row } from "../dataset/request.ts";
import { openSource } from "../dataset/source.ts";
import { conversationOf, type Turn } from "../loop/conversation.ts";
import type { LoopRow } from "../loop/loop-row.ts";
import { type DeskSettings, entryOf } from "./desk.ts";
import { ANSWER_CHOICES, answersOf, type Choice, choiceOf, firstOf, keyOf, type LabelEntry, REQUEST_CHOICES } from "./label-entry.ts";

const BYTE_ORDER_MARK = "\ufeff"; // without it Excel reads UTF-8 as the encoding of its own language
const MOST_CHARACTERS = 32_000; // of a cell: Excel takes 32,767
const MAX_RECORD_BYTES = 4 * 1024 * 1024;
const COLUMNS = ["key", "id", "group", "request", "answer A", "answer B", "choices", "choice", "note"] as const;

/** Lines of the file, one by one. `said`: by this person already. */
export function* sheetLines(rows: readonly LoopRow[], said: ReadonlyMap<string, LabelEntry>, settings: DeskSettings): Generator<string> {
  yield BYTE_ORDER_MARK + csvLine(COLUMNS);
  for (const row of rows) {
    const answers = answersOf(row, settings.tiers);
    const first = firstOf(settings, row.id);
    const label = said.get(row.id);
    const [a = "", b = ""] = answers === undefined ? [] : [answers[first], answers[first === "weak" ? "strong" : "weak"]];
    const choices = answers === undefined ? REQUEST_CHOICES : ANSWER_CHOICES;
    const choice = (label && choiceOf(label, first)) ?? "";
    const request = conversationOf(row.request).turns.map(turnText).join("\n\n");
    yield csvLine([keyOf(settings, row.id), row.id, row.group ?? "", request, a, b, choices.join(" / "), choice, label?.note ?? ""]);
  }
}

function turnText({ role, pieces }: Turn): string {
  const words = pieces.map((piece) => {
    switch (piece.kind) {
      case "text":
      case "result":
        return piece.text;
      case "call":
        return `calls ${piece.name} ${JSON.stringify(piece.arguments)}`;
      case "other":
        return `(${piece.type})`;
      default:
        return piece satisfies never;
    }
  });
  return `[${role}] ${words.join("\n")}`;
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => `"${guarded(cut(cell)).replaceAll('"', '""')}"`).join(",")}\r\n`;
}

/** What a spreadsheet takes for a formula, also in the wide letters of East Asia: a ' before it makes it text. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

function guarded(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
}

function cut(cell: string): string {
  const short = cell.replaceAll("\r\n", "\n").replaceAll("\0", "").toWellFormed();
  return short.length <= MOST_CHARACTERS ? short : `${short.slice(0, MOST_CHARACTERS).toWellFormed()}\n… (cut: the page shows all of it)`;
}

/** What was filled in and is not yet so. Reads all before anything is given. Throws `data-…` errors. */
export async function sheetEntries(
  file: string,
  rows: readonly LoopRow[],
  said: ReadonlyMap<string, LabelEntry>,
  settings: DeskSettings,
): Promise<readonly LabelEntry[]> {
  const byKey = new Map(rows.map((row) => [keyOf(settings, row.id), row]));
  const entries = new Map<string, LabelEntry>();
  const source = await openSource(file, {});
  if (source.format === "json-lines") {
    const hint = "Save the spreadsheet as CSV, in UTF-8.";
    throw dataError({ place: file, message: "expected a spreadsheet saved as CSV, found JSON", hint });
  }
  for await (const records of csvRows(source, MAX_RECORD_BYTES)) {
    for (const record of records) {
      if ("kind" in record) throw dataError(record);
      const entry = filledIn(record, byKey, settings);
      if (entry === undefined) continue;
      if (entries.has(entry.id)) throw problem(record, "expected each key once, found it again", "Remove one of the two rows.");
      entries.set(entry.id, entry);
    }
  }
  return [...entries.values()].filter((entry) => !isSame(entry, said.get(entry.id)));
}

/** Undefined: no choice was made. */
function filledIn(record: Row, byKey: ReadonlyMap<string, LoopRow>, settings: DeskSettings): LabelEntry | undefined {
  const cell = (name: (typeof COLUMNS)[number]) => {
    const value = record.value(name);
    if (value !== undefined) return String(value);
    throw problem(record, `expected a column ${shown(name)}, found ${listed(record.names)}`, "Leave the columns as they were exported.");
  };
  const written = cell("choice").trim().toLowerCase();
  if (written === "") return undefined;
  const row = byKey.get(cell("key").trim());
  if (row === undefined) {
    const hint = "Give the same --data, --by and --seed as when it was exported: the order of the answers hangs on them.";
    throw problem(record, `expected the key of a row, found ${shown(cell("key"))}`, hint);
  }
  const choices: readonly Choice[] = answersOf(row, settings.tiers) === undefined ? REQUEST_CHOICES : ANSWER_CHOICES;
  const choice = choices.find((each) => each.toLowerCase() === written);
  if (choice === undefined)
    throw problem(record, `expected ${choices.join(", ")}, found ${shown(written)}`, "Correct the choice, or leave it empty.");
  return entryOf({ ...settings, id: row.id, choice, note: unguarded(cell("note")) });
}

function isSame(a: LabelEntry, b: LabelEntry | undefined): boolean {
  return b !== undefined && a.needed === b.needed && a.better === b.better && (a.note ?? "") === (b.note ?? "");
}

function problem({ place }: Row, message: string, hint: string) {
  return dataError({ place, message, hint });
}
