// Guard: an action of a session stays with the tier of the one before where another would answer it with an error, or would cost more than
// it saves. Behind the policy, in front of the guard of what tiers can take. The rule is session-rule.ts's; here it meets requests.
import type { TurnType } from "../chat/actions.ts";
import { hashOfId, type IdHash } from "../policy/id-hash.ts";
import type { PolicyRequest, TierName } from "../policy/policy.ts";
import { agentOf, CLAUDE_CODE_SESSION, CODEX_THREAD, namedSessionOf, type Session, sessionOf, turnOf } from "../policy/session.ts";
import type { Decision, Wanted } from "../routing/decision.ts";
import { CONTINUED, PINNED, RAISED } from "../routing/reasons.ts";
import { type SessionDecision, type SessionReason, type SessionSettings, sessionDecision } from "./session-rule.ts";
import type { KnownSession, SessionStore } from "./session-store.ts";

export interface SessionGuard {
  /**
   * Undefined: the request belongs to no session, or is one that an agent asks beside its conversation and that any server can answer.
   * Asks, and changes nothing.
   */
  actionOf(request: PolicyRequest): SessionAction | undefined;
  /** Allocates nothing where the decision stands. */
  checked(decision: Decision, action: SessionAction): Decision;
  /** The action goes to this tier. What it gives must come back with the answer; undefined: the session does not go on with it. */
  acts(action: SessionAction, tier: TierName): ActionNote | undefined;
}

export interface SessionGuardSettings {
  readonly tiers: readonly TierName[]; // cheap first
  readonly store: SessionStore;
  readonly salt: number; // 32 bits, of this process
  readonly byVoter: boolean; // who asks is told by the gateway: one sender has no part in another's session
  readonly weighs: boolean; // prompt caches count; else only what another tier would answer with an error
  readonly rule: SessionSettings;
  readonly now: () => number; // milliseconds, monotonic
}

export interface SessionAction {
  readonly session: IdHash;
  readonly known: KnownSession | undefined;
  readonly isAside: boolean; // asked beside the conversation, with a copy of it
  readonly answersTools: boolean;
  readonly refersToKept: boolean; // to what one server keeps
  readonly willRefer: boolean; // it does, or what follows it will again
  readonly inputTokens: number;
  readonly atMs: number;
  readonly weighs: boolean;
}

/** Another tier than that of the last action would answer this one with an error. */
export function isLockedIn({ known, answersTools, refersToKept }: SessionAction): boolean {
  return known !== undefined && (answersTools || refersToKept);
}

/** What is remembered of an action until its answer has come. */
export interface ActionNote {
  readonly session: IdHash;
  readonly expectedTokens: number; // that the tier's servers ought to have read from their cache
}

/** What agents ask beside the conversation: each may go anywhere, but for a compaction that brings what one server keeps. */
const SIDE_TURNS: ReadonlySet<TurnType> = new Set(["probe", "title", "compaction", "classifier"]);

export function sessionGuard({ tiers, store, salt, byVoter, weighs, rule, now }: SessionGuardSettings): SessionGuard {
  return {
    actionOf(request) {
      const session = protectedSession(request);
      if (session === undefined) return undefined;
      const turn = turnOf(request);
      const { inputTokens, continued, action } = request.facts;
      const [isAside, answersTools] = [SIDE_TURNS.has(turn), action.toolLoop];
      if (isAside && !answersTools && !continued) return undefined;
      const hash = hashOfId(speakerIn(session, turn, request), byVoter ? salt ^ (request.voter ?? 0) : salt);
      const known = withoutLost(store.find(hash, tiers), inputTokens);
      const willRefer = continued ? isClaudeCodes(request) : known?.willRefer === true && !answersTools;
      return {
        session: hash,
        known,
        isAside,
        answersTools,
        refersToKept: continued || willRefer,
        willRefer,
        inputTokens,
        atMs: now(),
        weighs: weighs && !isAside && session.by !== "fingerprint",
      };
    },
    checked(decision, action) {
      const { known, answersTools, refersToKept } = action;
      if (known === undefined || decision.reason === CONTINUED.name) return decision;
      const risen = raised(decision, action, tiers);
      if (!answersTools && !refersToKept && !action.weighs) return risen;
      const wanted = tiers.indexOf(risen.tier);
      const { inputTokens, atMs } = action;
      const asked = { wanted, answersTools, keptBy: refersToKept ? NOT_KNOWN_WHICH : undefined, inputTokens, atMs };
      return decidedBy(sessionDecision(known, asked, rule), risen, known.tier);
    },
    acts({ session, known, isAside, answersTools, willRefer, inputTokens, atMs }, tier) {
      if (isAside) return undefined;
      store.acted(session, { tier, inputTokens, isQuestion: !answersTools, willRefer, atMs });
      const at = tiers.indexOf(tier);
      const isWarm = known !== undefined && atMs - (known.servedAtMs[at] ?? 0) <= rule.cacheLivesMs;
      return { session, expectedTokens: isWarm ? Math.min(inputTokens, known.cachedTokens[at] ?? 0) : 0 };
    },
  };

  function decidedBy({ tier, reason, gainUsd }: SessionDecision, decision: Decision, last: number): Decision {
    switch (reason) {
      case "new":
        return decision;
      case "same":
        return decision.propensity === undefined ? decision : withoutChance(decision);
      case "tool-loop":
      case "server-state":
        return pinned(decision, nameOf(tier), { reason });
      case "cache":
        return pinned(decision, nameOf(tier), { reason, gainUsd });
      case "pays":
        return { ...decision, inSession: { reason, last: nameOf(last), gainUsd } };
      case "up":
      case "cold":
        return { ...decision, inSession: { reason, last: nameOf(last) } };
      default:
        return reason satisfies never;
    }
  }

  function nameOf(tier: number): TierName {
    const name = tiers[tier];
    if (name === undefined) throw new Error("invariant: a session's tier is one of the configuration");
    return name;
  }
}

/** Of where what the request refers to came from answers have shown nothing. */
const NOT_KNOWN_WHICH = -1;

/**
 * One that is only made of how its conversation begins may be several that begin alike: it counts where tools are offered, for what would
 * break otherwise. An ordinary chat without an id is none, and nothing of it is read for this.
 */
function protectedSession(request: PolicyRequest): Session | undefined {
  return namedSessionOf(request) ?? (request.facts.tools ? sessionOf(request) : undefined);
}

/**
 * A sub-agent's conversation is another one than that which a person has in the same session. Who names an agent has such a turn. Codex
 * names the kind of sub-agent, and gives each a thread of its own.
 */
function speakerIn({ id }: Session, turn: TurnType, request: PolicyRequest): string {
  if (turn !== "subagent") return id;
  return `${id}\n${agentOf(request) ?? turn}\n${request.header(CODEX_THREAD) ?? ""}`;
}

/** A request of less than half of the last one begins anew, behind a summary: of what caches hold, it shares next to nothing. */
const SHRUNK = 0.5;

function withoutLost(known: KnownSession | undefined, inputTokens: number): KnownSession | undefined {
  if (known === undefined || inputTokens >= SHRUNK * known.inputTokens) return known;
  return { ...known, cachedTokens: [] };
}

/**
 * Claude Code leaves signed thinking out of the first request of a session that it resumes, and brings it again with the second, also that
 * of messages it keeps behind a compaction: a tier that took over with the first would have to read another one's. A loop of tools
 * without any shows that it thinks no more.
 */
function isClaudeCodes(request: PolicyRequest): boolean {
  return request.header(CLAUDE_CODE_SESSION) !== undefined || request.facts.action.userSession !== undefined;
}

/** A person's question; what tools gave back stays in its loop. */
function raised(decision: Decision, { known, answersTools, isAside }: SessionAction, tiers: readonly TierName[]): Decision {
  const least = known === undefined || answersTools || isAside ? 0 : known.leastTier;
  const to = tiers[least];
  if (least === 0 || to === undefined || tiers.indexOf(decision.tier) >= least) return decision;
  const { policy, score } = decision;
  const risen = { tier: to, policy, reason: RAISED.name, wanted: wantedOf(decision) };
  return score === undefined ? risen : { ...risen, score };
}

interface Kept {
  readonly reason: SessionReason;
  readonly gainUsd?: number;
}

/** The chance of a randomised policy was another tier's. */
function pinned(from: Decision, to: TierName, kept: Kept): Decision {
  const { policy, score } = from;
  const wanted = from.reason === RAISED.name && from.wanted !== undefined ? from.wanted : wantedOf(from);
  const inSession = { ...kept, last: to };
  const decision = { tier: to, policy, reason: PINNED.name, detail: kept.reason, wanted, inSession };
  return score === undefined ? decision : { ...decision, score };
}

function wantedOf({ tier, reason, detail }: Decision): Wanted {
  return detail === undefined ? { tier, reason } : { tier, reason, detail };
}

/** It might have been kept, had the policy chosen another: how likely it was to come here is not known. */
function withoutChance({ propensity: _, ...decision }: Decision): Decision {
  return decision;
}
