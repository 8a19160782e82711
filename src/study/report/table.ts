// An evaluation as text for a terminal: first whether each policy earns its keep, then the figures that say so, then the parts.
import type { EvaluationResult, Evidence, GateCheck, PolicyResult, Slice, SweepPoint } from "../evaluate/result.ts";
import { type Alignment, aligned, cut, ending, indented, wrapped } from "./aligned.ts";
import { areaCell, costCell, countText, intervalCell, percentCell } from "./figure-cells.ts";
import { policyBlock } from "./policy-block.ts";
import { aboutLines, nextLines } from "./run-text.ts";

/** At most 120 characters a line but for commands to be copied, with a line break at the end. */
export function tableReport(result: EvaluationResult): string {
  const sections = [
    dataSection(result),
    verdictSection(result.policies),
    result.warnings.flatMap((warning) => wrapped("warning: ", warning, 9)),
    ...result.policies.map((policy) => policyBlock(policy, result)),
    ...sliceSections(result.policies, "by group", ({ byGroup }) => byGroup),
    ...sliceSections(result.policies, "by language", ({ byLanguage }) => byLanguage),
    sweepSection(result.sweep),
    gateSection(result.gate),
    aboutLines(result.about),
    nextLines(result.next),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

const SHOWN_FILES = 3;

function dataSection({
  files,
  rows,
  population,
  skipped,
  truth,
  neededStrong,
  allWeakQuality,
  allStrongQuality,
}: EvaluationResult): readonly string[] {
  const more = files.length > SHOWN_FILES ? ` and ${files.length - SHOWN_FILES} more files` : "";
  const bad = skipped === 0 ? "" : `, ${countText(skipped)} bad rows left out`;
  const needed = `${countText(rows)} rows with ${truth}${bad}; ${percentCell(neededStrong)} % need strong`;
  const quality =
    allWeakQuality === undefined || allStrongQuality === undefined
      ? ""
      : `; quality ${allWeakQuality.toFixed(3)} all weak, ${allStrongQuality.toFixed(3)} all strong`;
  const requests = population && countText(Math.round(population.requests));
  const sentence = `the rows were drawn with known chances: all figures are of the ${requests} requests they stand for`;
  const drawn = population === undefined ? [] : wrapped("      ", sentence, 6);
  return [...wrapped("Data  ", `${files.slice(0, SHOWN_FILES).join(", ")}${more}`, 6), ...wrapped("      ", needed + quality, 6), ...drawn];
}

const EVIDENCE_WORDS: Readonly<Record<Evidence, string>> = { better: "YES", none: "NO EVIDENCE", worse: "NO, WORSE" };
/** Of a policy that beats a coin, and is beaten by one tier alone. */
const BEATEN = "YES, BUT";

function verdictSection(policies: readonly PolicyResult[]): readonly string[] {
  const nameWidth = Math.min(24, Math.max(...policies.map(({ name }) => [...name].length)));
  const lines = policies.flatMap(({ name, evidence, verdict, single }) => {
    const words = evidence === "better" && single?.evidence === "worse" ? BEATEN : EVIDENCE_WORDS[evidence];
    const first = `  ${words.padEnd(13)}${ending(name, nameWidth).padEnd(nameWidth)}  `;
    return wrapped(first, verdict, [...first].length);
  });
  return ["Does it route?", ...lines];
}

const SHOWN_SLICES = 12;

/** A table a policy, of the parts with most rows. One part alone is the whole, and says nothing new. */
function sliceSections(
  policies: readonly PolicyResult[],
  title: string,
  slicesOf: (policy: PolicyResult) => readonly Slice[],
): readonly (readonly string[])[] {
  return policies.flatMap((policy) => {
    const slices = slicesOf(policy).toSorted((a, b) => b.rows - a.rows);
    return slices.length < 2 ? [] : [sliceTable(`${policy.name}, ${title}`, slices)];
  });
}

function sliceTable(title: string, slices: readonly Slice[]): readonly string[] {
  const scored = slices.some(({ gapRecovered }) => gapRecovered !== undefined);
  const figures = ["misroute %", "", ...(scored ? ["gap %", "", "APGR", ""] : [])];
  const rows = slices.slice(0, SHOWN_SLICES).map((slice) => [cut(slice.name, 32), ...sliceCells(slice, scored)]);
  const alignments: readonly Alignment[] = [
    "left",
    "right",
    "right",
    ...figures.map((_, at) => (at % 2 === 0 ? "right" : "left") as Alignment),
  ];
  const rest = slices.length - SHOWN_SLICES;
  const more = rest > 0 ? [`and ${rest} smaller: --json and --html have them all`] : [];
  return [...wrapped("", title, 2), ...indented([...aligned([["", "rows", "weak %", ...figures], ...rows], alignments), ...more])];
}

function sliceCells({ rows, weakShare, misroute, gapRecovered, apgr }: Slice, scored: boolean): readonly string[] {
  const common = [countText(rows), percentCell(weakShare), percentCell(misroute.value), intervalCell(misroute, percentCell)];
  if (!scored) return common;
  const gap = [percentCell(gapRecovered?.value), intervalCell(gapRecovered, percentCell)];
  return [...common, ...gap, areaCell(apgr?.value), intervalCell(apgr, areaCell)];
}

const SHOWN_SETTINGS = 20;

/** The Pareto front alone, most weak first. */
function sweepSection(points: readonly SweepPoint[]): readonly string[] {
  if (points.length === 0) return [];
  const front = withoutEqual(points.filter(({ onFront }) => onFront)).toSorted((a, b) => b.weakShare - a.weakShare);
  const shown = thinned(front, SHOWN_SETTINGS);
  const rows = shown.map(({ policy, setting, weakShare, misroute, gapRecovered, costPer1000 }) => [
    ending(policy, 20),
    cut(setting, 54),
    percentCell(weakShare),
    percentCell(misroute),
    percentCell(gapRecovered),
    costCell(costPer1000),
  ]);
  const of = shown.length < front.length ? `, ${shown.length} of them shown` : "";
  return [
    `Sweep: ${front.length} of ${countText(points.length)} settings are on the front (none is both cheaper and better)${of}`,
    ...indented(
      aligned(
        [["policy", "setting", "weak %", "misroute %", "gap %", "$/1,000"], ...rows],
        ["left", "left", "right", "right", "right", "right"],
      ),
    ),
  ];
}

/** Settings that come to the same figures are told by the first of them. */
function withoutEqual(points: readonly SweepPoint[]): readonly SweepPoint[] {
  const figures = ({ weakShare, misroute, gapRecovered, costPer1000 }: SweepPoint) =>
    [weakShare, misroute, gapRecovered, costPer1000].join();
  return [...new Map(points.toReversed().map((point) => [figures(point), point])).values()].toReversed();
}

/** At most `count`, evenly spread, first and last included. */
function thinned<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  const places = Array.from({ length: count }, (_, at) => Math.round((at * (items.length - 1)) / (count - 1)));
  return places.flatMap((place) => items[place] ?? []);
}

function gateSection(checks: readonly GateCheck[]): readonly string[] {
  if (checks.length === 0) return [];
  const rows = checks.map(({ condition, policy, met, figure }) => [met ? "met" : "NOT MET", ending(policy, 24), condition, figure]);
  const missed = checks.filter(({ met }) => !met).length;
  const outcome = missed === 0 ? "passed" : `FAILED, ${missed} of ${checks.length} conditions not met`;
  return [`Gate: ${outcome}`, ...indented(aligned(rows, ["left", "left", "left", "left"]))];
}
