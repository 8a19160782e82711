// What a user may say about an answer: a rating for a request id. Pure: reads and checks; joining and counting are elsewhere.

export interface Feedback {
  readonly requestId: string;
  readonly rating: number; // 1 (bad) to 5 (good)
}

export const MAX_COMMENT_CHARS = 2000;

/** The feedback, or what is wrong with it, for the sender. A comment is checked and let go: it is a user's words. */
export function readFeedback(json: string): Feedback | string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "the body must be a JSON object";
  const { request_id: requestId, rating, comment } = value as Readonly<Record<string, unknown>>;
  if (typeof requestId !== "string" || requestId === "") return "request_id must be the request's x-request-id, a string";
  if (!isRating(rating)) return `rating must be a whole number from 1 to 5${rating === undefined ? "" : `, not ${shown(rating)}`}`;
  if (comment !== undefined && comment !== null && !isComment(comment))
    return `comment must be a string of at most ${MAX_COMMENT_CHARS} characters`;
  return { requestId, rating };
}

function isRating(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 5;
}

function isComment(value: unknown): boolean {
  return typeof value === "string" && value.length <= MAX_COMMENT_CHARS;
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 40);
}
