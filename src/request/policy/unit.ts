// Whose requests belong together in an experiment: a session's, else a user's; a request that names neither stands for itself. All of them
// get the same draw, and count as one piece of evidence.
import { hashOfId } from "./id-hash.ts";
import type { PolicyRequest } from "./policy.ts";
import { namedSessionOf } from "./session.ts";

/** Undefined: the request has not even an id. */
export function unitOf(request: PolicyRequest): string | undefined {
  return namedSessionOf(request)?.id ?? request.facts.user ?? (request.requestId || undefined);
}

/** The same as 32 bits, from which no name can be read: enough to count requests of one unit together. */
export function unitNumberOf(request: PolicyRequest, salt: number): number | undefined {
  const unit = unitOf(request);
  return unit === undefined ? undefined : hashOfId(unit, salt)[0];
}
