// `sluice evaluate --cascade`: what a cascade reaches beside routing before the answer, and both together, at equal cost.
import { isUtf8 } from "node:buffer";
import type { Config } from "../config/config.ts";
import { SluiceError } from "../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { collectAnswers } from "../study/answers/answer-rows.ts";
import { againstAnswers, type CascadeResult, cascadeEvaluation } from "../study/answers/cascade-evaluation.ts";
import type { CascadeGrounds } from "../study/answers/cascade-text.ts";
import type { CascadeRows } from "../study/answers/cost-curves.ts";
import type { AnsweredExample } from "../study/dataset/example.ts";
import { type ExampleReading, type ReadCounts, type ReadOptions, readAnswered } from "../study/dataset/read-examples.ts";
import { affordableResamples } from "../study/evaluate/bootstrap.ts";
import { BYTES_PER_TOKEN } from "../study/evaluate/cost.ts";
import { PolicyRecord } from "../study/evaluate/policy-record.ts";
import { qualityOf } from "../study/evaluate/rows.ts";
import { ask, type PolicyOnTrial, trialNeeds } from "../study/evaluate/trial.ts";
import { readVerifier } from "./explain-answer.ts";

export interface CascadeOptions {
  readonly data: readonly string[];
  readonly verifier: string | undefined; // a file; undefined: by the checks alone
  readonly reading: ReadOptions;
  readonly outputTokens: number; // of an answer that the rows do not hold
  readonly seed: number;
  readonly resamples: number;
}

export interface EvaluatedCascade {
  readonly result: CascadeResult;
  readonly grounds: CascadeGrounds;
  readonly counts: ReadCounts;
}

/** Where no prices are configured. */
const ASSUMED = [
  { inputPerMTok: 1, outputPerMTok: 1 },
  { inputPerMTok: 10, outputPerMTok: 10 },
] as const;

export async function evaluatedCascade(config: Config, policy: PolicyOnTrial, options: CascadeOptions): Promise<EvaluatedCascade> {
  const { data, seed, resamples, reading: how, outputTokens } = options;
  const verifier = options.verifier === undefined ? undefined : await readVerifier(options.verifier);
  const reading = readAnswered(data, how);
  const record = new PolicyRecord(policy, { tiers: config.tiers.map(({ name }) => name), defaultTier: config.defaultTier }, false);
  const scanner = new ChatScanner({ ...trialNeeds([policy]), envelopes: config.envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  const scores: { readonly tier: number; readonly score: number | undefined }[] = [];
  const rows = await collectAnswers(decided(reading, scanner, record, scores), {
    rows() {},
    refuse(example, why) {
      scores.pop(); // of this example, which was handed over last
      reading.refuse(example, why);
    },
  });
  if (rows.count === 0) throw new SluiceError("data-empty", `${data.join(", ")}: no rows left: ${reading.counts.skipped} skipped`);
  const [first, last] = [config.tiers[0], config.tiers.at(-1) ?? config.tiers[0]];
  const prices = [first, last].map(({ price: { inputPerMTok, outputPerMTok } }) =>
    inputPerMTok === undefined || outputPerMTok === undefined ? undefined : { inputPerMTok, outputPerMTok },
  );
  const pricesAssumed = prices.includes(undefined);
  const priced = pricesAssumed ? ASSUMED : prices;
  const costs = (tier: 0 | 1, chars: Float64Array) =>
    chars.map((answer, row) => {
      const price = priced[tier] ?? ASSUMED[tier];
      const output = Number.isNaN(answer) ? outputTokens : answer / BYTES_PER_TOKEN;
      return (price.inputPerMTok * ((rows.askedChars[row] ?? 0) / BYTES_PER_TOKEN) + price.outputPerMTok * output) / 1e6;
    });
  const graded = record.graded;
  const judged: CascadeRows = {
    ...rows,
    weakCost: costs(0, rows.weakChars),
    strongCost: costs(1, rows.strongChars),
    before: Float64Array.from(scores, ({ tier, score }) => (graded ? (score ?? 0) : Math.min(tier, 1))),
    ...againstAnswers(rows, verifier),
  };
  const seen = record.trainedOn;
  const warnings = [
    ...(seen === 0 ? [] : [`${policy.name} was trained on ${seen} of the rows: its figures flatter it`]),
    ...(verifier?.summary.fingerprint === rows.fingerprint ? ["the verifier was trained on these rows: its figures flatter it"] : []),
  ];
  return {
    result: cascadeEvaluation(judged, seed, affordableResamples(resamples, rows.count * 10)),
    grounds: { files: data, policy: policy.name, verifier: options.verifier, tiers: [first.name, last.name], pricesAssumed, warnings },
    counts: reading.counts,
  };
}

/** The examples that a policy can be asked about, with what it says of each in `scores`. */
async function* decided(
  reading: ExampleReading<AnsweredExample>,
  scanner: ChatScanner,
  record: PolicyRecord,
  scores: { tier: number; score: number | undefined }[],
): AsyncGenerator<AnsweredExample> {
  for await (const example of reading) {
    const asked = ask(scanner, example);
    if (asked.kind === "wrong") {
      reading.refuse(example, asked.problem);
      continue;
    }
    const row = scores.length;
    const choice = record.decide({
      request: asked.request,
      quality: qualityOf(example.truth),
      row,
      place: example.place,
      textBytes: 0,
      weight: 1,
    });
    scores.push(choice);
    yield example;
  }
}
