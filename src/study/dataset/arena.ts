// Which tier was needed where people compared two models: strong where the strong tier's model won, weak where it did not.
import { type Needed, type TierWords, tierOf } from "./labels.ts";
import { shown } from "./problem.ts";
import type { ColumnValue } from "./shapes.ts";

const WEAK_DID = new Set(["tie", "tie (bothbad)", "both_bad", "bothbad"]);

export type ArenaTruth = { readonly needed: Needed } | { readonly problem: string; readonly hint: string };

/** A tie is weak's: strong was not better, whether both were good or bad. */
export function arenaTruth(value: ColumnValue, models: TierWords | undefined): ArenaTruth {
  const [a, b] = [value("model_a"), value("model_b")];
  if (models === undefined)
    return {
      problem: `expected to be told which tier the models ${shown(a)} and ${shown(b)} stand for`,
      hint: "Say so: --models weak=NAME,NAME strong=NAME,NAME.",
    };
  const [tierA, tierB] = [tierOf(models, a), tierOf(models, b)];
  if (tierA === undefined || tierB === undefined || tierA === tierB)
    return {
      problem: `expected one model of each tier, found ${shown(a)} (${tierA ?? "no tier"}) and ${shown(b)} (${tierB ?? "no tier"})`,
      hint: "Give them tiers with --models weak=NAME strong=NAME.",
    };
  const winner = winnerOf(value);
  if (winner === undefined)
    return { problem: `column "winner": expected model_a, model_b or tie, found ${shown(value("winner"))}`, hint: "Correct the row." };
  const won = winner === "model_a" ? tierA : winner === "model_b" ? tierB : "weak";
  return { needed: won };
}

/** Of the columns `winner`, or `winner_model_a`, `winner_model_b` and `winner_tie` with 1 in one of them. */
function winnerOf(value: ColumnValue): "model_a" | "model_b" | "tie" | undefined {
  const winner = value("winner");
  if (typeof winner === "string" && winner !== "") {
    const word = winner.trim().toLowerCase();
    if (word === "model_a" || word === "model_b") return word;
    return WEAK_DID.has(word) ? "tie" : undefined;
  }
  const marked = (["model_a", "model_b", "tie"] as const).filter((name) => /^(?:1|1\.0|true)$/i.test(String(value(`winner_${name}`))));
  return marked.length === 1 ? marked[0] : undefined;
}
