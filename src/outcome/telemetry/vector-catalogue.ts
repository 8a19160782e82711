// The metrics of vectors that policies take: a part of the catalogue.

const WAIT_BUCKETS = [1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1]; // seconds

export const VECTOR_METRICS = {
  vectors: {
    name: "sluice_policy_embeddings_total",
    kind: "counter",
    labels: ["result"],
    help: [
      "Vectors that policies wanted of requests: ok, timeout, error; or not asked for: crowded, too many at once; resting, the endpoint",
      "had failed five times in a row; unasked, Envoy does not wait for this request. Without a vector the text alone decides.",
    ].join(" "),
  },
  vectorWait: {
    name: "sluice_policy_embedding_wait_seconds",
    kind: "histogram",
    labels: [],
    help: "Time that requests waited for their vectors, in vain or not, before they were decided.",
    buckets: WAIT_BUCKETS,
  },
  vectorTokens: {
    name: "sluice_policy_embedding_tokens_total",
    kind: "counter",
    labels: [],
    help: "Tokens of these embeddings, as the endpoint says.",
  },
  vectorUsd: {
    name: "sluice_policy_embedding_usd_total",
    kind: "counter",
    labels: [],
    help: "US dollars that these embeddings cost, by `pricePerMTok`.",
  },
} as const;
