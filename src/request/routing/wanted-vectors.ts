// Which texts of a request are to be embedded before it is decided. The body is scanned for it once more than for a decision alone: nobody
// else may scan while a vector is waited for, and what a scan leaves holds until the next.
import { meaningOfPath } from "../chat/format.ts";
import { embeddedText } from "../policy/learned/embedded-text.ts";
import type { Link, PolicyRequest } from "../policy/policy.ts";
import type { VectorSource } from "../policy/vectors.ts";
import { policyRequest } from "./policy-request.ts";
import type { HeaderView } from "./route-headers.ts";
import type { Routing } from "./routing.ts";

export interface WantedVector {
  readonly source: VectorSource;
  readonly text: string;
}

type Deciding = Pick<Routing, "policyId" | "policy" | "arms" | "takeover">;

/** Of a snapshot, once: whether there is a policy that ever wants one. */
export function mayWantVectors({ policy, arms, takeover }: Deciding): boolean {
  return [policy, arms?.candidate.policy, takeover?.link.policy].some((each) => each?.vectorsWanted !== undefined);
}

/** None of what no policy will be asked about. Throws only on a bug. */
export function wantedVectors(routing: Routing, body: Uint8Array, headers: HeaderView): readonly WantedVector[] {
  const { format } = meaningOfPath(headers.get(":path"));
  if (body.length === 0 || format === "other") return [];
  const scanned = routing.scanner.scan(body, format);
  if (scanned.kind !== "chat" || scanned.isBare || scanned.facts.continued) return [];
  const request = policyRequest(scanned.facts, routing.scanner, headers, routing.voters);
  const wanted = new Map<string, WantedVector>();
  for (const { policy } of askedOf(routing)) {
    for (const source of policy.vectorsWanted?.(request) ?? []) {
      const { key } = source.kind;
      const text = wanted.has(key) ? "" : textFor(request, source);
      if (text !== "") wanted.set(key, { source, text });
    }
  }
  return [...wanted.values()];
}

function textFor(request: PolicyRequest, { kind }: VectorSource): string {
  return embeddedText(request.text(kind.scope), kind.readBytes);
}

/** The policies whose word is asked for, see routeBody. */
function askedOf({ policyId: id, policy, arms, takeover }: Deciding): readonly Link[] {
  if (takeover?.stands() === true) return [takeover.link];
  if (arms === undefined) return [{ id, policy }];
  const { share, isOver } = arms.stands();
  if (!isOver) return [{ id, policy }, arms.candidate];
  return [share > 0 ? arms.candidate : { id, policy }];
}
