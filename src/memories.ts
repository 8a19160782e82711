// What is learned from answers and outcomes, of this process and of what replicas share. It outlives a reload.

import type { Config } from "./config/config.ts";
import { type LimitsOption, liveThresholds } from "./config/routing-of.ts";
import { type KeptAnswers, keptAnswers } from "./kept-answers.ts";
import { limitListener } from "./outcome/limits/limits.ts";
import { type RunningRollout, runRollout } from "./outcome/rollout/run.ts";
import type { Logger } from "./outcome/telemetry/log.ts";
import type { Metrics } from "./outcome/telemetry/metrics.ts";
import { replicasOver } from "./replicas.ts";
import { createLedger } from "./request/guard/limits/ledger.ts";
import { type SessionStore, sessionsInMemory } from "./request/guard/session-store.ts";
import type { Routing } from "./request/routing/routing.ts";
import { type LearnedTiers, learnedTiers } from "./request/routing/served-before.ts";
import { createRewards, type Rewards } from "./rewards.ts";
import { cacheSecret, openSharedState } from "./shared-state.ts";
import { limitsInRedis } from "./state/limits-in-redis.ts";
import { type WatchedHealth, watchedHealth } from "./tiers-health.ts";

/** What is learned from answers. It outlives a reload. */
export interface Memories {
  readonly servedBefore: LearnedTiers;
  readonly sessions: SessionStore;
  readonly limits: LimitsOption;
  readonly health: WatchedHealth;
  readonly rewards: Rewards;
  readonly rollout: RunningRollout;
  readonly rolloutStands: RunningRollout["standing"];
  readonly answers: KeptAnswers;
  readonly cacheSecret: string;
  readonly hearsOutcomes: () => boolean;
}

/** Those of this process, and what it shares of them with other replicas. */
export async function openMemories(settings: Config["state"], metrics: Metrics, log: Logger, hearsOutcomes: () => boolean) {
  const state = await openSharedState(settings, process.env, metrics, log);
  const replicas = replicasOver(state);
  const sessions = sessionsInMemory();
  const rollout = runRollout({ isHeard: hearsOutcomes, metrics, log });
  const answers = keptAnswers(metrics, state, cacheSecret(settings));
  const memories: Memories = {
    servedBefore: learnedTiers(() => performance.now() / 1000),
    sessions: replicas?.sessions(sessions) ?? sessions,
    limits: { ledger: createLedger(), listener: limitListener(metrics, log), now: Date.now },
    health: watchedHealth(metrics, log),
    rewards: createRewards(),
    rollout,
    rolloutStands: rollout.standing,
    answers,
    cacheSecret: answers.secret,
    hearsOutcomes,
  };
  const limitStore = state?.shares("limits") ? limitsInRedis(state.connection) : undefined;
  return { memories, replicas, limitStore, store: () => state?.live(), leaveStore: async () => state?.connection.close() };
}

/** It is what requests are decided with from now on. */
export function takesEffect(metrics: Metrics, memories: Memories, routing: Routing, config: Config): void {
  const { servedBefore, sessions, limits, health, rewards, rollout, answers } = memories;
  rollout.takesEffect();
  const tiers = new Set(routing.tiers.keys());
  servedBefore.keepOnly(tiers);
  sessions.keepOnly(tiers);
  if (routing.limits === undefined) limits.ledger.takesEffect([], tiers.size, 0);
  else routing.limits.takesEffect();
  health.takesEffect(config);
  rewards.takesEffect(routing.policy);
  answers.takesEffect(config.cache);
  metrics.thresholdsStand(liveThresholds(routing));
}
