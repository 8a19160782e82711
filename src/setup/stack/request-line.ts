// One finished request as one line for people: what was decided, and what Envoy says became of it.
import { styleText } from "node:util";
import type { AccessLogEntry } from "../../envoy/wire/access-log.ts";

/** What the local stack tells of a request, from Envoy's access log alone. */
export interface ServedRequest {
  readonly tier: string; // decided; "" when sluice was not asked or did not answer in time
  readonly reason: string;
  readonly servedBy: string; // the tier that served; of a request that none did, where it was sent
  readonly status: number;
  readonly attempts: number;
  readonly durationMs: number;
}

const COLUMNS = [
  { title: "tier", width: 8 },
  { title: "reason", width: 30 },
  { title: "served by", width: 10 },
  { title: "status", width: 7 },
  { title: "attempts", width: 9 },
  { title: "ms", width: 0 },
] as const;

export const REQUEST_TITLES = inColumns(COLUMNS.map((column) => column.title));

export function servedRequest(entry: AccessLogEntry): ServedRequest {
  return {
    tier: entry.requestHeaders.get("x-sluice-tier") ?? "",
    reason: decoded(entry.requestHeaders.get("x-sluice-reason") ?? ""),
    servedBy: entry.upstreamCluster,
    status: entry.responseCode,
    attempts: entry.attempts,
    durationMs: Math.round(entry.durationMs ?? 0),
  };
}

/** Coloured where standard output is a terminal: what went to another tier than decided, and what failed, stands out. */
export function requestLine({ tier, reason, servedBy, status, attempts, durationMs }: ServedRequest): string {
  const line = inColumns([tier || "-", reason || "-", servedBy || "-", String(status), String(attempts), String(durationMs)]);
  if (status === 0 || status >= 400) return styleText("red", line);
  return attempts > 1 || (tier !== "" && tier !== servedBy) ? styleText("yellow", line) : line;
}

function inColumns(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(COLUMNS[index]?.width ?? 0))
    .join(" ")
    .trimEnd();
}

function decoded(percentEncoded: string): string {
  try {
    return decodeURIComponent(percentEncoded);
  } catch {
    return percentEncoded;
  }
}
