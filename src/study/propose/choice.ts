// Which change, and what it is worth: chosen by cross-validation, and the choosing itself measured on rows that it has not seen. So what is
// said of a change is never the best of many figures. Where rows have groups, the choosing is measured on whole groups left out as well.
import { randomSource } from "../evaluate/random-source.ts";
import { FOLDS, foldsOf, type Split, splitsOf } from "../train/folds.ts";
import { hasBothKinds, LEAST_GROUPS } from "../train/left-out.ts";
import { type Family, type FamilyName, type Fitted, foldsAmong } from "./families.ts";
import { type Studied, worths } from "./studied.ts";

export interface Choice {
  readonly family: FamilyName | undefined; // undefined: nothing is changed
  readonly fitted: Fitted | undefined;
}

/** By row: tiers that were told without the row. */
export interface HeldOut {
  readonly chosen: Uint8Array; // where the change goes that was chosen
  readonly byFamily: readonly Uint8Array[]; // were this kind of change chosen in any case, in the order of the families
}

export interface NestedChoice extends Choice {
  readonly plain: HeldOut; // without the row's fold
  readonly groups: HeldOut | undefined; // without the row's whole group; undefined: none can be left out, or nothing is changed
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
  const folds = splitsOf(foldsAmong(studied, all, randomSource(seed)), studied.clusters);
  const groupFolds = groupSplits(studied, randomSource(seed));
  const steps = folds.length + 1 + groupFolds.length;
  let done = 0;
  const stepDone = () => onStep(++done, steps);
  const plain = await heldOut(studied, families, folds, { seed: seed + 1, onStep: stepDone });
  const { choice } = await choose(studied, families, all, seed + 1 + FOLDS);
  stepDone();
  if (choice.family === undefined || groupFolds.length === 0) {
    onStep(steps, steps);
    return { ...choice, plain, groups: undefined, picks: plain.picks };
  }
  const groups = await heldOut(studied, families, groupFolds, { seed: seed + 2 + FOLDS, onStep: stepDone });
  return { ...choice, plain, groups, picks: plain.picks };
}

/** None where there are no groups to leave out, or where what remained would say nearly all the same. */
function groupSplits({ groups, needs, clusters }: Studied, random: () => number): readonly Split[] {
  if (new Set(groups).size < LEAST_GROUPS) return [];
  const splits = splitsOf(foldsOf(groups, needs, random), clusters);
  return splits.every(({ chosen }) => hasBothKinds(needs, chosen)) ? splits : [];
}

interface HoldingOut {
  readonly seed: number;
  readonly onStep: () => void;
}

async function heldOut(studied: Studied, families: readonly Family[], splits: readonly Split[], { seed, onStep }: HoldingOut) {
  const chosen = studied.base.slice();
  const byFamily = families.map(() => studied.base.slice());
  const picks: (FamilyName | undefined)[] = [];
  for (const [at, { chosen: rows, tested }] of splits.entries()) {
    const { choice, fitted } = await choose(studied, families, rows, seed + at);
    fill(chosen, choice.fitted, tested);
    byFamily.forEach((tiers, family) => {
      fill(tiers, fitted[family], tested);
    });
    picks.push(choice.family);
    onStep();
  }
  return { chosen, byFamily, picks };
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
