// Every call of Envoy's ext_proc filters: its messages are decoded here, and the first ones tell which kind of call it is.

import type { Call, CallHandler, OpenCall } from "../grpc/transport.ts";
import { decodeProcessingRequest, type ProcessingRequest } from "../wire/processing-request.ts";
import { AttemptCall } from "./attempt-call.ts";
import type { MessageHandler } from "./message-handler.ts";
import { ProcessCall, type ProcessDeps } from "./process-call.ts";
import { isOfRequestBody, mayBeUsageCall, UsageCall } from "./usage-call.ts";

export function openExtProcCall(deps: ProcessDeps): OpenCall {
  return (call) => new ExtProcCall(deps, call);
}

class ExtProcCall implements CallHandler {
  readonly #deps: ProcessDeps;
  readonly #call: Call;
  #handler: MessageHandler | undefined; // from the first message on
  #first: ProcessingRequest | undefined; // of what may be a usage call

  constructor(deps: ProcessDeps, call: Call) {
    this.#deps = deps;
    this.#call = call;
  }

  message(bytes: Uint8Array): void {
    let request: ProcessingRequest;
    try {
      request = decodeProcessingRequest(bytes);
    } catch (error) {
      this.#deps.observer.failed("wire-error", undefined, error);
      return this.halfClosed();
    }
    if (this.#handler === undefined) this.#handler = this.#handlerFor(request);
    else if (this.#first !== undefined && isOfRequestBody(request)) this.#handler = this.#decidingAfterAll(this.#first);
    this.#handler.request(request);
  }

  #handlerFor(first: ProcessingRequest): MessageHandler {
    const { attempts } = this.#call;
    if (attempts !== undefined) return new AttemptCall(this.#deps, this.#call, attempts);
    if (!mayBeUsageCall(first)) return new ProcessCall(this.#deps, this.#call, first);
    this.#first = first;
    return new UsageCall(this.#deps.answers, this.#call);
  }

  #decidingAfterAll(first: ProcessingRequest): MessageHandler {
    this.#first = undefined;
    this.#handler?.closed();
    const handler = new ProcessCall(this.#deps, this.#call, first);
    handler.request(first);
    return handler;
  }

  /** Also where nothing more can be understood: Envoy then goes on unchanged. */
  halfClosed(): void {
    if (this.#handler === undefined) this.#call.finish();
    else this.#handler.halfClosed();
  }

  closed(): void {
    this.#handler?.closed();
  }
}
