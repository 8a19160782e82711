// The metrics of kept answers: a part of the catalogue.

export const CACHE_METRICS = {
  cacheRequests: {
    name: "sluice_cache_requests_total",
    kind: "counter",
    labels: ["result"],
    help: [
      "Chats by what the cache said. hit; joined, by an answer that was waited for; semantic, by one asked in other words; miss;",
      "renewed, the client wanted a new answer. Not looked up: off, rollout (one runs), no-store (the client's), no-tenant,",
      "what-it-has (tools, files …), temperature, too-large.",
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
  semanticRequests: {
    name: "sluice_cache_semantic_requests_total",
    kind: "counter",
    labels: ["result"],
    help: [
      "Chats of which nothing was kept in their own words (`cache.semantic`). hit; or the tier was asked: no-vector, the endpoint gave",
      "none in time; none, nothing like it; vetoed, its words speak against it; learning, that answer is not trusted yet; unproven, it is,",
      "but comparisons do not bound the share of wrong ones by `maxError`; verifying, drawn to be compared; failed.",
    ].join(" "),
  },
  semanticVetoed: {
    name: "sluice_cache_vetoed_total",
    kind: "counter",
    labels: ["why"],
    help: [
      "Questions like enough by their embeddings that were kept apart by what differs in their words: language, code, quoted, number,",
      "unit, negation, question (who, when …), name, word, order.",
    ].join(" "),
  },
  semanticCompared: {
    name: "sluice_cache_compared_total",
    kind: "counter",
    labels: ["what", "result"],
    help: [
      "Answers compared with what was kept for the same in other words; what: learning, whether to trust an entry; verifying, one that",
      "would have been given; result: agrees, differs. Those that were verified and differ are wrong hits that nobody got.",
    ].join(" "),
  },
  semanticErrorBound: {
    name: "sluice_cache_semantic_error_bound",
    kind: "gauge",
    labels: [],
    help: "The share of wrong answers that the comparisons leave open, at 95 %, whenever it is looked at; 1 in front of the first.",
  },
  semanticOn: {
    name: "sluice_cache_semantic_on",
    kind: "gauge",
    labels: [],
    help: "1: what is asked in other words may be answered; 0: `maxError` is not proven, and only comparisons are made.",
  },
  semanticEntries: {
    name: "sluice_cache_semantic_entries",
    kind: "gauge",
    labels: [],
    help: "Questions whose embeddings this process knows.",
  },
  embeddings: {
    name: "sluice_cache_embeddings_total",
    kind: "counter",
    labels: ["result"],
    help: [
      "Embeddings asked for: ok, timeout, error; or not asked for: crowded, too many at once; resting, the endpoint had failed five times",
      "in a row.",
    ].join(" "),
  },
  embeddingTokens: {
    name: "sluice_cache_embedding_tokens_total",
    kind: "counter",
    labels: [],
    help: "Tokens of embeddings, as the endpoint says.",
  },
  embeddingUsd: {
    name: "sluice_cache_embedding_usd_total",
    kind: "counter",
    labels: [],
    help: "US dollars that embeddings cost, by `pricePerMTok`.",
  },
} as const;
