// Every call of Envoy's ext_proc filters: its messages are decoded here, and the first ones tell which kind of call it is. Large ones wait
// for a turn of their own.

import { MIN_MAPPED_BYTES } from "../grpc/mapped.ts";
import { type Call, type CallHandler, GRPC_INTERNAL, type OpenCall } from "../grpc/transport.ts";
import { decodeProcessingRequest, type ProcessingRequest } from "../wire/processing-request.ts";
import { AttemptCall } from "./attempt-call.ts";
import type { Judging } from "./judged-answers.ts";
import { isJudging, JudgingCall } from "./judging-call.ts";
import type { MessageHandler } from "./message-handler.ts";
import { ParkedHeaders } from "./parked-headers.ts";
import { ProcessCall, type ProcessDeps } from "./process-call.ts";
import type { Turns } from "./turns.ts";
import { isOfRequestBody, mayBeUsageCall, UsageCall } from "./usage-call.ts";

/** A message up to this size is read at once: scanning it takes less than a millisecond. */
const AT_ONCE_BYTES = 512 << 10;
/** Headers up to this size are part of what any call costs. */
const SMALL_HEADERS_BYTES = 2048;
/** Of a message that waits, beside its bytes. */
const WAITING_BYTES = 512;

export interface ExtProcDeps extends ProcessDeps {
  readonly turns: Turns;
  readonly judging: Judging;
}

export function openExtProcCall(deps: ExtProcDeps): OpenCall {
  return (call) => new ExtProcCall(deps, call);
}

interface Late {
  readonly bytes: number; // charged
  readonly act: () => void;
}

class ExtProcCall implements CallHandler {
  readonly #deps: ExtProcDeps;
  readonly #call: Call;
  #late: Late[] | undefined; // what came while a large message waits for its turn, itself first
  #handler: MessageHandler | undefined; // from the first message on
  #first: ProcessingRequest | undefined; // of what may be a usage call
  #parked: ParkedHeaders | undefined;

  constructor(deps: ExtProcDeps, call: Call) {
    this.#deps = deps;
    this.#call = call;
  }

  message(bytes: Uint8Array): void {
    if (this.#late === undefined && bytes.length <= AT_ONCE_BYTES) this.#read(bytes);
    else this.#later(bytes.length, () => this.#read(bytes));
  }

  /** In order, one a turn. */
  #later(bytes: number, act: () => void): void {
    this.#late ??= [];
    this.#late.push({ bytes: bytes + WAITING_BYTES, act });
    this.#call.keeps?.(bytes + WAITING_BYTES);
    if (this.#late.length === 1) this.#deps.turns.wait(() => this.#takeTurn());
  }

  #takeTurn(): void {
    try {
      this.#late?.[0]?.act();
    } catch (error) {
      this.#deps.observer.failed("internal-error", undefined, error);
      this.#call.finish(GRPC_INTERNAL, "internal error");
    }
    const done = this.#late?.shift();
    if (done !== undefined) this.#call.keeps?.(-done.bytes);
    if (this.#late === undefined || this.#late.length === 0) this.#late = undefined;
    else this.#deps.turns.wait(() => this.#takeTurn());
  }

  #read(bytes: Uint8Array): void {
    let request: ProcessingRequest;
    try {
      request = decodeProcessingRequest(bytes);
    } catch (error) {
      this.#deps.observer.failed("wire-error", undefined, error);
      return this.#halfClosed();
    }
    if (bytes.length > SMALL_HEADERS_BYTES && request.kind === "request-headers") {
      this.#call.keeps?.(bytes.length);
      if (bytes.length >= MIN_MAPPED_BYTES && this.#call.isCrowded === true && this.#parked === undefined) {
        this.#parked = new ParkedHeaders(request.headers);
        this.#handle({ ...request, headers: this.#parked });
        return this.#parked.park(bytes);
      }
    }
    this.#handle(request);
  }

  #handle(request: ProcessingRequest): void {
    if (this.#handler === undefined) this.#handler = this.#handlerFor(request);
    else if (this.#first !== undefined && isOfRequestBody(request)) this.#handler = this.#decidingAfterAll(this.#first);
    this.#handler.request(request);
  }

  #handlerFor(first: ProcessingRequest): MessageHandler {
    const { attempts } = this.#call;
    if (attempts !== undefined) {
      return isJudging(first) ? new JudgingCall(this.#deps, this.#call, attempts) : new AttemptCall(this.#deps, this.#call, attempts);
    }
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

  halfClosed(): void {
    if (this.#late === undefined) this.#halfClosed();
    else this.#later(0, () => this.#halfClosed());
  }

  /** Also where nothing more can be understood: Envoy then goes on unchanged. */
  #halfClosed(): void {
    if (this.#handler === undefined) this.#call.finish();
    else this.#handler.halfClosed();
  }

  closed(): void {
    this.#late = undefined;
    this.#handler?.closed();
    this.#parked?.drop();
  }
}
