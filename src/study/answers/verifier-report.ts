// What the training of a verifier found, as text for people and as an object for programs.
import { shown } from "../train/advice.ts";
import type { AgainstRandom } from "./against-random.ts";
import type { VerifierReport } from "./train-verifier.ts";

/** One object. */
export function verifierJson(report: VerifierReport) {
  const { settings, ...rest } = report;
  const { share, seed, date } = settings;
  return { ...rest, settings: { share, seed, date }, sentence: verifierSentence(report) };
}

export function verifierText(report: VerifierReport): string {
  const { compared, reliability, rows, wrong, settings, threshold } = report;
  return [
    `${grouped(rows)} answers of the weak tier; ${shareText(wrong, rows)} are wrong; strong scores ${signed(report.gain)} over weak`,
    `${grouped(report.clusters)} groups of near-duplicate questions; topics: ${topicsText(report)}; seed ${settings.seed}`,
    `data ${report.fingerprint}`,
    "",
    "By cross-validation: the area under the curve of the gap recovered against the share asked again (APGR; at random .500), with 95 %",
    "bootstrap intervals; p, the share of random orders that do as well; and what is recovered when so many answers are asked again.",
    ...table(compared),
    "",
    ...flaggedText(report),
    "",
    verifierSentence(report),
    "",
    `How far the probability of being wrong can be believed (expected error ${percent(reliability.expectedError)}):`,
    "    predicted    observed    rows",
    ...reliability.bins.map(
      ({ predicted, observed, rows: count }) =>
        `    ${percent(predicted).padStart(9)}    ${percent(observed).padStart(8)}    ${String(count).padStart(4)}`,
    ),
    "",
    `Asked again are ${percent(settings.share)} where the threshold is ${threshold.toFixed(3)}: the probability of being right below which`,
    `an answer is not let through. Weighed by what asking again costs: ${report.weighedThreshold.toFixed(3)}.`,
    "",
  ].join("\n");
}

/** What the answers support, in words that can be acted on. */
export function verifierSentence({ beatsRandom, compared: { verifier, leftOut }, rows }: VerifierReport): string {
  const figures = `APGR ${shown(verifier.apgr)}, p ${pText(verifier.p)}`;
  if (!beatsRandom) {
    return `Use the checks alone: on ${grouped(rows)} answers no verifier is clear of escalation at random (${figures}).`;
  }
  if (leftOut === undefined)
    return `Use the verifier: ${figures}. How it does on topics it has not seen is not known: the rows name no groups.`;
  const elsewhere = `on topics it has not seen ${shown(leftOut.apgr)}`;
  return leftOut.apgr.low > 0.5
    ? `Use the verifier: ${figures}; ${elsewhere}.`
    : `Use the verifier on these topics alone: ${figures}; ${elsewhere}, no better than at random.`;
}

function table(compared: VerifierReport["compared"]): readonly string[] {
  const named: readonly (readonly [string, AgainstRandom | undefined])[] = [
    ["longest answers first", compared.length],
    ["verifier", compared.verifier],
    ["checks, then verifier", compared.both],
    ["verifier, topics left out", compared.leftOut],
    ["checks, then verifier, topics left out", compared.bothLeftOut],
  ];
  const found = named.flatMap(([name, figures]) => (figures === undefined ? [] : [{ name, figures }]));
  const width = Math.max(...found.map(({ name }) => name.length));
  const rates = compared.verifier.rates.map(({ rate }) => `${Math.round(100 * rate)} %`.padStart(7)).join("");
  const blank = " ".repeat(22);
  return [
    `    ${"".padEnd(width)}   APGR${blank}    p${rates}`,
    ...found.map(({ name, figures: { apgr, p, rates: at } }) => {
      const recovered = at.map(({ recovered: { value } }) => percent(value).replace(" %", "").padStart(7)).join("");
      return `    ${name.padEnd(width)}   ${shown(apgr)}   ${pText(p).padStart(6)}${recovered}`;
    }),
  ];
}

function flaggedText({ flagged, rows, wrong, gain }: VerifierReport): readonly string[] {
  if (flagged.length === 0) return ["The checks have nothing against any of the answers."];
  const width = Math.max(...flagged.map(({ check }) => check.length));
  return [
    `What the checks speak against; of all answers ${percent(wrong / rows)} are wrong, and strong scores ${signed(gain)} over weak:`,
    ...flagged.map((each) => {
      const found = `${shareText(each.rows, rows)}: ${percent(each.wrong / each.rows)} are wrong`;
      return `    ${each.check.padEnd(width)}   ${found}, strong scores ${signed(each.gain)} over weak`;
    }),
  ];
}

function topicsText({ groups, compared }: VerifierReport): string {
  return compared.leftOut === undefined ? `${groups}, too few to leave any out` : String(groups);
}

function shareText(count: number, of: number): string {
  return `${grouped(count)} (${percent(count / of)})`;
}

function pText(p: number): string {
  return p < 0.001 ? "< .001" : p.toFixed(3).replace(/^0/, "");
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3).replace(/^0/, "")}`;
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
