// An evaluation of cascades as text for a terminal.
import type { Estimate } from "../evaluate/result.ts";
import { type CascadeResult, COSTS, type Way, type WayDifference } from "./cascade-evaluation.ts";

/** What the figures rest on. */
export interface CascadeGrounds {
  readonly files: readonly string[];
  readonly policy: string;
  readonly verifier: string | undefined; // its file
  readonly tiers: readonly [weak: string, strong: string];
  readonly pricesAssumed: boolean; // none were configured: strong's tokens cost ten times weak's
  readonly warnings: readonly string[];
}

export function cascadeText(result: CascadeResult, grounds: CascadeGrounds): string {
  const { rows, weak, strong, checks, byShare, ways, differences, resamples } = result;
  const names = waysNamed(grounds);
  const [first, last] = grounds.tiers;
  const width = Math.max(...Object.values(names).map((name) => name.length), "best single tier".length);
  const constant = COSTS.map((cost) => (cost < weak.cost ? undefined : Math.max(weak.quality, cost >= 1 ? strong.quality : 0)));
  const cells = (values: readonly (number | undefined)[]) => values.map((value) => figure(value).padStart(8)).join("");
  return `${[
    `Data  ${grounds.files.join(", ")}`,
    `      ${rows.toLocaleString("en-US")} answers; ${first} scores ${figure(weak.quality)} in the mean, ${last} ${figure(strong.quality)}`,
    `      all ${first} costs ${percent(weak.cost)} of all ${last}${costText(result, grounds)}`,
    ...grounds.warnings.map((warning) => `warning: ${warning}`),
    "",
    `Quality at equal cost, in shares of the cost of all ${last}; and in the mean over all costs, with its 95 % interval`,
    `  ${"".padEnd(width)}${COSTS.map((cost) => `${Math.round(100 * cost)} %`.padStart(8)).join("")}    mean`,
    `  ${"best single tier".padEnd(width)}${cells(constant)}`,
    ...ways.map(
      ({ way, quality, mean }) => `  ${names[way].padEnd(width)}${cells(quality.map((each) => each?.value))}    ${interval(mean)}`,
    ),
    "",
    `The checks alone ask ${percent(checks.share)} again: quality ${figure(checks.quality)} at ${percent(checks.cost)} of the cost;` +
      ` as many at random ${figure(checks.atRandom)}.`,
    "",
    "By the share that strong gets alone, whatever it costs: the area under the curve (APGR; at random .500), 95 % intervals",
    ...(["behind", "before"] as const).map(
      (way) => `  ${names[way].padEnd(width)}  ${interval(byShare[way].apgr)}, p ${pText(byShare[way].p)}`,
    ),
    "",
    `Differences in the mean over all costs (${resamples} resamples of the rows)`,
    ...differences.map((difference) => `  ${differenceText(difference, names)}`),
    "",
  ].join("\n")}`;
}

/** What each way is called before its readers. */
export function waysNamed({ policy, verifier }: CascadeGrounds): Readonly<Record<Way, string>> {
  const behind = verifier === undefined ? "cascade, by checks" : "cascade, by checks and verifier";
  const both = (share: number) => `${share} % by ${policy}, then cascade`;
  return {
    random: "tier at random",
    before: `tier by ${policy}`,
    escalated: "cascade, asked again at random",
    behind,
    weighed: `${behind}, by cost`,
    "both 10": both(10),
    "both 20": both(20),
    "both 30": both(30),
  };
}

/** A difference with its verdict, as a sentence without a full stop. */
export function differenceText({ way, over, mean, p }: WayDifference, names: Readonly<Record<Way, string>>): string {
  const verdict = mean.low > 0 ? "better than" : mean.high < 0 ? "worse than" : "not clear of";
  return `${names[way]}: ${verdict} ${names[over]}, ${signed(mean)}, p ${pText(p)}`;
}

function pText(p: number): string {
  return p < 0.001 ? "< .001" : p.toFixed(3).replace(/^0/, "");
}

function costText({ strong }: CascadeResult, { pricesAssumed }: CascadeGrounds): string {
  if (pricesAssumed) return "; no prices are configured: a token of the first is taken to cost a tenth of the second's";
  return `, which is $${strong.costPer1000.toPrecision(3)} for 1,000 requests`;
}

function interval({ value, low, high }: Estimate): string {
  return `${figure(value)} [${figure(low)}–${figure(high)}]`;
}

function signed({ value, low, high }: Estimate): string {
  const sign = (each: number) => `${each < 0 ? "−" : "+"}${figure(Math.abs(each))}`;
  return `${sign(value)} [${sign(low)} to ${sign(high)}]`;
}

function figure(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "–" : value.toFixed(3).replace(/^0/, "");
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}
