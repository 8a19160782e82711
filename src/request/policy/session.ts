// Whose session a request belongs to, and what it is in it: by its headers first, then by its body.
import type { TurnType } from "../chat/actions.ts";
import { isSmall } from "../chat/turn-type.ts";
import type { PolicyRequest } from "./policy.ts";

/** What a session is known by. `fingerprint`: how its conversation begins, and for whom; two that begin alike are one then. */
export interface Session {
  readonly id: string;
  readonly by: "header" | "body" | "fingerprint";
}

export const CLAUDE_CODE_SESSION = "x-claude-code-session-id";
/** The first of these that is given: the field's own, Claude Code, OpenCode, Codex, Codex before. */
export const SESSION_HEADERS = ["x-session-id", CLAUDE_CODE_SESSION, "x-session-affinity", "session-id", "session_id"] as const;
/** The agent beside the one a person talks with: Claude Code, then Codex, which names its kind. */
export const AGENT_HEADERS = ["x-claude-code-agent-id", "x-openai-subagent"] as const;
/** Of each sub-agent of Codex another; the session is that of the agent which began it. */
export const CODEX_THREAD = "thread-id";
/** Whose work a sub-agent's is: Claude Code, OpenCode, Codex. */
const PARENT_HEADERS = ["x-claude-code-parent-agent-id", "x-parent-session-id", "x-codex-parent-thread-id"] as const;
const SUBAGENT_HEADERS = [AGENT_HEADERS[0], ...PARENT_HEADERS] as const;
/** Claude Code behind a gateway; Codex. */
const CLASS_HEADERS = ["x-claude-code-request-class", "x-openai-subagent"] as const;

/** All that tell of a session or of a turn. */
export const ACTION_HEADERS: ReadonlySet<string> = new Set([...SESSION_HEADERS, ...AGENT_HEADERS, ...PARENT_HEADERS, ...CLASS_HEADERS]);

const TURN_OF_CLASS: ReadonlyMap<string, TurnType> = new Map([
  ["compaction", "compaction"],
  ["compact", "compaction"],
  ["subagent", "subagent"],
  ["workflow", "subagent"],
]);

/**
 * Undefined: it names none, and no person said anything. `previous_response_id` names no session, since each turn has another; what it
 * refers to is among the facts' `continuedBy`.
 */
export function sessionOf(request: PolicyRequest): Session | undefined {
  const named = namedSessionOf(request);
  if (named !== undefined) return named;
  const { facts } = request;
  const { fingerprint } = facts.action;
  if (fingerprint === undefined) return undefined;
  return { id: facts.user === undefined ? fingerprint : `${fingerprint} ${facts.user}`, by: "fingerprint" };
}

/** The same of one that has a name: how the conversation begins is not read. */
export function namedSessionOf(request: PolicyRequest): Session | undefined {
  const named = firstHeader(request, SESSION_HEADERS);
  if (named !== undefined) return { id: named, by: "header" };
  const given = request.facts.action.userSession ?? request.facts.session;
  return given === undefined ? undefined : { id: given, by: "body" };
}

/** The sub-agent that speaks; undefined: the agent itself, or no header says so. */
export function agentOf(request: PolicyRequest): string | undefined {
  return firstHeader(request, AGENT_HEADERS);
}

export function turnOf(request: PolicyRequest): TurnType {
  const { turn } = request.facts.action;
  if (turn === "probe" || turn === "title" || turn === "compaction" || turn === "classifier") return turn;
  const told = firstHeader(request, CLASS_HEADERS);
  const ofClass = told === undefined ? undefined : TURN_OF_CLASS.get(told);
  if (ofClass !== undefined) return ofClass;
  if (isSmall(request.facts) && firstHeader(request, SESSION_HEADERS.slice(1)) !== undefined) return "classifier";
  // What Codex names was asked for above, with the class.
  const isSubagents = told !== undefined ? agentOf(request) !== undefined : firstHeader(request, SUBAGENT_HEADERS) !== undefined;
  return isSubagents || (told !== undefined && firstHeader(request, PARENT_HEADERS) !== undefined) ? "subagent" : turn;
}

function firstHeader(request: PolicyRequest, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = request.header(name);
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}
