// How far people agree, in words: a line for each of them and for each pair, what it means, and the rows to talk over. Pure.
import type { Estimate } from "../evaluate/result.ts";
import { type Agreement, type AgreementReport, ENOUGH_ROWS, FAIR_KAPPA, type PairAgreement, POOR_KAPPA } from "./agreement.ts";

const SHOWN_DISPUTES = 10;

export function agreementText({ people, pairs }: AgreementReport): string {
  const lines = people.flatMap(({ by, rows, weak, strong, neither, firstChosen }) => [
    `${by}: ${rows} rows, ${weak} weak, ${strong} strong${neither > 0 ? `, ${neither} neither` : ""}`,
    ...(firstChosen === undefined ? [] : [`  of two answers chose the first ${percent(firstChosen)}${leaning(firstChosen)}`]),
  ]);
  const judged = pairs.flatMap((pair) => ["", ...pairLines(pair)]);
  const none = pairs.length === 0 ? ["", "No two of them labelled the same rows: have a second person label some, with --by."] : [];
  return [...lines, ...judged, ...none].map((line) => `${line}\n`).join("");
}

function pairLines({ people, verdict, needed, disputes }: PairAgreement): readonly string[] {
  const more = disputes.length > SHOWN_DISPUTES ? [`  and ${disputes.length - SHOWN_DISPUTES} more`] : [];
  return [
    `${people[0]} and ${people[1]} both labelled ${verdict.rows} rows`,
    `  which answers do: agree on ${percent(verdict.agreed)}, kappa ${kappaText(verdict)}`,
    `  which tier is needed: agree on ${percent(needed.agreed)} of ${needed.rows}, kappa ${kappaText(needed)}`,
    meaning(needed),
    ...(disputes.length > 0 ? [`they differ on ${disputes.length} (${people[0]} / ${people[1]}):`] : []),
    ...disputes.slice(0, SHOWN_DISPUTES).map(({ id, said }) => `  ${id}: ${said[0]} / ${said[1]}`),
    ...more,
  ];
}

function meaning({ rows, kappa }: Agreement): string {
  if (kappa === undefined) return "All say the same one thing, so that there was nothing to disagree on: label rows of both kinds.";
  if (rows < ENOUGH_ROWS) return `${rows} rows tell little of it: ${ENOUGH_ROWS} that both label are enough.`;
  if (kappa.value < POOR_KAPPA)
    return "The criteria mean different things to them: talk the rows below over before any label is relied upon.";
  if (kappa.value < FAIR_KAPPA) return "Fair, not good: talk the rows below over, and label on.";
  return "Good: one of them can label the rest.";
}

/** Towards what stands first, or away from it, beyond chance. */
function leaning({ low, high }: Estimate): string {
  return low > 0.5 || high < 0.5 ? ": the place of an answer counted, not what it says alone" : "";
}

function kappaText({ kappa }: Agreement): string {
  if (kappa === undefined) return "not defined";
  const { value, low, high } = kappa;
  return `${value.toFixed(2)} [${low.toFixed(2)} to ${high.toFixed(2)}]`;
}

function percent({ value, low, high }: Estimate): string {
  const share = (each: number) => (100 * each).toFixed(0);
  return `${share(value)} % [${share(low)}–${share(high)}]`;
}
