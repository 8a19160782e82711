// From one row to a turn of a recorded session: the request, and where they are known when it was sent, its tokens and how it was answered.
import type { Columns } from "./columns.ts";
import type { SessionExample } from "./example.ts";
import { shown, Trouble } from "./problem.ts";
import { given, type Row, requestOf } from "./request.ts";
import { LEAVE_OUT, numberOf, problem, type RowReading, type TierNames, truthOf, wordOf } from "./row.ts";

/** A turn of a session: it need not carry a label or scores, and may say when it was sent and how many tokens it had. */
export function readSessionRow(row: Row, columns: Columns, tiers: TierNames = {}): RowReading<SessionExample> {
  const request = requestOf(row, columns);
  if (request instanceof Trouble) return problem(row, request);
  const judged = (["label", "weak", "strong"] as const).some((field) => given(row, columns, field) !== undefined);
  const read = {
    truth: judged ? truthOf(row, columns, tiers) : undefined,
    path: wordOf(row, columns, "path") ?? request.path,
    session: wordOf(row, columns, "session"),
    turn: countOf(row, columns, "turn"),
    atMs: timeOf(row, columns),
    inputTokens: countOf(row, columns, "inputTokens"),
    outputTokens: countOf(row, columns, "outputTokens"),
  };
  const trouble = Object.values(read).find((value) => value instanceof Trouble);
  if (trouble !== undefined) return problem(row, trouble);
  const known = read as { readonly [name in keyof typeof read]: Exclude<(typeof read)[name], Trouble> };
  return { example: { ...known, body: request.body, place: row.place }, prompt: request.prompt };
}

function countOf(row: Row, columns: Columns, field: "turn" | "inputTokens" | "outputTokens"): number | undefined | Trouble {
  const value = given(row, columns, field);
  const count = value === undefined ? undefined : numberOf(value);
  if (value === undefined || (count !== undefined && count >= 0)) return count;
  return new Trouble("bad turn", `column ${shown(columns.names[field])}: expected a number from 0 up, found ${shown(value)}`, LEAVE_OUT);
}

/** Seconds, or a date and time as ISO 8601 has it; milliseconds. */
function timeOf(row: Row, columns: Columns): number | undefined | Trouble {
  const value = given(row, columns, "time");
  if (value === undefined) return undefined;
  const seconds = numberOf(value);
  const atMs =
    seconds === undefined ? (typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN) : 1000 * seconds;
  if (!Number.isNaN(atMs)) return atMs;
  const expected = "expected seconds, or a date and time such as 2026-01-31T09:00:00Z";
  return new Trouble("bad turn", `column ${shown(columns.names.time)}: ${expected}, found ${shown(value)}`, LEAVE_OUT);
}
