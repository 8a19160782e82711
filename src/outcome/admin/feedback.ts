// POST /v1/feedback: reads a rating and says what became of it.
import type { IncomingMessage } from "node:http";
import { type Feedback, readFeedback } from "../signals/feedback.ts";
import type { FeedbackResult } from "../signals/signals.ts";
import { json, notAllowed, type Reply } from "./reply.ts";

const MAX_BODY_BYTES = 64 << 10;

export async function feedbackReply(request: IncomingMessage, path: string, take: (feedback: Feedback) => FeedbackResult): Promise<Reply> {
  if (request.method !== "POST") return notAllowed(request.method, path, "POST");
  // A page of another origin can send any other type from an operator's browser without being asked.
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers["content-type"] ?? ""))
    return failure(415, "content-type must be application/json");
  const body = await bodyOf(request);
  if (body === undefined) return failure(413, `the body must be at most ${MAX_BODY_BYTES} bytes`);
  const feedback = readFeedback(body);
  if (typeof feedback === "string") return failure(400, feedback);
  const { requestId, rating } = feedback;
  const result = take(feedback);
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

function failure(status: number, message: string): Reply {
  return json(status, { error: { message } });
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
