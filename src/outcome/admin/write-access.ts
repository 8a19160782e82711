// Who may write to the admin port: no page from elsewhere, and where a token was given, only who brings it. Checked before the body is
// read, which is bounded.
import type { IncomingMessage } from "node:http";
import { failure, type Reply } from "./reply.ts";
import type { TrustedNames } from "./trusted-names.ts";
import type { TokenCheck, WriteToken } from "./write-token.ts";

export const MAX_BODY_BYTES = 64 << 10;

/** Who may ask. */
export interface Access {
  readonly names: TrustedNames;
  readonly token: WriteToken | undefined; // undefined: none is asked for
}

/** What is sent, in words for who may not. */
export interface Written {
  readonly path: string;
  readonly many: string; // ratings
  readonly none: string; // no rating is taken
}

/** Undefined: it may. */
export async function writeRefused(
  request: IncomingMessage,
  { names, token }: Access,
  { path, many, none }: Written,
): Promise<Reply | undefined> {
  const { method, headers } = request;
  if (method !== "POST") return failure(405, `${method}: not allowed on ${path}; use POST`, { allow: "POST" });
  if (!names.isTrustedOrigin(headers.origin, headers.host)) {
    return failure(403, `pages of another origin may not send ${many}; a name of your own for this port belongs in listen.adminHosts`);
  }
  const refused = token && tokenFailure(await token.check(headers.authorization), none);
  if (refused !== undefined) return refused;
  // A page of another origin can send any other type from an operator's browser without being asked.
  return /^application\/json\s*(?:;|$)/i.test(headers["content-type"] ?? "")
    ? undefined
    : failure(415, "content-type must be application/json");
}

/** Undefined: it is right. */
function tokenFailure(check: TokenCheck, none: string): Reply | undefined {
  switch (check) {
    case "right":
      return undefined;
    case "missing":
      return failure(401, "authorization must be `Bearer TOKEN`, with the token this port was given", { "www-authenticate": "Bearer" });
    case "wrong":
      return failure(401, "the token is not the one this port was given", { "www-authenticate": 'Bearer error="invalid_token"' });
    case "unreadable":
      return failure(503, `the file of listen.adminTokenFile cannot be read now, so ${none}`);
    default:
      return check satisfies never;
  }
}

/** Undefined: too long. */
export async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= MAX_BODY_BYTES) pieces.push(piece);
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(pieces).toString();
}
