// Ratings as rows of a file: JSON Lines or CSV, there and back.
import { csvRows } from "../dataset/csv.ts";
import { jsonLinesRows } from "../dataset/json-lines.ts";
import type { DataProblem } from "../dataset/problem.ts";
import type { Row } from "../dataset/request.ts";
import { openSource } from "../dataset/source.ts";

export interface GivenRating {
  readonly requestId: string;
  readonly rating: number; // 1 to 5
}

/** With the decision it is about. */
export interface RatedRequest extends GivenRating {
  readonly time: string; // of the request, ISO 8601
  readonly tier: string;
  readonly policy: string;
  readonly reason: string;
  readonly traceId: string | undefined;
}

const COLUMNS = ["request_id", "rating", "time", "tier", "policy", "reason", "trace_id"] as const;
const MAX_ROW_BYTES = 1 << 20;

/** The whole file, with its last newline. */
export function ratingText(rated: readonly RatedRequest[], format: "json-lines" | "csv"): string {
  const rows = rated.map(({ requestId, rating, time, tier, policy, reason, traceId }) => {
    return { request_id: requestId, rating, time, tier, policy, reason, trace_id: traceId };
  });
  if (format === "json-lines") return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  return [COLUMNS, ...rows.map((row) => COLUMNS.map((name) => row[name]))].map((cells) => `${cells.map(csvCell).join(",")}\n`).join("");
}

function csvCell(value: string | number | undefined): string {
  const text = value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Of files with `request_id` (or `requestId`) and `rating`; what is none is handed to `onBad`. Throws the errors named `data-…`. */
export async function* readRatings(files: readonly string[], onBad: (problem: DataProblem) => void): AsyncGenerator<GivenRating> {
  for (const file of files) {
    const source = await openSource(file, {});
    const batches = source.format === "json-lines" ? jsonLinesRows(source, MAX_ROW_BYTES) : csvRows(source, MAX_ROW_BYTES);
    for await (const rows of batches) {
      for (const row of rows) {
        const given = "kind" in row ? row : ratingOf(row);
        if ("kind" in given) onBad(given);
        else yield given;
      }
    }
  }
}

function ratingOf(row: Row): GivenRating | DataProblem {
  const requestId = row.value("request_id") ?? row.value("requestId");
  const given = row.value("rating");
  const rating = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  const message =
    typeof requestId !== "string" || requestId === ""
      ? "expected request_id, the x-request-id of a request"
      : "expected rating, a whole number from 1 to 5";
  if (typeof requestId === "string" && requestId !== "" && isRating(rating)) return { requestId, rating };
  return { place: row.place, kind: "bad score", message, hint: "Columns or members: request_id, rating." };
}

function isRating(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 5;
}
