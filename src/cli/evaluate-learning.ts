// `sluice evaluate` of policies that learn: they are played on a sample of the rows, and what all rows say is written as a prior.
import { writeFile } from "node:fs/promises";
import type { Config } from "../config/config.ts";
import { policyNamed } from "../config/routing-of.ts";
import { SluiceError } from "../errors.ts";
import { textIn } from "../request/chat/facts.ts";
import type { ChatScanner } from "../request/chat/scanner.ts";
import { canGuard } from "../request/guard/can.ts";
import { priorSums, priorText } from "../request/policy/bandit/prior.ts";
import type { Example } from "../study/dataset/example.ts";
import { ablePolicy } from "../study/evaluate/able-policy.ts";
import { costOfRow, costOfTier } from "../study/evaluate/cost.ts";
import { type PlayedPolicy, type PlayedRow, playedRow, playPolicy, reservoir } from "../study/evaluate/played-policy.ts";
import { qualityOf } from "../study/evaluate/rows.ts";
import { ask, type PolicyOnTrial } from "../study/evaluate/trial.ts";

const MOST_ROWS = 20_000;
const [RUNS, REQUESTS, STEP] = [10, 10_000, 1000];

export interface LearningOptions {
  readonly seed: number;
  readonly outputTokens: number;
  readonly priorOut?: string; // undefined: none is written
}

export interface Learning {
  /** A row that the evaluation has taken. */
  add(example: Example): void;
  /** Of each policy that learns, in their order. None where rows were drawn with unequal chances. */
  played(): readonly PlayedPolicy[];
  /** Throws `output-unwritable`. Says what was written. */
  writePrior(): Promise<string>;
}

/** Undefined: no policy learns. Throws `policy-unknown` where a prior is asked for and none takes one. */
export function learningOn(
  config: Config,
  policies: readonly PolicyOnTrial[],
  scanner: ChatScanner,
  options: LearningOptions,
): Learning | undefined {
  const { seed, outputTokens, priorOut } = options;
  const learners = policies.filter(({ policy }) => policy.learner !== undefined);
  const taught = learners.find(({ policy }) => policy.learner?.knownOf !== undefined);
  if (priorOut !== undefined && taught === undefined) {
    const hint = "Name one of type bandit with --policy.";
    throw new SluiceError("policy-unknown", `--prior-out: none of ${policies.map(({ name }) => name).join(", ")} learns`, { hint });
  }
  if (learners.length === 0) return undefined;
  const tiers = config.tiers.map(({ name }) => name);
  const prices = config.tiers.map(({ name, price }) => costOfTier({ tier: name, ...price }, outputTokens));
  const sums = priorOut === undefined ? undefined : priorSums(tiers);
  const rows = reservoir<PlayedRow>(MOST_ROWS, seed);
  let isWeighted = false;
  return {
    add(example) {
      isWeighted ||= example.weight !== undefined;
      const asked = ask(scanner, example);
      if (asked.kind !== "asked") return;
      const { textBytes } = textIn(asked.request.facts, "all");
      const costs = prices.map((price) => (price === undefined ? Number.NaN : costOfRow(price, textBytes)));
      rows.offer(() => playedRow(example, costs));
      const x = sums && taught?.policy.learner?.knownOf?.(asked.request);
      if (x !== undefined) sums?.add(x, qualitiesOf(example, tiers), costs);
    },
    played() {
      if (isWeighted) return [];
      const can = canGuard(config.tiers);
      const make = (name: string) => () => ablePolicy(policyNamed(config, name).policy, can, config.defaultTier);
      const play = { tiers, scanner, seed, runs: RUNS, requests: REQUESTS, step: STEP };
      return learners.map(({ name }) => playPolicy(rows.kept, { ...play, name, make: make(name) }));
    },
    async writePrior() {
      if (sums === undefined || priorOut === undefined) return "";
      try {
        await writeFile(priorOut, priorText(sums.prior()));
      } catch (cause) {
        throw new SluiceError("output-unwritable", `${priorOut}: cannot be written`, { cause });
      }
      return `what the rows say of each tier is in ${priorOut}: \`prior: ${priorOut}\` of ${taught?.name}\n`;
    },
  };
}

/** By tier: of more than two as the row scores them, else the first is weak and all above it strong. */
function qualitiesOf({ truth }: Example, tiers: readonly string[]): readonly number[] {
  const scores = truth.kind === "scores" ? truth.tiers : undefined;
  const { weak, gain } = qualityOf(truth);
  return tiers.map((tier, at) => scores?.[tier] ?? (at === 0 ? weak : weak + gain));
}
