// The call of a second ext_proc filter that only watches answers, for what the model servers say they used: Envoy waits for nothing here,
// so nothing is said, and nothing is decided.

import { FLIGHT_HEADER } from "../../request/routing/decision.ts";
import type { Call } from "../grpc/transport.ts";
import type { HeaderReader, ProcessingRequest } from "../wire/processing-request.ts";
import { type FollowedAnswer, type FollowedAnswers, isReadable } from "./followed-answers.ts";
import type { MessageHandler } from "./message-handler.ts";

/**
 * A filter that only observes, and is not known to see request bodies. Envoy (1.37 and 1.40) does not announce the body modes of such a
 * filter: it turns out to decide after all when a body follows.
 */
export function mayBeUsageCall({ kind, observabilityMode, requestBodyMode }: ProcessingRequest): boolean {
  return observabilityMode && kind === "request-headers" && (requestBodyMode ?? "none") === "none";
}

export function isOfRequestBody({ kind }: ProcessingRequest): boolean {
  return kind === "request-body" || kind === "request-trailers";
}

export class UsageCall implements MessageHandler {
  readonly #answers: FollowedAnswers;
  readonly #call: Call;
  #answer: FollowedAnswer | undefined;

  constructor(answers: FollowedAnswers, call: Call) {
    this.#answers = answers;
    this.#call = call;
  }

  request(request: ProcessingRequest): void {
    switch (request.kind) {
      case "request-headers":
        return this.#begin(request.headers, request.endOfStream);
      case "response-headers":
        if (request.endOfStream || !isReadable(request.headers)) this.#finish();
        else this.#answer?.headers(request.headers);
        return;
      case "response-body":
        this.#answer?.piece(request.body);
        if (request.endOfStream) this.#ended();
        return;
      case "response-trailers":
        return this.#ended();
      default:
        return;
    }
  }

  halfClosed(): void {
    this.#finish();
  }

  closed(): void {
    this.#answer?.closed();
  }

  /** A request without a body asks no model. */
  #begin(headers: HeaderReader, endOfStream: boolean): void {
    const requestId = endOfStream ? undefined : headers.get("x-request-id");
    const flight = () => headers.get(FLIGHT_HEADER);
    this.#answer = this.#answers.follow(requestId, () => this.#finish(), flight);
    if (this.#answer === undefined) this.#finish();
  }

  #ended(): void {
    this.#answer?.ended();
    this.#finish();
  }

  #finish(): void {
    this.#answer?.closed();
    this.#answer = undefined;
    this.#call.finish();
  }
}
