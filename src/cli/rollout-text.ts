// What `sluice rollout` prints for people. Pure.
import type { GuardStatus, RolloutStatus } from "../outcome/rollout/status.ts";

const NONE = "Nothing is rolled out: the configuration has no `rollout`. docs/rollout.md says how.";

/** `statuses`: of each process one. */
export function rolloutText(statuses: readonly RolloutStatus[]): string {
  if (statuses.length === 0) return `${NONE}\n`;
  const many = statuses.length > 1;
  return statuses.map((status, at) => `${many ? `process ${at}\n` : ""}${statusLines(status).join("\n")}\n`).join("\n");
}

function statusLines(status: RolloutStatus): readonly string[] {
  const { rollout, candidate, stable, stage, stages, share, requests, units, because, changed, split } = status;
  const isOver = status.status === "rolled-back" || status.status === "complete";
  return [
    `${rollout}: ${candidate} against ${stable}`,
    `${status.status}, stage ${stage + 1} of ${stages.length}: ${percent(share)} of the units get the candidate`,
    ...(changed === null ? [] : [`last change: ${changed.action}, ${time(changed.at)}: ${changed.because}${guardsOf(changed.guards)}`]),
    ...(isOver ? [] : [`it stays, since ${because}; its stage: ${time(status.since)} to ${time(status.earliest)} at least`]),
    ...JUDGED[status.judged],
    `requests: ${requests.stable} stable, ${requests.candidate} candidate; units: ${units.stable} and ${units.candidate}`,
    ...(status.guards.length === 0 ? [] : ["", ...table(status.guards)]),
    ...(status.guards.length === 0 ? [] : [`split: ${split.is}`, more(status)]),
  ];
}

const JUDGED: Readonly<Record<RolloutStatus["judged"], readonly string[]>> = {
  alone: [],
  together: ["judged by all replicas together: what is counted here is the sum"],
  "store-away": ["the store is away: judged by this replica alone, from what it knew last and what it sees itself"],
};

function more({ moreRequests }: RolloutStatus): string {
  if (moreRequests === null) return "how many more requests are needed until harm is excluded cannot be said yet";
  return moreRequests === 0 ? "harm beyond every margin is excluded" : `about ${moreRequests} more requests of the candidate are needed`;
}

const TITLES = ["guard", "stable", "candidate", "harm", "excluded", ""] as const;

function table(guards: readonly GuardStatus[]): readonly string[] {
  const rows = guards.map(({ guard, rates, harm, excluded, is }) => {
    const rate = (value: number) => (guard === "cost" ? `$${value.toPrecision(3)}` : percent(value));
    return [guard, rate(rates.stable), rate(rates.candidate), proof(harm), proof(excluded), is];
  });
  const widths = TITLES.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(TITLES), ...rows.map(line)];
}

/** How far the evidence is. */
function proof({ is, needed }: GuardStatus["harm"]): string {
  return `${Math.min(100, Math.max(0, Math.round((100 * is) / needed)))} %`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}

function guardsOf(guards: readonly string[]): string {
  return guards.length === 0 ? "" : ` (${guards.join(", ")})`;
}

function time(iso: string): string {
  return iso.replace("T", " ").replace(/\.\d+Z$/, "Z");
}
