// The version of a policy: what stands behind the `@` of its id, in headers, metrics and decision logs. Other settings, another version.
import { createHash } from "node:crypto";

/** Eight hex digits that change when any setting does. Their order is part of it: do not sort the members of what is given. */
export function fingerprint(settings: object): string {
  return createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 8);
}

/** By which git knows a file of this text: `git log --find-object` finds the commit that brought it. */
export function gitBlob(text: string): string {
  const bytes = Buffer.from(text);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
