// Whether a candidate may be turned on, in words: what is shown, what is not, and how long it takes to know.
import { hundredths, percent, pointRange } from "../evaluate/figure-text.ts";
import type { Estimate } from "../evaluate/result.ts";
import { LEAST_EFFECTIVE } from "./weights.ts";

/** `safe`: turn it on; `not-yet`: not enough is known; `no`: it is known to be worse. */
export interface ComparisonVerdict {
  readonly kind: "safe" | "not-yet" | "no";
  readonly why: string;
}

/** What is said of the two policies. */
interface Grounds {
  readonly all: {
    readonly down: Estimate;
    readonly up: Estimate;
    readonly costBefore: number | undefined;
    readonly costChange: Estimate | undefined;
  };
  readonly quality:
    | { readonly kind: "unknown" }
    | { readonly kind: "too-little"; readonly effective: number }
    | { readonly kind: "known"; readonly change: Estimate };
  readonly days: number;
}

/** Of quality, in answers: a loss below it is none that anybody would see. */
const MARGIN = 0.02;
/** Of cost: a rise below it needs no reason. */
const COST_MARGIN = 0.05;

export function comparisonVerdict(grounds: Grounds): ComparisonVerdict {
  const { all, quality, days } = grounds;
  const dearer = rise(all.costBefore, all.costChange);
  if (quality.kind !== "known") {
    // At worst every request that goes lower is answered badly.
    if (all.down.high > MARGIN) return { kind: "not-yet", why: notKnown(quality, all.down, days) };
    if (dearer !== undefined) return { kind: "not-yet", why: `it costs ${dearer} more, and nothing shows that answers get better` };
    return {
      kind: "safe",
      why: `at most ${percent(all.down.high)} of the requests go to a weaker tier${cheaper(all.costBefore, all.costChange)}`,
    };
  }
  const { value, low, high } = quality.change;
  const range = `${hundredths(value)} points ${pointRange(low, high)}`;
  if (high < -MARGIN) return { kind: "no", why: `quality changes by ${range}` };
  if (dearer !== undefined && high < MARGIN) return { kind: "no", why: `it costs ${dearer} more, and quality changes by ${range}` };
  if (low < -MARGIN)
    return {
      kind: "not-yet",
      why: `quality changes by ${range}, so a loss over ${hundredths(MARGIN)} points is possible${wait(days, value, low)}`,
    };
  if (dearer !== undefined && low <= 0)
    return { kind: "not-yet", why: `it costs ${dearer} more, and quality changes by ${range}: no better answers are shown` };
  return { kind: "safe", why: `quality changes by ${range}${cheaper(all.costBefore, all.costChange)}` };
}

function notKnown(quality: Exclude<Grounds["quality"], { kind: "known" }>, { value }: Estimate, days: number): string {
  const down = `${percent(value)} of the requests go to a weaker tier, and what that does to answers is not known`;
  if (quality.kind === "unknown") return `${down}: set \`audit: { share: 0.002 }\`, so that it is`;
  const more = quality.effective === 0 ? undefined : days * (LEAST_EFFECTIVE / quality.effective - 1);
  return more === undefined ? `${down} yet` : `${down} yet: ${dayText(more)} more at this traffic`;
}

/** An interval shrinks with the root of what is logged: until it leaves the margin out, where the value itself does. */
function wait(days: number, value: number, low: number): string {
  if (value <= -MARGIN) return "";
  const times = ((value - low) / (value + MARGIN)) ** 2;
  return `: ${dayText(days * (times - 1))} more at this traffic would tell, if it stays so`;
}

/** `12 %` where it is shown to be over the margin. */
function rise(before: number | undefined, change: Estimate | undefined): string | undefined {
  if (before === undefined || change === undefined || before === 0 || change.low <= COST_MARGIN * before) return undefined;
  return percent(change.value / before);
}

function cheaper(before: number | undefined, change: Estimate | undefined): string {
  if (before === undefined || change === undefined || before === 0) return "";
  if (change.high < 0) return `, and it costs ${percent(-change.value / before)} less`;
  return change.low > 0 ? `, and it costs ${percent(change.value / before)} more` : "";
}

function dayText(days: number): string {
  return days < 1 ? `${Math.max(1, Math.round(24 * days))} hours` : `${days.toFixed(1)} days`;
}
