// What `sluice history` prints for people. Pure.
import type { History, HistoryEntry } from "../outcome/history/history.ts";

const NONE = "Nothing is known of what decided: the history begins with the next start.";
const TITLES = ["since", "decides", "settings", "what made it so"] as const;
const BLOB_DIGITS = 12;

/** The newest at the end. */
export function historyText({ entries, versions }: History): string {
  if (entries.length === 0) return `${NONE}\n`;
  const hashes = new Map(versions.map(({ policy, settingsHash }) => [policy, settingsHash]));
  const rows = entries.flatMap((entry) => {
    const [first, ...others] = deciders(entry).map(([policy, what]) => [`${policy}${what}`, hashes.get(policy) ?? ""] as const);
    return [
      [time(entry.at), first?.[0] ?? "", first?.[1] ?? "", because(entry)],
      ...others.map(([policy, hash]) => ["", policy, hash, ""]),
    ];
  });
  const widths = TITLES.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd()}\n`;
  return [TITLES, ...rows].map(line).join("");
}

/** Each policy with its part. */
function deciders({ active, rollout }: HistoryEntry): readonly (readonly [policy: string, part: string])[] {
  if (rollout === undefined) return [[active, ""]];
  const { candidate, share, status } = rollout;
  return [
    [active, share === 0 ? "" : ` ${percent(1 - share)}`],
    [candidate, ` ${share === 0 && status === "running" ? "in shadow" : percent(share)}${status === "running" ? "" : `, ${status}`}`],
  ];
}

function because({ by, change, configuration, processes }: HistoryEntry): string {
  const guards = change === undefined || change.guards.length === 0 ? "" : ` (${change.guards.join(", ")})`;
  const what = change === undefined ? by : `${by}: ${change.action}, ${change.because}${guards}`;
  const file = by === "rollout" ? "" : configuration === undefined ? ", the defaults" : `, file ${configuration.slice(0, BLOB_DIGITS)}`;
  const where = processes === undefined ? "" : `; process ${processes.join(", ")}`;
  return `${what}${file}${where}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}

function time(iso: string): string {
  return iso.replace("T", " ").replace(/\.\d+Z$/, "Z");
}
