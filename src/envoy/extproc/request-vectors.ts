// Vectors of a request's texts, as its call sees them: asked for before it is decided, and waited for a short while.
import type { Vectors } from "../../request/policy/vectors.ts";
import type { HeaderView } from "../../request/routing/route-headers.ts";
import type { Routing } from "../../request/routing/routing.ts";
import { type WantedVector, wantedVectors } from "../../request/routing/wanted-vectors.ts";
import type { ProcessObserver } from "./process-observer.ts";

export interface RequestVectors {
  /** `then` is called once, in a later turn, with those that came in time, unless the function that comes back is called before. */
  find(wanted: readonly WantedVector[], then: (vectors: Vectors) => void): () => void;
  /** They are wanted, and the call cannot wait. */
  unasked(): void;
}

interface Deps {
  readonly vectors?: RequestVectors | undefined;
  readonly observer: ProcessObserver;
}

interface About {
  readonly routing: Routing;
  readonly body: Uint8Array;
  readonly headers: HeaderView;
  readonly requestId: string | undefined;
}

export const NO_VECTORS: readonly WantedVector[] = [];

/** None also where the call cannot wait for them. Never throws: a bug costs the vectors, not the request. */
export function vectorsToFind({ vectors, observer }: Deps, about: About, mayWait: boolean): readonly WantedVector[] {
  if (vectors === undefined) return NO_VECTORS;
  const { routing, body, headers, requestId } = about;
  try {
    const wanted = wantedVectors(routing, body, headers);
    if (mayWait || wanted.length === 0) return wanted;
    vectors.unasked();
  } catch (error) {
    observer.failed("internal-error", requestId, error);
  }
  return NO_VECTORS;
}
