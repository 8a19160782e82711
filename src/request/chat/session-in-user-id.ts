// The session that Claude Code puts into `metadata.user_id`: behind `_session_`, or as a member of JSON.

const MARK = "_session_";
const AS_TEXT = /^[0-9A-Za-z-]{1,64}$/;
const AS_JSON = /"session_id":\s*"([0-9A-Za-z-]{1,64})"/;

/** Undefined: the id names a user alone. */
export function sessionInUserId(userId: string | undefined): string | undefined {
  if (userId === undefined) return undefined;
  if (userId.startsWith("{")) return AS_JSON.exec(userId)?.[1];
  const at = userId.startsWith("user_") ? userId.lastIndexOf(MARK) : -1;
  const session = at < 0 ? "" : userId.slice(at + MARK.length);
  return AS_TEXT.test(session) ? session : undefined;
}
