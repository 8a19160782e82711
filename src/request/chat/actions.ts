// What a request is in an agent's session: of which kind its turn is, which tools were called last and with what success. Read from the
// body alone; what headers say besides is policy/session.ts's.

/**
 * What is asked for. Told so that a doubtful request is `user` or `tool-result`: a small job taken for a person's question costs little, a
 * person's question taken for a small job is answered badly.
 */
export const TURN_TYPES = ["probe", "title", "compaction", "classifier", "subagent", "tool-result", "user"] as const;
export type TurnType = (typeof TURN_TYPES)[number];

/** A call of a tool that the client runs, as the model asked for it. */
export interface ToolCall {
  readonly tool: string; // its name, of a longer one the front; of a call without one its type, such as `local_shell_call`
  readonly outcome: "unanswered" | "answered" | "failed"; // `failed`: its result says so
}

export const MAX_TOOL_CHARS = 128;
/** Of an agent's history so many calls are listed, and in so many repeats are counted. */
export const LISTED_CALLS = 8;
export const COUNTED_CALLS = 6;

export interface ActionFacts {
  readonly turn: TurnType;
  /** Results of tools stand behind all that the model said: it is in the middle of its work, and another one would have to take it over. */
  readonly toolLoop: boolean;
  readonly calls: readonly ToolCall[]; // the last LISTED_CALLS, oldest first
  /** Of the last COUNTED_CALLS calls, how many are the same one, by tool and arguments: 1: no two are; 0: there is none. */
  readonly repeats: number;
  /** Of the last six results, how many say that their call failed: by `is_error`, or an exit code but 0 in front (assembly/failures.ts). */
  readonly errors: number;
  /**
   * 64 bits in hexadecimal of a hash of how the conversation begins: its system text, and the first thing that a person said. They stay the
   * same while it grows; two conversations that begin alike share it. Undefined: no person said anything.
   */
  readonly fingerprint: string | undefined;
  /** The session that Claude Code puts into the user's id; what has one is a coding agent's. */
  readonly userSession: string | undefined;
}

/** Of a request without a conversation. */
export const NO_ACTION: ActionFacts = {
  turn: "user",
  toolLoop: false,
  calls: [],
  repeats: 0,
  errors: 0,
  fingerprint: undefined,
  userSession: undefined,
};
