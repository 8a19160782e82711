// Answers that are kept for who asks the same again: what outlives a reload, and what a reload changes of it.
import type { CacheConfig } from "../config/capabilities/cache.ts";
import { type AnswerCache, answerCache } from "../outcome/cached/answer-cache.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";
import { answersInMemory } from "../state/answers-in-memory.ts";
import { answersInRedis } from "../state/answers-in-redis.ts";
import type { SharedState } from "./shared-state.ts";
import { type SimilarAnswers, similarAnswers } from "./similar-answers.ts";

export interface KeptAnswers {
  readonly cache: AnswerCache;
  readonly secret: string; // of the hashes of tenants
  readonly inOtherWords: SimilarAnswers["standing"];
  takesEffect(settings: CacheConfig | undefined): void;
  close(): void;
}

const EXPIRY_MS = 1000;

/** The longest that a request waits for the store: it costs a hundredth of what it may save. */
const READ_MS = 50;

/** `state`: of the store that replicas share. */
export function keptAnswers(metrics: Metrics, log: Logger, state: SharedState | undefined, secret: string): KeptAnswers {
  let settings: CacheConfig | undefined;
  const maxBytes = () => settings?.sizeBytes ?? 0;
  const store = answersInMemory({ maxBytes, now: Date.now, onEvicted: metrics.cacheEvicted });
  const failed = { readMs: READ_MS, now: Date.now, onFailed: metrics.cacheStoreFailed };
  const shared = state?.shares("cache") ? answersInRedis({ connection: state.connection, ...failed }) : undefined;
  metrics.cacheStands(() => settings && store);
  const similar = similarAnswers(store, metrics, log);
  let timer: NodeJS.Timeout | undefined;
  return {
    cache: answerCache({ settings: () => settings, store, shared, semantic: similar.answers, metrics, now: Date.now, random: Math.random }),
    secret,
    inOtherWords: similar.standing,
    takesEffect(next) {
      if (next === undefined || (settings !== undefined && next.epoch !== settings.epoch)) store.clear();
      settings = next;
      similar.takesEffect(next?.semantic, next?.epoch ?? "");
      clearInterval(timer);
      timer = next && setInterval(store.expire, EXPIRY_MS).unref();
    },
    close: () => clearInterval(timer),
  };
}
