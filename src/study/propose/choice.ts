// Which change, and what it is worth: chosen by cross-validation, and the choosing itself measured on rows that it has not seen. So what is
// said of a change is never the best of many figures.
import { randomSource } from "../evaluate/random-source.ts";
import { FOLDS } from "../train/folds.ts";
import { type Family, type FamilyName, type Fitted, foldsAmong, inside, outside } from "./families.ts";
import { type Studied, worths } from "./studied.ts";

export interface Choice {
  readonly family: FamilyName | undefined; // undefined: nothing is changed
  readonly fitted: Fitted | undefined;
}

export interface NestedChoice extends Choice {
  /** By row: where the change goes that was chosen without the row's fold. */
  readonly chosen: Uint8Array;
  /** By family, likewise: were this kind of change chosen in any case. */
  readonly byFamily: readonly { readonly family: FamilyName; readonly tiers: Uint8Array }[];
  readonly picks: readonly (FamilyName | undefined)[]; // of each fold
}

export interface ChoiceSettings {
  readonly seed: number;
  readonly onStep: (done: number, of: number) => void;
}

/** `families` from the simplest to the richest. */
export async function nestedChoice(studied: Studied, families: readonly Family[], settings: ChoiceSettings): Promise<NestedChoice> {
  const { seed, onStep } = settings;
  const all = Int32Array.from({ length: studied.rows.length }, (_, row) => row);
  const folds = foldsAmong(studied, all, randomSource(seed));
  const chosen = studied.base.slice();
  const byFamily = families.map(({ name: family }) => ({ family, tiers: studied.base.slice() }));
  const picks: (FamilyName | undefined)[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const { choice, fitted } = await choose(studied, families, outside(all, folds, fold), seed + 1 + fold);
    const tested = inside(all, folds, fold);
    fill(chosen, choice.fitted, tested);
    byFamily.forEach(({ tiers }, at) => {
      fill(tiers, fitted[at], tested);
    });
    picks.push(choice.family);
    onStep(fold + 1, FOLDS + 1);
  }
  const { choice } = await choose(studied, families, all, seed + 1 + FOLDS);
  onStep(FOLDS + 1, FOLDS + 1);
  return { ...choice, chosen, byFamily, picks };
}

function fill(tiers: Uint8Array, fitted: Fitted | undefined, rows: Int32Array): void {
  if (fitted === undefined) return;
  for (const row of rows) tiers[row] = fitted.tiers[row] ?? 0;
}

/**
 * By what each is worth more than no change, on rows it was not fitted to: the simplest within one standard error of the best, no change
 * being the simplest of all. Source: Breiman et al., "Classification and Regression Trees" (1984), the rule of one standard error.
 */
async function choose(studied: Studied, families: readonly Family[], rows: Int32Array, seed: number) {
  const folds = foldsAmong(studied, rows, randomSource(seed));
  const fitted: (Fitted | undefined)[] = [];
  const gains: Float64Array[] = [];
  for (const family of families) {
    const study = await family.study(rows, folds);
    fitted.push(study.fitted);
    gains.push(study.fitted === undefined ? new Float64Array(rows.length) : gainsOf(studied, rows, study.held));
  }
  const sums = gains.map(sum);
  const best = sums.indexOf(Math.max(...sums));
  const most = gains[best] ?? new Float64Array(0);
  const candidates = [new Float64Array(rows.length), ...gains];
  const simplest = candidates.findIndex((gain) => isAsGood(gain, most));
  const choice: Choice = simplest <= 0 ? { family: undefined, fitted: undefined } : chosenOf(families, fitted, simplest - 1);
  return { choice, fitted };
}

function chosenOf(families: readonly Family[], fitted: readonly (Fitted | undefined)[], at: number): Choice {
  return { family: families[at]?.name, fitted: fitted[at] };
}

function gainsOf(studied: Studied, rows: Int32Array, tiers: Uint8Array): Float64Array {
  const worth = worths(studied);
  return Float64Array.from(rows, (row) => {
    const at = row * studied.tiers;
    return (studied.weights[row] ?? 0) * ((worth[at + (tiers[row] ?? 0)] ?? 0) - (worth[at + (studied.base[row] ?? 0)] ?? 0));
  });
}

/** The best one's lead is under its standard error. */
function isAsGood(gain: Float64Array, best: Float64Array): boolean {
  const leads = best.map((value, at) => value - (gain[at] ?? 0));
  const lead = sum(leads);
  const mean = lead / leads.length;
  const variance = leads.reduce((all, value) => all + (value - mean) ** 2, 0);
  return lead <= Math.sqrt((variance * leads.length) / Math.max(1, leads.length - 1));
}

function sum(values: Float64Array): number {
  return values.reduce((all, value) => all + value, 0);
}
