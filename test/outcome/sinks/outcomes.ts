// Outcomes as tests of the sinks need them.
import type { Made, Outcome } from "../../../src/outcome/join/outcome.ts";
import type { Served } from "../../../src/outcome/join/served.ts";

export const STARTED_AT = Date.UTC(2026, 4, 6, 7, 8, 9, 123);

export const MADE: Made = { atMs: STARTED_AT + 5, tookMs: 0.0421234, bodyBytes: 321, traceparent: undefined, prompt: undefined };

export const SERVED: Served = {
  startedAtMs: STARTED_AT,
  tier: "weak",
  cluster: "weak-spot",
  fellBack: true,
  attempts: 3,
  status: 200,
  responseFlags: ["UF"],
  firstByteMs: 120.5,
  durationMs: 1500.25,
  requestBytes: 321,
  responseBytes: 4000,
};

/** Decided strong for a keyword, served weak at the third attempt. */
export function outcome(parts: Partial<Outcome> = {}, made: Partial<Made> = {}): Outcome {
  return {
    kind: "joined",
    requestId: "id-1",
    decided: {
      decision: { tier: "strong", policy: "main@v7", reason: "keyword", detail: "설계", score: 0.75, propensity: 0.5 },
      measured: {
        format: "chat-completions",
        requestedModel: "gpt-4o",
        turns: 3,
        stream: true,
        chars: 12,
        textBytes: 30,
        keywordHits: ["설계"],
        inputTokens: 9,
        continued: true,
      },
      made: { ...MADE, ...made },
    },
    served: SERVED,
    isChat: true,
    failure: undefined,
    model: "glm-5-air-0715",
    cost: {
      basis: "exact",
      inputTokens: 10,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 200,
      reasoningTokens: 0,
      costUsd: 0.0031,
      inputUsd: 0.0001,
      outputUsd: 0.003,
      isPriced: true,
    },
    ...parts,
  };
}
