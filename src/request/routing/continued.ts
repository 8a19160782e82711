// A request that refers to what one server keeps goes to the tier that this came from, whatever the policy says: no other tier can make
// anything of it. A body refers by what kept.ts lists, a path by the id in it.
import { formatOfPath } from "../chat/format.ts";
import type { KeptReference } from "../chat/kept.ts";
import type { TierName } from "../policy/policy.ts";
import { type Decision, NO_POLICY } from "./decision.ts";
import { CONTINUED, CONTINUED_PATH, CONTINUED_PATH_UNKNOWN, CONTINUED_UNKNOWN } from "./reasons.ts";
import type { ServedBefore } from "./served-before.ts";

/** What is known of where ids come from. */
export interface Continuations {
  readonly tiers: ReadonlyMap<TierName, unknown>;
  readonly servedBefore?: ServedBefore; // undefined: nobody learns
  readonly unknownState?: TierName | undefined; // for what came from no tier that is known; undefined: as if it referred to nothing
}

/** Of a body's references, so many are asked for, those in front. */
const MAX_ASKED = 2;

/** Undefined: it is not known where the request belongs, and the policy decides. */
export function continuedDecision(continuations: Continuations, references: readonly KeptReference[]): Decision | undefined {
  const { servedBefore, unknownState } = continuations;
  const [front] = references;
  if (front === undefined) return undefined;
  if (servedBefore?.knowsAny) {
    for (const { kind, key } of references.slice(0, MAX_ASKED)) {
      const tier = servedBefore.tierOf(key);
      if (tier !== undefined && continuations.tiers.has(tier)) return decided(tier, CONTINUED.name, kind);
    }
  }
  return unknownState === undefined ? undefined : decided(unknownState, CONTINUED_UNKNOWN.name, front.kind);
}

/** What servers keep, as the segment of a path behind which an id stands, and as it is called. */
const COLLECTIONS: ReadonlyMap<string, string> = new Map([
  ["responses", "response"],
  ["conversations", "conversation"],
  ["containers", "container"],
  ["files", "file"],
  ["uploads", "upload"],
  ["vector_stores", "vector-store"],
  ["batches", "batch"],
  ["jobs", "job"],
  ["videos", "video"],
  ["assistants", "assistant"],
  ["threads", "thread"],
]);
const OF_ONE = new RegExp(`/(${[...COLLECTIONS.keys()].join("|")})/([^/?#]+)`);
/** What stands where an id would. */
const NO_IDS: ReadonlySet<string> = new Set(["compact", "input_tokens", "runs", "search"]);

/** Of a path that reads, changes or deletes something that one server keeps. Undefined: it is none, or not known where it belongs. */
export function continuedPath(continuations: Continuations, path: string | undefined): Decision | undefined {
  const { servedBefore, unknownState } = continuations;
  if (path === undefined || (unknownState === undefined && !servedBefore?.knowsAny)) return undefined;
  const [, collection = "", id = ""] = OF_ONE.exec(path) ?? [];
  const kind = COLLECTIONS.get(collection);
  if (kind === undefined || NO_IDS.has(id) || isChat(path)) return undefined;
  const tier = servedBefore?.tierOf(id);
  if (tier !== undefined && continuations.tiers.has(tier)) return decided(tier, CONTINUED_PATH.name, kind);
  return unknownState === undefined ? undefined : decided(unknownState, CONTINUED_PATH_UNKNOWN.name, kind);
}

function isChat(path: string): boolean {
  const format = formatOfPath(path);
  return format !== undefined && format !== "other";
}

function decided(tier: TierName, reason: string, kind: string): Decision {
  return { tier, policy: NO_POLICY, reason, detail: kind };
}
