// Every call of Envoy's ext_proc filters: its messages are decoded here, and the first one tells which kind of call it is.
import { decodeProcessingRequest, type ProcessingRequest } from "../wire/processing-request.ts";
import type { MessageHandler } from "./message-handler.ts";
import { ProcessCall, type ProcessDeps } from "./process-call.ts";
import type { Call, CallHandler, OpenCall } from "./transport.ts";
import { isUsageCall, UsageCall } from "./usage-call.ts";

export function openExtProcCall(deps: ProcessDeps): OpenCall {
  return (call) => new ExtProcCall(deps, call);
}

class ExtProcCall implements CallHandler {
  readonly #deps: ProcessDeps;
  readonly #call: Call;
  #handler: MessageHandler | undefined; // from the first message on

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
    this.#handler ??= isUsageCall(request) ? new UsageCall(this.#deps.answers, this.#call) : new ProcessCall(this.#deps, this.#call);
    this.#handler.request(request);
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
