// The verifier's trees: small boosted ones on the facts of answers. High sums: the answer is wrong.
import { ANSWER_FACTS } from "../../answer/verifier/answer-facts.ts";
import type { FactTrees } from "../../request/policy/learned/learned-model.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { TREE_SETTINGS, trainTrees } from "../train/boosted-trees.ts";
import type { AnswerRows } from "./answer-rows.ts";

/** Each tree sees all rows and facts: nothing is drawn. */
const WHOLE = { ...TREE_SETTINGS, rowShare: 1, factShare: 1 };

/**
 * Of the rows `chosen`. To be learned is whether the weak tier is wrong; that strong would be right instead is rarer and noisier, and by
 * cross-validation ranks worse (.546 to .552 where this has .557, both without the facts of choices). So do four models, each on half of
 * the facts (.592 where this has .597, with them).
 */
export function trainVerifierTrees({ facts, wrong }: AnswerRows, chosen: Int32Array): FactTrees {
  return trainTrees(facts, ANSWER_FACTS.length, wrong, chosen, WHOLE, randomSource(1));
}
