// Who sent a request, as a number: enough to count somebody's requests together. No name can be read out of it, and without the salt nobody
// can choose one that falls together with another's.
import type { RequestFacts } from "../chat/facts.ts";
import type { PolicyRequest } from "../policy/policy.ts";
import type { HeaderView } from "./route-headers.ts";

export interface Voters {
  readonly salt: number; // 32 bits, of this process
  readonly header: string | undefined; // in lower case: who sets it is believed, and nothing else; undefined: the body is
}

export const UNSALTED: Voters = { salt: 0, header: undefined };

/**
 * By the header, of which the requests without it are one sender's; else by the user's id in the body, else the session's. Undefined: the
 * request does not say.
 */
export function voterOf({ salt, header }: Voters, facts: RequestFacts, headers: HeaderView): number | undefined {
  if (header !== undefined) return hashOf(headers.get(header) ?? "", salt);
  const id = facts.user ?? facts.session;
  return id === undefined ? undefined : hashOf(id, salt);
}

/** Whose repeats are looked for: of a sender that stands for many, each that the body names. Undefined: nobody is named. */
export function askerOf({ header }: Voters, request: PolicyRequest): number | undefined {
  const { voter, facts } = request;
  if (header === undefined || voter === undefined) return voter;
  const id = facts.user ?? facts.session;
  if (id !== undefined) return hashOf(id, voter);
  return request.header(header) ? voter : undefined;
}

const MULTIPLIER = 0x01000193;
const MIXER = 0x9e3779b1;

function hashOf(id: string, salt: number): number {
  let hash = salt;
  for (let at = 0; at < id.length; at++) {
    hash = Math.imul(hash ^ id.charCodeAt(at), MULTIPLIER);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash ^ id.length, MIXER) | 0;
}
