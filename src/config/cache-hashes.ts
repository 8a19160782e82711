// The hashes that keys of kept answers are made of: SHA-256, and for who asks an HMAC.
import { createHmac, hash } from "node:crypto";
import type { CacheHashes } from "../request/cache/ask.ts";

/** So many tenants are remembered, of whom a hash takes 3 µs. */
const KNOWN_TENANTS = 1024;

export function cacheHashes(secret: string): CacheHashes {
  const known = new Map<string, string>();
  return {
    sha256: (bytes) => hash("sha256", bytes, "base64url"),
    tenant(name) {
      const before = known.get(name);
      if (before !== undefined) return before;
      const made = createHmac("sha256", secret).update(name).digest("base64url");
      if (known.size >= KNOWN_TENANTS) known.clear();
      known.set(name, made);
      return made;
    },
  };
}
