// The id of a row whose request has none: a hash of what it is.
import { createHash } from "node:crypto";

export function hashId(of: unknown): string {
  return createHash("sha256").update(JSON.stringify(of)).digest("base64url").slice(0, 22);
}
