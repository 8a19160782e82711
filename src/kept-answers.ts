// Answers that are kept for who asks the same again: what outlives a reload, and what a reload changes of it.
import { randomBytes } from "node:crypto";
import type { CacheConfig } from "./config/capabilities/cache.ts";
import { type AnswerCache, answerCache } from "./outcome/cached/answer-cache.ts";
import type { Metrics } from "./outcome/telemetry/metrics.ts";
import { answersInMemory } from "./state/answers-in-memory.ts";

export interface KeptAnswers {
  readonly cache: AnswerCache;
  readonly secret: string; // of the hashes of tenants
  takesEffect(settings: CacheConfig | undefined): void;
  close(): void;
}

const EXPIRY_MS = 1000;

export function keptAnswers(metrics: Metrics): KeptAnswers {
  let settings: CacheConfig | undefined;
  const maxBytes = () => settings?.sizeBytes ?? 0;
  const store = answersInMemory({ maxBytes, now: Date.now, onEvicted: metrics.cacheEvicted });
  metrics.cacheStands(() => settings && store);
  let timer: NodeJS.Timeout | undefined;
  return {
    cache: answerCache({ settings: () => settings, store, shared: undefined, metrics, now: Date.now, random: Math.random }),
    secret: randomBytes(32).toString("base64"),
    takesEffect(next) {
      if (next === undefined || (settings !== undefined && next.epoch !== settings.epoch)) store.clear();
      settings = next;
      clearInterval(timer);
      timer = next && setInterval(store.expire, EXPIRY_MS).unref();
    },
    close: () => clearInterval(timer),
  };
}
