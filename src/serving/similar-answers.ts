// Answers to what is asked in other words: what outlives a reload, and what a reload changes of it. Says when it begins to serve, and why
// it does not.
import type { SemanticConfig } from "../config/capabilities/cache-semantic.ts";
import { SemanticAnswers, type SemanticStanding } from "../outcome/cached/semantic/semantic-answers.ts";
import { type EmbeddingEndpoint, embeddingEndpoint } from "../outcome/embeddings/embedding-endpoint.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";
import type { AnswerStore, KeptAnswer } from "../state/answer-store.ts";

export interface SimilarAnswers {
  readonly standing: () => (SemanticStanding & { readonly maxError: number }) | undefined; // undefined: off
  readonly answers: () => SemanticAnswers | undefined;
  /** `epoch`: with another one nothing that was learnt counts. Undefined: off. */
  takesEffect(settings: SemanticConfig | undefined, epoch: string): void;
}

export function similarAnswers(store: AnswerStore, metrics: Metrics, log: Logger): SimilarAnswers {
  let inForce: { readonly settings: SemanticConfig; readonly learnt: string; readonly answers: SemanticAnswers } | undefined;
  let endpoint: EmbeddingEndpoint | undefined;
  let current: SemanticConfig | undefined;
  metrics.semanticStands(() => inForce?.answers.standing);

  const answerOf = (key: string, maxAgeMs: number): KeptAnswer | undefined => {
    const kept = store.get(key);
    return kept === undefined || Date.now() - kept.atMs > maxAgeMs ? undefined : kept;
  };
  const answersWith = (settings: SemanticConfig): SemanticAnswers =>
    new SemanticAnswers({
      settings: () => current ?? settings,
      endpoint: { embed: (text) => endpoint?.embed(text) ?? Promise.resolve(undefined) },
      answerOf,
      metrics,
      random: Math.random,
      turned: (standing) => tellTurned(log, standing, (current ?? settings).maxError),
    });
  return {
    answers: () => inForce?.answers,
    standing: () => inForce && current && { ...inForce.answers.standing, maxError: current.maxError },
    takesEffect(settings, epoch) {
      current = settings;
      if (settings === undefined) {
        inForce = undefined;
        endpoint = undefined;
        return;
      }
      const { pricePerMTok } = settings;
      endpoint = embeddingEndpoint(settings, {
        env: process.env,
        now: () => performance.now(),
        asked: (result, tokens) => metrics.embedded(result, tokens, (tokens * pricePerMTok) / 1e6),
        rests: (why) => tellRest(log, why),
      });
      const learnt = JSON.stringify([epoch, settings.endpoint, settings.model, settings.dimensions, settings.agreement]);
      if (inForce?.learnt === learnt) return;
      inForce = { settings, learnt, answers: answersWith(settings) };
      const maxError = settings.maxError;
      log.info({ maxError }, "cache.semantic: nothing is answered in other words until comparisons prove that so few are wrong");
    },
  };
}

function tellTurned(log: Logger, { isOn, bound, wrong, compared }: SemanticStanding, maxError: number): void {
  const at = { bound: Number(bound.toFixed(5)), maxError, wrong, compared };
  if (isOn) log.info(at, "cache.semantic serves: comparisons bound the share of wrong answers");
  else log.warn(at, "cache.semantic no longer serves: too many answers that would have been given differ from the model's own");
}

function tellRest(log: Logger, cause: string | undefined): void {
  if (cause === undefined) log.info("the embedding endpoint answers again");
  else log.warn({ cause }, "the embedding endpoint fails: it is left alone for a while, and what is asked in other words goes to its tier");
}
