// The metrics of kept answers: a part of the catalogue.

export const CACHE_METRICS = {
  cacheRequests: {
    name: "sluice_cache_requests_total",
    kind: "counter",
    labels: ["result"],
    help: [
      "Chats by what the cache said. hit; joined, by an answer that was waited for; miss; renewed, the client wanted a new answer. Not",
      "looked up: off, rollout (one runs), no-store (the client's), no-tenant, what-it-has (tools, files …), temperature, too-large.",
    ].join(" "),
  },
  cacheAnswers: {
    name: "sluice_cache_answers_total",
    kind: "counter",
    labels: ["result"],
    help: [
      "Answers to chats that missed: stored, or why not. By the answer: shape, incomplete, error, ending, tools, status, set-cookie,",
      "no-store, too-large; cut-off, not seen to its end; other-tier, a fallback gave it; unseen, sluice was not shown it; unknown, Envoy",
      "never said who gave it; crowded, too many at once.",
    ].join(" "),
  },
  cacheEvicted: {
    name: "sluice_cache_evicted_total",
    kind: "counter",
    labels: ["why"],
    help: "Answers let go of: full, for others (`cache.sizeBytes`); old, their time was over.",
  },
  cacheBytes: { name: "sluice_cache_bytes", kind: "gauge", labels: [], help: "Bytes of memory that kept answers take." },
  cacheKept: { name: "sluice_cache_entries", kind: "gauge", labels: [], help: "Answers kept in this process." },
  cacheSavedTokens: {
    name: "sluice_cache_saved_tokens_total",
    kind: "counter",
    labels: ["tier", "direction"],
    help: "Tokens that hits did not cost, as the answers did when they were given; direction: input, output.",
  },
  cacheSavedUsd: {
    name: "sluice_cache_saved_usd_total",
    kind: "counter",
    labels: ["tier"],
    help: "US dollars that hits did not cost, as the answers did when they were given, where the tier has a price.",
  },
  cacheStoreFailed: {
    name: "sluice_cache_store_failed_total",
    kind: "counter",
    labels: ["what"],
    help: "What the shared store of answers did not do: read, write, or it gave what is no answer (bad). The request went on without.",
  },
} as const;
