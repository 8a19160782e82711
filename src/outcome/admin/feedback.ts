// POST /v1/feedback: reads a rating and says what became of it. Who may send one is checked before anything is read.
import type { IncomingMessage } from "node:http";
import { type Feedback, readFeedback } from "../signals/feedback.ts";
import type { FeedbackResult } from "../signals/signals.ts";
import { failure, json, type Reply } from "./reply.ts";
import { type Access, bodyOf, MAX_BODY_BYTES, writeRefused } from "./write-access.ts";

const WRITTEN = { path: "/v1/feedback", many: "ratings", none: "no rating is taken" } as const;

export async function feedbackReply(
  request: IncomingMessage,
  access: Access,
  take: (feedback: Feedback) => FeedbackResult | Promise<FeedbackResult>,
): Promise<Reply> {
  const refused = await writeRefused(request, access, WRITTEN);
  if (refused !== undefined) return refused;
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
