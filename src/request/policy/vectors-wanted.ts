// Which vectors the policies of a chain, or of another that asks several, would have of a request.
import type { Link, Policy, PolicyRequest } from "./policy.ts";
import type { VectorSource } from "./vectors.ts";

/** Nothing where none of them takes any. Until one decides: what stands behind a rule that does need not be waited for. */
export function wantedByEach(links: readonly Link[], which: "of all" | "until one decides"): Pick<Policy, "vectorsWanted"> {
  if (links.every(({ policy }) => policy.vectorsWanted === undefined)) return {};
  return {
    vectorsWanted(request) {
      const wanted: VectorSource[] = [];
      for (const { policy } of links) {
        if (policy.vectorsWanted !== undefined) wanted.push(...policy.vectorsWanted(request));
        else if (which === "until one decides" && decides(policy, request)) break;
      }
      return wanted;
    },
  };
}

/** False also where it must not be asked before its turn. */
function decides(policy: Policy, request: PolicyRequest): boolean {
  return policy.isRepeatable === true && policy.decide(request) !== undefined;
}
