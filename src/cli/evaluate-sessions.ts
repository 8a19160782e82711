// `sluice evaluate --by-session`: what recorded sessions cost by request, with the first decision kept and with the session rule, with the
// servers' prompt caches as they then are; and how many switches a server may refuse.
import { isUtf8 } from "node:buffer";
import type { Config } from "../config/config.ts";
import { SluiceError } from "../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { canGuard } from "../request/guard/can.ts";
import { SESSION_DEFAULTS } from "../request/guard/session-rule.ts";
import type { SessionExample } from "../study/dataset/example.ts";
import { type ExampleReading, type ReadCounts, type ReadOptions, readSessions } from "../study/dataset/read-examples.ts";
import { type PolicyOnTrial, trialNeeds } from "../study/evaluate/trial.ts";
import { RecordedSessions } from "../study/sessions/recorded.ts";
import { sessionEvaluation } from "../study/sessions/session-evaluation.ts";
import type { SessionEvaluationResult } from "../study/sessions/session-result.ts";

export interface BySessionOptions {
  readonly data: readonly string[];
  readonly reading: ReadOptions;
  readonly cacheSeconds: number;
  readonly outputTokens: number;
  readonly seed: number;
  readonly resamples: number;
}

export interface BySession {
  readonly result: SessionEvaluationResult;
  readonly counts: ReadCounts;
}

export async function evaluatedBySession(
  config: Config,
  policies: readonly PolicyOnTrial[],
  options: BySessionOptions,
): Promise<BySession> {
  const { data, cacheSeconds, outputTokens, seed, resamples } = options;
  const prices = config.tiers.map(({ name, price }) => ({ tier: name, ...price }));
  const recorded = new RecordedSessions({
    policies,
    scanner: new ChatScanner({ ...trialNeeds(policies), envelopes: config.envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 }),
    tiers: config.tiers.map(({ name }) => name),
    defaultTier: config.defaultTier,
    can: canGuard(config.tiers),
    outputTokens,
  });
  const reading = readSessions(data, options.reading);
  await takeAll(reading, recorded);
  const { counts } = reading;
  if (recorded.turns === 0) throw new SluiceError("data-empty", `${data.join(", ")}: no rows left: ${counts.skipped} skipped`);
  const names = policies.map(({ name }) => name);
  const settings = { ...SESSION_DEFAULTS, cacheLivesMs: 1000 * cacheSeconds, prices, policies: names, seed, resamples };
  const grounds = { files: data, skipped: counts.skipped, warnings: recorded.warnings() };
  return { result: sessionEvaluation(recorded.sessions(), settings, grounds), counts };
}

async function takeAll(reading: ExampleReading<SessionExample>, recorded: RecordedSessions): Promise<void> {
  for await (const example of reading) {
    const problem = recorded.add(example);
    if (problem !== undefined) reading.refuse(example, problem);
  }
}
