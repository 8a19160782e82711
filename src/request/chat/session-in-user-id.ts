// The session that Claude Code puts into `metadata.user_id`: behind `_session_`, or as a member of JSON.

const AS_TEXT = /^user_.*_session_([0-9A-Za-z-]{1,64})$/s;
const AS_JSON = /^\{.*"session_id":\s*"([0-9A-Za-z-]{1,64})"/s;

/** Undefined: the id names a user alone. */
export function sessionInUserId(userId: string | undefined): string | undefined {
  if (userId === undefined) return undefined;
  return (AS_TEXT.exec(userId) ?? AS_JSON.exec(userId))?.[1];
}
