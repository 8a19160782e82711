// An evaluation by session as text for a terminal: what sessions cost under each way of routing, what was kept in the prompt caches, and
// the switches that a server may answer with an error.
import type { Estimate } from "../evaluate/result.ts";
import type { Way } from "../sessions/replay.ts";
import type { SessionEvaluationResult, WayResult } from "../sessions/session-result.ts";
import { aligned, ending, indented, wrapped } from "./aligned.ts";
import { areaCell, costCell, countText, intervalCell, percentCell, percentText } from "./figure-cells.ts";
import { aboutLines } from "./run-text.ts";

/** At most 120 characters a line but for the command, with a line break at the end. */
export function sessionsReport(result: SessionEvaluationResult): string {
  const sections = [
    dataSection(result),
    result.warnings.flatMap((warning) => wrapped("warning: ", warning, 9)),
    ["Sessions", ...indented(aligned(tableRows(result), ["left", ...COLUMNS.map(() => "right" as const)]))],
    verdicts(result),
    aboutLines(result.about),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function dataSection({ files, sessions, turns, judged, toolTurns, stateTurns, skipped, cacheLivesSeconds }: SessionEvaluationResult) {
  const bad = skipped === 0 ? "" : `, ${countText(skipped)} bad rows left out`;
  const kinds = `${countText(toolTurns)} bring a tool's result, ${countText(stateTurns)} refer to what one server keeps`;
  return [
    ...wrapped("Data  ", files.join(", "), 6),
    ...wrapped("      ", `${countText(turns)} turns in ${countText(sessions)} sessions${bad}; ${kinds}; ${countText(judged)} judged`, 6),
    ...wrapped("      ", `a prompt cache lives ${cacheLivesSeconds} s after its last use`, 6),
  ];
}

interface Column {
  readonly title: string;
  readonly cell: (value: number | undefined) => string;
  readonly of: (way: WayResult) => Estimate | undefined;
}

const tenths = (value: number | undefined) => (value === undefined ? "–" : value.toFixed(1));

const COLUMNS: readonly Column[] = [
  { title: "$ a session", cell: costCell, of: ({ costPerSession }) => costPerSession },
  { title: "% of all strong", cell: percentCell, of: ({ costOfAllStrong }) => costOfAllStrong },
  { title: "switches", cell: tenths, of: ({ switches }) => switches },
  { title: "unsafe/1,000", cell: tenths, of: ({ unsafePer1000 }) => unsafePer1000 },
  { title: "cached %", cell: percentCell, of: ({ cachedShare }) => cachedShare },
  { title: "quality", cell: areaCell, of: ({ quality }) => quality },
];

const WAY_NAMES: Readonly<Record<Way, string>> = {
  "all-weak": "all weak",
  "all-strong": "all strong",
  "per-request": "by request",
  sticky: "sticky",
  session: "session rule",
};

function tableRows({ ways }: SessionEvaluationResult): readonly (readonly string[])[] {
  return [
    ["", ...COLUMNS.map(({ title }) => title)],
    ...ways.flatMap((way) => [
      [nameOf(way), ...COLUMNS.map(({ cell, of }) => cell(of(way)?.value))],
      ["", ...COLUMNS.map(({ cell, of }) => intervalCell(of(way), cell))],
    ]),
  ];
}

function nameOf({ way, policy }: WayResult): string {
  return policy === undefined ? WAY_NAMES[way] : `${ending(policy, 16)}, ${WAY_NAMES[way]}`;
}

/** One sentence a policy: what the session rule saves and keeps, and what routing by request breaks. */
function verdicts({ ways, turns }: SessionEvaluationResult): readonly string[] {
  return ways
    .filter(({ way }) => way === "session")
    .flatMap((session) => {
      const byRequest = ways.find(({ way, policy }) => way === "per-request" && policy === session.policy);
      const broken = `by request ${countText(byRequest?.unsafe ?? 0)} of ${countText(turns)} turns go where a server may refuse them`;
      const kept = `with the session rule ${countText(session.unsafe)}`;
      const cost = session.costOfPerRequest;
      const costs = cost === undefined ? "" : `, at ${percentText(cost)} of the cost`;
      const quality =
        session.quality === undefined
          ? ""
          : `; quality ${areaCell(session.quality.value)} against ${areaCell(byRequest?.quality?.value)} by request`;
      return wrapped(`${session.policy}: `, `${broken}, ${kept}${costs}${quality}`, 2);
    });
}
