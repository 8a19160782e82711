// What a kind of change is to the choice among them: it is fitted to rows, and says where it would send every row then.
import type { NewModel } from "../../request/policy/learned/model-file.ts";
import { FOLDS, foldsOf } from "../train/folds.ts";
import type { KeptSettings } from "./kept-settings.ts";
import type { Studied } from "./studied.ts";

/** From the simplest to the richest: of two that are as good the first is taken. */
export const FAMILIES = ["keywords", "thresholds", "keywords and thresholds", "thresholds per step", "rules", "learned"] as const;
export type FamilyName = (typeof FAMILIES)[number];

/** A word that was found to tell which requests need more. */
export interface WordEvidence {
  readonly word: string;
  readonly moved: number; // rows that it alone would move, or moves now
  readonly gain: number; // mean quality that they gain by a stronger tier
  readonly pValue: number; // of no more, or no less, than chance, on labels it was not found in
}

export interface KeywordChange {
  readonly added: readonly WordEvidence[];
  readonly dropped: readonly WordEvidence[];
}

/** Of a threshold policy. */
export interface Limits {
  readonly maxChars: number;
  readonly maxTurns: number;
}

/** Of more than two tiers: the length up to which one is enough. */
export interface TierStep {
  readonly tier: string;
  readonly maxChars: number;
}

/** A rule of which the labels say that its tier is the wrong one. */
export interface RuleChange {
  readonly policy: string; // name
  readonly rule: string;
  readonly from: string; // tiers
  readonly to: string;
  readonly rows: number; // that it decides
  readonly gain: number; // mean quality by the other tier
  readonly pValue: number;
}

export type Change =
  | { readonly kind: "threshold"; readonly words: KeywordChange; readonly limits: Limits | undefined } // undefined: as they are
  | { readonly kind: "words in front"; readonly words: KeywordChange } // the policy in force behind them
  | { readonly kind: "steps"; readonly steps: readonly TierStep[]; readonly maxTurns: number; readonly last: string } // over all: the last
  | { readonly kind: "rules"; readonly rules: readonly RuleChange[] }
  | LearnedChange;

export interface LearnedChange {
  readonly kind: "learned";
  readonly model: NewModel;
  readonly advice: string;
  readonly kept: KeptSettings;
  readonly unused: UnusedTiers | undefined; // undefined: the model has a score for each tier
}

/** Tiers between the first and the last that the model chooses for nothing. */
export interface UnusedTiers {
  readonly tiers: readonly string[];
  readonly why: "no-scores" | "not-advised" | "too-many"; // no row has one of its own; training advises none; there are too many tiers
}

export interface Fitted {
  readonly tiers: Uint8Array; // by row: those it was fitted to, and all others
  readonly change: Change;
}

export interface FamilyStudy {
  readonly fitted: Fitted | undefined; // undefined: nothing was found
  readonly held: Uint8Array; // by row: of the rows studied, where fits that have not seen them would send them
}

export interface Family {
  readonly name: FamilyName;
  /** `rows` ascending; `folds` of each of them. */
  study(rows: Int32Array, folds: Uint8Array): Promise<FamilyStudy>;
}

/** Whole near-duplicates, each fold with its part of the rows that need more; of `rows`, one after the other. */
export function foldsAmong(studied: Studied, rows: Int32Array, random: () => number): Uint8Array {
  const clusters = rows.map((row) => studied.clusters[row] ?? 0);
  const needs = Uint8Array.from(rows, (row) => studied.needs[row] ?? 0);
  return foldsOf(clusters, needs, random);
}

export function outside(rows: Int32Array, folds: Uint8Array, fold: number): Int32Array {
  return rows.filter((_, at) => folds[at] !== fold);
}

export function inside(rows: Int32Array, folds: Uint8Array, fold: number): Int32Array {
  return rows.filter((_, at) => folds[at] === fold);
}

/** Of a family that is fitted quickly: once for all rows, and once without each fold. */
export function refitted(name: FamilyName, base: Uint8Array, fitTo: (rows: Int32Array) => Fitted | undefined): Family {
  return {
    name,
    async study(rows, folds) {
      const held = base.slice();
      for (let fold = 0; fold < FOLDS; fold++) {
        const fitted = fitTo(outside(rows, folds, fold));
        if (fitted === undefined) continue;
        for (const row of inside(rows, folds, fold)) held[row] = fitted.tiers[row] ?? 0;
      }
      return { fitted: fitTo(rows), held };
    },
  };
}
