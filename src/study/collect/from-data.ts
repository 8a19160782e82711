// Requests out of a data set, labelled or not, in every shape that `evaluate` reads; and rows of the loop itself, with all their columns.
import type { Columns } from "../dataset/columns.ts";
import type { Truth } from "../dataset/example.ts";
import { Trouble } from "../dataset/problem.ts";
import { given, type Row, requestOf } from "../dataset/request.ts";
import { numberOf, type TierNames, truthOf, wordOf } from "../dataset/row.ts";
import type { Json, LoopRow } from "../loop/loop-row.ts";
import type { Found } from "./found.ts";
import { defined } from "./from-log.ts";
import { hashId } from "./row-id.ts";

export function foundInData(columns: Columns, tiers: TierNames): (row: Row) => readonly Found[] {
  return (row) => {
    const request = requestOf(row, columns);
    if (request instanceof Trouble) return [dropped(row, request)];
    const isJudged = (["label", "weak", "strong"] as const).some((field) => given(row, columns, field) !== undefined);
    const truth = isJudged ? truthOf(row, columns, tiers) : undefined;
    const group = columns.groupFromFile ? row.fileGroup : wordOf(row, columns, "group");
    const path = wordOf(row, columns, "path") ?? request.path;
    const trouble = [truth, group, path].find((read) => read instanceof Trouble);
    if (trouble instanceof Trouble) return [dropped(row, trouble)];
    const body = JSON.parse(Buffer.from(request.body).toString("utf8")) as Json;
    if (typeof body !== "object" || body === null || Array.isArray(body)) return [dropped(row, NO_OBJECT)];
    const read = { request: body as LoopRow["request"], ...defined({ path: textOr(path), group: textOr(group) }), ...scoresOf(truth) };
    const id = idOf(row);
    return [{ kind: "row", row: { ...ownColumns(row), id: id ?? hashId(read), ...read } as LoopRow, unnamed: id === undefined }];
  };
}

const NO_OBJECT = new Trouble("bad request", "expected a request, an object", "");

function dropped({ place }: Row, { kind, message }: Trouble): Found {
  return { kind: "dropped", why: kind === "no request" ? "no request" : "bad request", place, message };
}

function textOr(value: string | Trouble | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A label is what both tiers' answers were worth: `evaluate` reads the same from either. */
function scoresOf(truth: Truth | Trouble | undefined): Partial<LoopRow> {
  if (truth === undefined || truth instanceof Trouble) return {};
  if (truth.kind === "scores") return { weak: truth.weak, strong: truth.strong };
  return { weak: truth.needed === "strong" ? 0 : 1, strong: 1, labels: [{ by: "data", needed: truth.needed }] };
}

function idOf(row: Row): string | undefined {
  const id = row.value("id") ?? row.value("custom_id");
  if (typeof id === "number") return String(id);
  return typeof id === "string" && id !== "" ? id : undefined;
}

/** Columns of a row of the loop that the reading of a request does not know. What a draw wrote no longer holds. */
const KEPT = ["time", "decision", "seen", "reference", "task", "answers", "labels", "scores"] as const;

function ownColumns(row: Row): Partial<LoopRow> {
  const kept = KEPT.map((name) => [name, row.value(name)] as const).filter(([name, value]) => isOf(name, value));
  const like = numberOf(row.value("like"));
  const isLoopRow = typeof row.value("id") === "string" && typeof row.value("request") === "object";
  return { ...Object.fromEntries(kept), ...(isLoopRow && like !== undefined && like > 1 && { like }) };
}

function isOf(name: (typeof KEPT)[number], value: unknown): boolean {
  if (name === "time" || name === "task") return typeof value === "string" && value !== "";
  if (name === "labels") return Array.isArray(value);
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
