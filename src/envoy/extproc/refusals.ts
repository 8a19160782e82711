// What a client is told at once, in place of an answer of any tier: that its body cannot be read, or that limits leave no room for it.
// In the shape of errors that the clients of its format read.
import type { Format } from "../../request/chat/facts.ts";
import type { Refused } from "../../request/routing/decision.ts";
import { REFUSALS } from "../../request/routing/reasons.ts";
import { encodeImmediateReply } from "../wire/processing-response.ts";

const CONTENT_TYPE: Header = ["content-type", "application/json"];
/**
 * The libraries of OpenAI and Anthropic try again after `retry-after`, however long that is: openai-node 6.49 would sleep for a day, and
 * say nothing. Beyond a minute, where those of Python stop believing it, too, they are to raise their error at once.
 */
const NO_RETRY: Header = ["x-should-retry", "false"];
const LONGEST_RETRY_SECONDS = 60;

type Header = [name: string, value: string];

/** A 400 in OpenAI's error shape, for operators who want unreadable bodies refused. */
export function unreadableRefusal(reason: string): Uint8Array {
  const error = { message: `The request body cannot be read: ${reason}.`, type: "invalid_request_error", param: null, code: reason };
  return reply(400, reason, [CONTENT_TYPE], { error });
}

/** A 429. `reason`: of the decision, for Envoy's access log. */
export function limitRefusal({ message, retryAfterSeconds }: Refused, reason: string, format: Format | undefined): Uint8Array {
  const headers: Header[] = [CONTENT_TYPE, ["retry-after", String(retryAfterSeconds)]];
  if (retryAfterSeconds > LONGEST_RETRY_SECONDS) headers.push(NO_RETRY);
  return reply(429, reason, headers, rateLimitError(`Rate limit reached: ${message}. Please try again in ${retryAfterSeconds}s.`, format));
}

/** As the servers of that format answer who asks too often; OpenAI's where it is not known. */
function rateLimitError(message: string, format: Format | undefined): object {
  switch (format) {
    case "messages":
      return { type: "error", error: { type: "rate_limit_error", message } };
    case "chat-completions":
    case "completions":
    case "responses":
    case undefined:
      return { error: { message, type: "rate_limit_exceeded", param: null, code: "rate_limit_exceeded" } };
    default:
      return format satisfies never;
  }
}

function reply(status: number, reason: string, set: Header[], body: object): Uint8Array {
  return encodeImmediateReply({
    status,
    headers: { set, remove: [] },
    body: Buffer.from(JSON.stringify(body)),
    details: detailsOf(reason),
  });
}

/** Behind details that begin with `sluice_` Envoy's local_reply_config leaves the body as it is. */
function detailsOf(reason: string): string {
  return `sluice_${reason.replaceAll("-", "_")}`;
}

const LIMIT_REFUSALS: ReadonlySet<string> = new Set([...REFUSALS].map(detailsOf));

/** Whether Envoy's access log says of a request, in its response code details, that it got a `limitRefusal`. */
export function gotLimitRefusal(responseCodeDetails: string): boolean {
  return LIMIT_REFUSALS.has(responseCodeDetails);
}
