// Sessions as all replicas know them. Each process decides from its own table; what changes in it is told to the others, and kept in the
// store for those that start later. A session that is not known here is looked for there, for its next action: none waits.
import type { SessionStore, SharableSessions } from "../request/guard/session-store.ts";
import type { IdHash } from "../request/policy/id-hash.ts";
import type { TierName } from "../request/policy/policy.ts";
import type { StateConnection } from "../state/connection.ts";
import type { SharedSession } from "./replica-frames.ts";

export interface SharedSessions extends SessionStore {
  /** What another replica, or the store, knows of one. */
  heard(session: SharedSession): void;
  /** Tells now what has changed. */
  flush(): void;
}

/** What is told is gathered once more: together it is less than an answer takes, behind which the next action comes. */
const GATHER_MS = 40;
/** Sessions are kept in the store for one to two hours after their last action: in a hash for each hour, which expires whole. */
const KEPT_MS = 3_600_000;
/** Between two looks: more new sessions than that are not looked for. */
const MOST_ASKED = 2000;
const MOST_CHANGED = 20_000;

/** `tell` says it to the others. */
export function sharedSessions(
  local: SharableSessions,
  connection: StateConnection,
  tell: (session: SharedSession) => void,
): SharedSessions {
  let tiers: ReadonlySet<TierName> = new Set();
  let changed = new Map<string, IdHash>();
  let asked = new Map<string, IdHash>();
  let timer: NodeJS.Timeout | undefined;
  const bucketKey = (at: number) => connection.key(`sessions:${Math.floor(at / KEPT_MS)}`);

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const told = [...changed].flatMap(([field, session]) => {
      const snapshot = local.snapshot(session);
      return snapshot === undefined ? [] : [{ field, shared: [session, moved(snapshot, performance.timeOrigin)] as const }];
    });
    const looked = asked;
    [changed, asked] = [new Map(), new Map()];
    for (const { shared } of told) tell(shared);
    if (told.length > 0) void keep(told.flatMap(({ field, shared }) => [field, JSON.stringify(shared)]));
    if (looked.size > 0) void look([...looked.keys()]);
  };
  const soon = () => {
    timer ??= setTimeout(flush, GATHER_MS).unref();
  };
  const keep = async (fields: readonly string[]) => {
    const key = bucketKey(Date.now());
    const expiry = ["PEXPIRE", key, String(2 * KEPT_MS)];
    await Promise.all([connection.send(["HSET", key, ...fields]), connection.send(expiry)]).catch(() => {}); // the others have been told
  };
  const look = async (fields: readonly string[]) => {
    const now = Date.now();
    const found = [now - KEPT_MS, now].map((at) => connection.send(["HMGET", bucketKey(at), ...fields]));
    for (const texts of await Promise.all(found).catch(() => [])) {
      for (const text of texts as readonly (string | null)[]) if (text !== null) heard(JSON.parse(text) as SharedSession);
    }
  };
  const heard = ([session, snapshot]: SharedSession) => {
    if (tiers.has(snapshot.tier)) local.merge(session, withTiers(moved(snapshot, -performance.timeOrigin), tiers));
  };
  const change = (session: IdHash) => {
    if (changed.size < MOST_CHANGED) changed.set(fieldOf(session), session);
    soon();
  };
  return {
    find(session, among) {
      const known = local.find(session, among);
      if (known === undefined && connection.isUp && asked.size < MOST_ASKED) {
        asked.set(fieldOf(session), session);
        soon();
      }
      return known;
    },
    acted(session, action) {
      local.acted(session, action);
      change(session);
    },
    answered(session, answer) {
      local.answered(session, answer);
      change(session);
    },
    answeredBadly(session, tier, questions) {
      local.answeredBadly(session, tier, questions);
      change(session);
    },
    keepOnly(kept) {
      tiers = kept;
      local.keepOnly(kept);
    },
    heard,
    flush,
  };
}

function fieldOf([first, second]: IdHash): string {
  return `${(first >>> 0).toString(36)}.${(second >>> 0).toString(36)}`;
}

type Snapshot = SharedSession[1];

/** To another clock. */
function moved(snapshot: Snapshot, byMs: number): Snapshot {
  const served = snapshot.served.map(([tier, at, cached]) => [tier, at + byMs, cached] as const);
  return { ...snapshot, usedAtMs: snapshot.usedAtMs + byMs, served };
}

function withTiers(snapshot: Snapshot, tiers: ReadonlySet<TierName>): Snapshot {
  const { raised, ...rest } = snapshot;
  const served = snapshot.served.filter(([tier]) => tiers.has(tier));
  return raised !== undefined && tiers.has(raised.from) ? { ...rest, raised, served } : { ...rest, served };
}
