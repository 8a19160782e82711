// `sluice evaluate --log`: what any policy would have come to on logged traffic, with intervals, or how long one must wait to know.
import { isUtf8 } from "node:buffer";
import type { Config } from "../config/config.ts";
import { SluiceError } from "../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { type LogCounts, readDecisions } from "../study/dataset/read-decisions.ts";
import { type PolicyOnTrial, trialNeeds } from "../study/evaluate/trial.ts";
import { logEvaluation } from "../study/offpolicy/log-evaluation.ts";
import { REWARD_MEANINGS, type Reward } from "../study/offpolicy/reward.ts";
import { Traffic } from "../study/offpolicy/traffic.ts";
import { logReport } from "../study/report/log-table.ts";

export interface EvaluateLogOptions {
  readonly log: readonly string[];
  readonly reward: Reward;
  readonly json: boolean;
}

/** What is to be printed, and what is to be said beside it. */
export interface EvaluatedLog {
  readonly text: string;
  readonly notes: string;
}

export async function evaluatedLog(config: Config, policies: readonly PolicyOnTrial[], options: EvaluateLogOptions): Promise<EvaluatedLog> {
  const { log, reward, json } = options;
  const tiers = config.tiers.map(({ name }) => name);
  const scanner = new ChatScanner({ ...trialNeeds(policies), envelopes: config.envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  const traffic = new Traffic({ policies, scanner, tiers, defaultTier: config.defaultTier, reward });
  const reading = readDecisions(log);
  for await (const entry of reading) {
    if (entry.kind === "request") traffic.add(entry.request);
    else traffic.hear(entry.word);
  }
  requireChances(traffic, log);
  for (const [at, { name }] of policies.entries()) requireFacts(traffic, at, name);
  const result = logEvaluation(traffic, { policies, tiers });
  const about = { reward: REWARD_MEANINGS[reward], leftOut: leftOutOf(traffic) };
  const text = json ? `${JSON.stringify({ ...result, reward })}\n` : logReport(result, about);
  return { text, notes: badLines(reading.counts) };
}

function requireChances(traffic: Traffic, log: readonly string[]): void {
  if (traffic.rows > 0) return;
  const { chance, tiers } = traffic.leftOut;
  if (tiers > chance)
    throw new SluiceError("log-other-tiers", `${log.join(", ")}: ${tiers} requests went to tiers that are none of the configuration`);
  throw new SluiceError("log-without-chances", `${log.join(", ")}: of ${chance} requests none says the chance of its tier`);
}

function requireFacts(traffic: Traffic, at: number, name: string): void {
  const { asked, lacks } = traffic.judgeable(at);
  if (asked === 0 && lacks !== undefined)
    throw new SluiceError("log-lacks", `the policy ${name} reads what the log does not hold: ${lacks}`);
}

function leftOutOf({ leftOut: { chance, tiers } }: Traffic): readonly string[] {
  const count = (number: number) => number.toLocaleString("en-US");
  return [
    ...(chance > 0 ? [`left out: ${count(chance)} requests without the chance of their tier (\`audit\`)`] : []),
    ...(tiers > 0 ? [`left out: ${count(tiers)} requests to tiers that are none of the configuration`] : []),
  ];
}

/** As `compare` says it too. */
export function badLines({ bad, firstBad }: LogCounts): string {
  if (bad === 0) return "";
  const places = firstBad.map(({ place, message }) => `  ${place}: ${message}\n`).join("");
  const more = bad > firstBad.length ? `  and ${bad - firstBad.length} more\n` : "";
  return `stepped over ${bad.toLocaleString("en-US")} lines that are no decisions:\n${places}${more}`;
}
