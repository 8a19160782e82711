// Vectors of requests' texts, which an endpoint of the operator's makes before policies are asked: of whose text, and where they come from.
// Policies say what they would have; others ask for it.
import type { Scope } from "../chat/facts.ts";

/** Which vector of a request: equal texts, equally embedded, have equal keys. */
export interface VectorKind {
  readonly key: string;
  readonly scope: Scope;
  readonly readBytes: number; // of a longer text only the front and the back are embedded
  readonly model: string; // of the endpoint
  readonly dimensions: number;
}

/** As /v1/embeddings is asked for it. */
export interface VectorEndpoint {
  readonly endpoint: string; // the whole URL
  readonly model: string;
  readonly keyFile: string | undefined;
  readonly dimensions: number | undefined; // asked for; undefined: as many as the model has
  readonly timeoutMs: number; // that a request waits, at most
  readonly pricePerMTok: number; // US dollars
}

export interface VectorSource {
  readonly kind: VectorKind;
  readonly from: VectorEndpoint;
}

/** By key, each of length 1. */
export type Vectors = ReadonlyMap<string, Float32Array>;

export function vectorKind(kind: Omit<VectorKind, "key">): VectorKind {
  const { scope, readBytes, model, dimensions } = kind;
  return { key: `${scope} ${readBytes} ${dimensions} ${model}`, ...kind };
}
