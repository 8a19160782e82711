// Every policy type and what makes it. A new policy is one file beside this one and one line in each of the two lists here.
import { type ChainSettings, chainPolicy } from "./chain.ts";
import { type DifficultySettings, difficultyPolicy } from "./difficulty.ts";
import { type FixedSettings, fixedPolicy } from "./fixed.ts";
import { type LearnedSettings, learnedPolicy } from "./learned/policy.ts";
import type { ThresholdMove } from "./learned/share-keeper.ts";
import { type LengthSettings, lengthPolicy } from "./length.ts";
import type { Link, Policy } from "./policy.ts";
import { type RandomSettings, randomPolicy } from "./random.ts";
import type { CompileRegex } from "./regex.ts";
import { type RulesSettings, rulesPolicy } from "./rules.ts";
import { type ThresholdSettings, thresholdPolicy } from "./threshold.ts";

export type PolicySettings =
  | ({ readonly type: "threshold" } & ThresholdSettings)
  | ({ readonly type: "rules" } & RulesSettings)
  | ({ readonly type: "difficulty" } & DifficultySettings)
  | ({ readonly type: "learned" } & LearnedSettings)
  | ({ readonly type: "fixed" } & FixedSettings)
  | ({ readonly type: "random" } & RandomSettings)
  | ({ readonly type: "length" } & LengthSettings)
  | ({ readonly type: "chain" } & ChainSettings);

/** What policies take from outside the pure folders. */
export interface PolicySurroundings {
  readonly compileRegex: CompileRegex; // for rules
  readonly random: () => number; // 0 to under 1: for requests without an id
  readonly onThresholdMoved: (move: ThresholdMove) => void; // of a learned policy that keeps a share; on the request path
}

/** `linkOf` makes or finds the policy of that name for a chain. Throws what `compileRegex` throws. */
export function makePolicy(settings: PolicySettings, linkOf: (name: string) => Link, surroundings: PolicySurroundings): Policy {
  switch (settings.type) {
    case "threshold":
      return thresholdPolicy(settings);
    case "rules":
      return rulesPolicy(settings, surroundings.compileRegex);
    case "difficulty":
      return difficultyPolicy(settings);
    case "learned":
      return learnedPolicy(settings, surroundings.onThresholdMoved);
    case "fixed":
      return fixedPolicy(settings);
    case "random":
      return randomPolicy(settings, surroundings.random);
    case "length":
      return lengthPolicy(settings);
    case "chain":
      return chainPolicy(settings.of.map(linkOf));
  }
}
