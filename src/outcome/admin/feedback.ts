// POST /v1/feedback: reads a rating and says what became of it. Who may send one is checked before anything is read.
import type { IncomingMessage } from "node:http";
import { type Feedback, readFeedback } from "../signals/feedback.ts";
import type { FeedbackResult } from "../signals/signals.ts";
import { failure, json, type Reply } from "./reply.ts";
import type { TrustedNames } from "./trusted-names.ts";
import type { TokenCheck, WriteToken } from "./write-token.ts";

const MAX_BODY_BYTES = 64 << 10;

/** Who may ask. */
export interface Access {
  readonly names: TrustedNames;
  readonly token: WriteToken | undefined; // undefined: none is asked for
}

export async function feedbackReply(
  request: IncomingMessage,
  { names, token }: Access,
  take: (feedback: Feedback) => FeedbackResult | Promise<FeedbackResult>,
): Promise<Reply> {
  const { method, headers } = request;
  if (method !== "POST") return failure(405, `${method}: not allowed on /v1/feedback; use POST`, { allow: "POST" });
  if (!names.isTrustedOrigin(headers.origin, headers.host)) {
    return failure(403, "pages of another origin may not send ratings; a name of your own for this port belongs in listen.adminHosts");
  }
  const refused = token && tokenFailure(await token.check(headers.authorization));
  if (refused !== undefined) return refused;
  // A page of another origin can send any other type from an operator's browser without being asked.
  if (!/^application\/json\s*(?:;|$)/i.test(headers["content-type"] ?? "")) return failure(415, "content-type must be application/json");
  const body = await bodyOf(request);
  if (body === undefined) return failure(413, `the body must be at most ${MAX_BODY_BYTES} bytes`);
  const feedback = readFeedback(body);
  if (typeof feedback === "string") return failure(400, feedback);
  const { requestId, rating } = feedback;
  const result = await take(feedback);
  switch (result.kind) {
    case "taken": {
      const { tier, policy, reason } = result.decision;
      return json(200, { request_id: requestId, rating, tier, policy, reason });
    }
    case "rated":
      return failure(409, `request ${requestId} was rated ${result.rating} before, which stays`);
    case "unknown":
      return failure(404, `request ${requestId} was not decided by this process, or too many decisions ago`);
  }
}

/** Undefined: it is right. */
function tokenFailure(check: TokenCheck): Reply | undefined {
  switch (check) {
    case "right":
      return undefined;
    case "missing":
      return failure(401, "authorization must be `Bearer TOKEN`, with the token this port was given", { "www-authenticate": "Bearer" });
    case "wrong":
      return failure(401, "the token is not the one this port was given", { "www-authenticate": 'Bearer error="invalid_token"' });
    case "unreadable":
      return failure(503, "the file of listen.adminTokenFile cannot be read now, so no rating is taken");
    default:
      return check satisfies never;
  }
}

/** Undefined: too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= MAX_BODY_BYTES) pieces.push(piece);
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(pieces).toString();
}
