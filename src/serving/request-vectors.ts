// Vectors for policies that take them: asked of the operator's endpoints, each as long as the policy lives that names it.
import type { RequestVectors } from "../envoy/extproc/request-vectors.ts";
import { type EmbeddingEndpoint, embeddingEndpoint } from "../outcome/embeddings/embedding-endpoint.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { VectorMetrics } from "../outcome/telemetry/vector-metrics.ts";
import type { VectorSource } from "../request/policy/vectors.ts";

export function requestVectors(metrics: VectorMetrics, log: Logger): RequestVectors {
  const endpoints = new WeakMap<VectorSource, EmbeddingEndpoint>();
  const endpointOf = (source: VectorSource): EmbeddingEndpoint => {
    const known = endpoints.get(source);
    if (known !== undefined) return known;
    const made = endpointFor(source, metrics, log);
    endpoints.set(source, made);
    return made;
  };
  return {
    find(wanted, then) {
      let isLeft = false;
      const begun = performance.now();
      void Promise.all(wanted.map(async ({ source, text }) => [source.kind.key, await endpointOf(source).embed(text)] as const)).then(
        (found) => {
          metrics.vectorsWaited((performance.now() - begun) / 1000);
          if (!isLeft) then(new Map(found.flatMap(([key, vector]) => (vector === undefined ? [] : [[key, vector]]))));
        },
      );
      return () => {
        isLeft = true;
      };
    },
    unasked: () => metrics.vectorAsked("unasked", 0, 0),
  };
}

function endpointFor({ kind, from }: VectorSource, metrics: VectorMetrics, log: Logger): EmbeddingEndpoint {
  const { endpoint, pricePerMTok } = from;
  return embeddingEndpoint(
    { ...from, length: kind.dimensions },
    {
      env: process.env,
      now: () => performance.now(),
      asked: (result, tokens) => metrics.vectorAsked(result, tokens, (tokens * pricePerMTok) / 1e6),
      rests(cause) {
        if (cause === undefined) log.info({ endpoint }, "the policy's embedding endpoint answers again");
        else
          log.warn(
            { endpoint, cause },
            "the policy's embedding endpoint fails: it is left alone for a while, and requests are decided without",
          );
      },
    },
  );
}
