// One HTTP request's ext_proc call: a state machine over Envoy's messages, whatever their order. It waits for what a decision needs,
// replies to each message once, and ends the call once nothing more is to be said. Whatever goes wrong, the request goes on unchanged.
import type { Vectors } from "../../request/policy/vectors.ts";
import { continuedPath } from "../../request/routing/continued.ts";
import type { UnroutedReason } from "../../request/routing/reasons.ts";
import { contentLength, type HeaderView, unroutableByHeaders } from "../../request/routing/route-headers.ts";
import { passedOn, type Routed, type Routing, routeBody, unread } from "../../request/routing/routing.ts";
import type { WantedVector } from "../../request/routing/wanted-vectors.ts";
import type { Call } from "../grpc/transport.ts";
import type { BodyMode, HeaderReader, ProcessingRequest } from "../wire/processing-request.ts";
import { encodeBodyReply, encodeHeadersReply, encodeStreamedBodyReply, encodeTrailersReply } from "../wire/processing-response.ts";
import { type BodyBudget, UNANNOUNCED_BYTES } from "./body-budget.ts";
import { type Asking, type CachedAnswers, type Found, sendHit, withHit } from "./cached-answers.ts";
import { CollectedBody } from "./collected-body.ts";
import type { FollowedAnswers } from "./followed-answers.ts";
import { listeningOnly } from "./listening-only.ts";
import type { MessageHandler } from "./message-handler.ts";
import { type BodyDelivery, deliveryOf, mayEndBeforeBody } from "./modes.ts";
import { endOf, isOver, type Phase } from "./phases.ts";
import type { ProcessObserver } from "./process-observer.ts";
import { limitRefusal, unreadableRefusal } from "./refusals.ts";
import { forgedHeaders, replyInHeaders, sendReplyInBody, streamedPieces } from "./replies.ts";
import { NO_VECTORS, type RequestVectors, vectorsToFind } from "./request-vectors.ts";
import { mayNeedResponse, ResponseHalf } from "./response-half.ts";

/** What a call needs from the rest of the process. */
export interface ProcessDeps {
  readonly routing: () => Routing; // the snapshot to begin a request with
  readonly budget: BodyBudget;
  readonly observer: ProcessObserver;
  readonly answers: FollowedAnswers; // followed where Envoy sends them (response bodies STREAMED)
  readonly cached?: CachedAnswers | undefined; // undefined: no answer is ever kept
  readonly vectors?: RequestVectors | undefined; // undefined: every policy decides without
  readonly now: () => number; // milliseconds, monotonic
}

const NO_BODY = new Uint8Array(0);

/** Of a call whose request headers Envoy did not send. */
const NO_HEADERS: HeaderView = { get: () => undefined };

export class ProcessCall implements MessageHandler {
  readonly #deps: ProcessDeps;
  readonly #call: Call;
  readonly #openedAt: number;
  readonly #requestMode: BodyMode | undefined;
  readonly #delivery: BodyDelivery;
  readonly #responseMode: BodyMode | undefined;
  readonly #observing: boolean;
  readonly #routing: Routing;
  #phase: Phase = "start";
  #headers: HeaderReader | undefined;
  #charged = 0; // bytes of the budget
  #collected: CollectedBody | undefined;
  #letGo: (() => void) | undefined; // of what is looked up
  #flight: string | undefined; // of an answer that may be kept
  #response: ResponseHalf | undefined; // where the call needs or sees the response

  /** `first`: the call's first message, which tells the modes. It is to be handed in by `request` all the same. */
  constructor(deps: ProcessDeps, call: Call, first: ProcessingRequest) {
    this.#deps = deps;
    this.#requestMode = first.requestBodyMode;
    this.#delivery = deliveryOf(first.requestBodyMode);
    this.#responseMode = first.responseBodyMode;
    this.#observing = first.observabilityMode;
    this.#call = this.#observing ? listeningOnly(call) : call;
    this.#routing = deps.routing();
    this.#openedAt = deps.now();
    deps.observer.opened();
  }

  request(request: ProcessingRequest): void {
    if (this.#isOver) return;
    try {
      this.#handle(request);
    } catch (error) {
      this.#deps.observer.failed("internal-error", this.#requestId, error);
      this.#finish();
    }
  }

  halfClosed(): void {
    this.#finish();
  }

  closed(): void {
    this.#phase = endOf(this.#phase);
    this.#noLonger();
    this.#release();
    this.#collected?.clear();
    this.#response?.closed();
    this.#deps.observer.closed(this.#deps.now() - this.#openedAt, this.#phase === "abandoned");
  }

  #handle(request: ProcessingRequest): void {
    switch (request.kind) {
      case "request-headers":
        return this.#requestHeaders(request.headers, request.endOfStream);
      case "request-body":
        return this.#requestBody(request.body, request.endOfStream || request.endOfStreamWithoutMessage);
      case "request-trailers":
        return this.#requestTrailers();
      case "response-headers":
        return this.#responseHalf.headers(request.headers, request.endOfStream);
      case "response-body":
        return this.#responseHalf.body(request.body, request.endOfStream);
      case "response-trailers":
        return this.#responseHalf.trailers();
      case "unknown":
        return; // a message kind newer than we are: it gets no reply
    }
  }

  // ---- request headers ----

  #requestHeaders(headers: HeaderReader, endOfStream: boolean): void {
    if (this.#phase !== "start") return this.#call.send(encodeHeadersReply("request"));
    this.#headers = headers;
    const given = continuedPath(this.#routing, headers.get(":path"));
    if (given !== undefined) return this.#passOnFromHeaders(unread(given), endOfStream);
    const reason = endOfStream ? "no-body" : this.#unroutable(headers);
    if (reason !== undefined) return this.#passOnFromHeaders(passedOn(this.#routing, reason), endOfStream);
    if (this.#delivery === "duplex" || this.#observing) {
      this.#phase = "collecting";
      return;
    }
    this.#phase = "awaiting";
    this.#call.send(encodeHeadersReply("request", forgedHeaders(headers)));
  }

  #unroutable(headers: HeaderReader): UnroutedReason | undefined {
    const byHeaders = unroutableByHeaders(headers, this.#routing.maxBodyBytes);
    if (byHeaders !== undefined) return byHeaders;
    if (this.#delivery === "late" && !this.#observing) return this.#requestMode === "none" ? "body-not-sent" : "body-streamed";
    return this.#charge(contentLength(headers) ?? UNANNOUNCED_BYTES) ? undefined : "over-budget";
  }

  #passOnFromHeaders(routed: Routed, endOfStream: boolean): void {
    this.#passRouted(routed);
    this.#call.send(replyInHeaders(routed, this.#headers));
    if (this.#delivery === "duplex" && !endOfStream) this.#phase = "echoing";
    else if (endOfStream || mayEndBeforeBody(this.#requestMode)) this.#requestDone();
  }

  // ---- request body ----

  #requestBody(body: Uint8Array, endOfStream: boolean): void {
    switch (this.#phase) {
      case "start":
        return this.#bodyWithoutHeaders(body, endOfStream);
      case "awaiting":
        return this.#wholeBody(body, endOfStream);
      case "collecting":
        return this.#collect(body, endOfStream);
      case "echoing":
        return this.#echo(body, endOfStream);
      case "replied":
        return this.#bodyUnchanged(endOfStream);
      case "asking":
      case "ended":
      case "abandoned":
        return;
    }
  }

  /** Envoy applies no header mutation then, so no tier could be set: nothing is changed. */
  #bodyWithoutHeaders(body: Uint8Array, endOfStream: boolean): void {
    this.#passOn("headers-not-sent");
    if (this.#delivery === "duplex") {
      this.#phase = "echoing";
      return this.#echo(body, endOfStream);
    }
    this.#bodyUnchanged(endOfStream);
  }

  #bodyUnchanged(endOfStream: boolean): void {
    this.#call.send(encodeBodyReply("request"));
    if (endOfStream || mayEndBeforeBody(this.#requestMode)) this.#requestDone();
  }

  #wholeBody(body: Uint8Array, endOfStream: boolean): void {
    // A BUFFERED body in front of request trailers is whole, though the stream has not ended.
    const reply = (routed: Routed) => {
      sendReplyInBody(this.#call, routed, this.#headers);
      this.#requestDone();
    };
    if (this.#requestMode === "buffered-partial" && !endOfStream) return reply(this.#passOn("body-partial"));
    this.#decide(body, true, reply);
  }

  #collect(body: Uint8Array, endOfStream: boolean): void {
    this.#collected ??= new CollectedBody(this.#call);
    const collected = this.#collected;
    collected.add(body);
    if (collected.bytes > this.#routing.maxBodyBytes) this.#replyToCollected(this.#passOn("body-too-large"), endOfStream);
    else if (!this.#charge(collected.bytes)) this.#replyToCollected(this.#passOn("over-budget"), endOfStream);
    else if (endOfStream) this.#decideCollected(true);
  }

  #decideCollected(endOfStream: boolean): void {
    const body = this.#collected?.whole() ?? NO_BODY;
    this.#decide(body, endOfStream, (routed) => this.#replyToCollected(routed, endOfStream)); // trailers are not held up
  }

  /** The held-back headers reply, then the body; further pieces, if any are to come, are sent back as they are. */
  #replyToCollected(routed: Routed, endOfStream: boolean): void {
    this.#call.send(replyInHeaders(routed, this.#headers));
    const body = routed.body ?? this.#collected?.pieces ?? [];
    for (const message of streamedPieces("request", body, endOfStream)) this.#call.send(message);
    this.#collected?.clear();
    this.#phase = "echoing";
    if (endOfStream) this.#requestDone();
  }

  #echo(body: Uint8Array, endOfStream: boolean): void {
    this.#call.send(encodeStreamedBodyReply("request", { body, endOfStream }));
    if (endOfStream) this.#requestDone();
  }

  #requestTrailers(): void {
    if (this.#phase === "collecting") this.#decideCollected(false);
    if (this.#isOver || this.#phase === "asking") return;
    if (this.#phase === "awaiting" || this.#phase === "start") this.#passOn("no-body");
    this.#call.send(encodeTrailersReply("request"));
    this.#requestDone();
  }

  // ---- deciding ----

  /** `reply` is called unless the client got its answer from here; at once, but where vectors or another's answer may be waited for. */
  #decide(body: Uint8Array, mayWait: boolean, reply: (routed: Routed) => void): void {
    if (body.length > this.#routing.maxBodyBytes) return reply(this.#passOn("body-too-large"));
    if (!this.#charge(body.length)) return reply(this.#passOn("over-budget"));
    const wanted = this.#routing.wantsVectors === true ? this.#vectorsWanted(body, mayWait) : NO_VECTORS;
    if (wanted.length === 0) this.#decideWith(undefined, body, mayWait, reply);
    else this.#findVectors(wanted, body, mayWait, reply);
  }

  #vectorsWanted(body: Uint8Array, mayWait: boolean): readonly WantedVector[] {
    const about = { routing: this.#routing, body, headers: this.#headers ?? NO_HEADERS, requestId: this.#requestId };
    return vectorsToFind(this.#deps, about, mayWait && !this.#observing);
  }

  #findVectors(wanted: readonly WantedVector[], body: Uint8Array, mayWait: boolean, reply: (routed: Routed) => void): void {
    this.#phase = "asking";
    this.#call.keeps?.(body.length);
    this.#letGo = this.#deps.vectors?.find(wanted, (vectors) => {
      this.#letGo = undefined;
      this.#call.keeps?.(-body.length);
      this.#safely(() => this.#decideWith(vectors, body, mayWait, reply));
    });
  }

  #decideWith(vectors: Vectors | undefined, body: Uint8Array, mayWait: boolean, reply: (routed: Routed) => void): void {
    const startedAt = this.#deps.now();
    let routed: Routed;
    try {
      routed = routeBody(this.#routing, body, this.#headers ?? NO_HEADERS, vectors);
    } catch (error) {
      this.#deps.observer.failed("internal-error", this.#requestId, error);
      routed = passedOn(this.#routing, "internal-error");
    }
    const tookMs = this.#deps.now() - startedAt;
    if (routed.cache?.kind === "ask" && !this.#observing) return this.#ask(routed, { bytes: body.length, tookMs, mayWait, reply });
    if (routed.cache?.kind === "not") this.#deps.cached?.notAsked(routed.cache.why);
    this.#phase = "replied";
    if (this.#isUnreadable(routed)) this.#deps.observer.refused(routed.decision.reason, this.#requestId);
    else this.#tellDecided(routed, body.length, tookMs);
    if (!this.#refuses(routed)) reply(routed);
  }

  #ask(routed: Routed, asking: Asking): void {
    const { cached } = this.#deps;
    if (cached === undefined || routed.cache?.kind !== "ask") throw new Error("invariant: where a key is made, answers are kept");
    this.#phase = "asking";
    const { cache: ask, decision } = routed;
    const asked = { requestId: this.#requestId, ask, tier: decision.tier, mayWait: asking.mayWait };
    const letGo = cached.find(asked, (found) => {
      this.#letGo = undefined;
      this.#phase = "replied";
      this.#safely(() => this.#found(found, routed, asking));
    });
    if (this.#phase === "asking") this.#letGo = letGo;
  }

  #safely(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#deps.observer.failed("internal-error", this.#requestId, error);
      this.#finish();
    }
  }

  /** Waits for nobody's answer any more. */
  #noLonger(): void {
    this.#letGo?.();
    this.#letGo = undefined;
  }

  #found(found: Found, routed: Routed, { bytes, tookMs, reply }: Asking): void {
    if (found.kind === "hit") {
      const hit = { ...routed, decision: withHit(routed.decision, found.answer) };
      this.#tellDecided(hit, bytes, tookMs);
      sendHit(this.#call, found.answer, hit.decision, routed.measured?.stream ?? false);
      return this.#finish();
    }
    this.#flight = found.flight;
    const { measured } = routed;
    const named =
      measured === undefined || found.flight === undefined ? routed : { ...routed, measured: { ...measured, flight: found.flight } };
    this.#tellDecided(named, bytes, tookMs);
    reply(named);
  }

  #passOn(reason: UnroutedReason): Routed {
    return this.#passRouted(passedOn(this.#routing, reason));
  }

  #passRouted(routed: Routed): Routed {
    this.#phase = "replied";
    this.#tellDecided(routed, 0, 0);
    return routed;
  }

  #tellDecided({ decision, measured, prompt }: Routed, bodyBytes: number, decisionMs: number): void {
    const traceparent = this.#call.traceparent ?? this.#headers?.get("traceparent");
    this.#deps.observer.decided({ requestId: this.#requestId, decision, measured, bodyBytes, decisionMs, traceparent, prompt });
  }

  /** Replies to the client itself where limits leave no room, or for an unreadable body where the operator asked for that. */
  #refuses(routed: Routed): boolean {
    const { reason, refused } = routed.decision;
    if (refused !== undefined) this.#call.send(limitRefusal(refused, reason, routed.measured?.format));
    else if (this.#isUnreadable(routed)) this.#call.send(unreadableRefusal(reason));
    else return false;
    this.#finish();
    return true;
  }

  #isUnreadable(routed: Routed): boolean {
    return routed.unreadable && this.#routing.refuseUnreadable;
  }

  // ---- keeping count ----

  /** Raises what this call is charged to `bytes`; false when the budget does not hold that. */
  #charge(bytes: number): boolean {
    if (bytes > this.#charged) {
      if (!this.#deps.budget.take(bytes - this.#charged)) return false;
      this.#charged = bytes;
    }
    return true;
  }

  #release(): void {
    if (this.#charged > 0) this.#deps.budget.release(this.#charged);
    this.#charged = 0;
  }

  /** Nothing more is to be said about the request; the call ends, unless the response needs it. */
  #requestDone(): void {
    if (!mayNeedResponse(this.#responseMode) || !this.#responseHalf.begin(this.#requestId, () => this.#flight)) return this.#finish();
    this.#phase = "replied";
    this.#release();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#phase = endOf(this.#phase);
    this.#noLonger();
    this.#call.finish();
  }

  get #isOver(): boolean {
    return isOver(this.#phase);
  }

  /** Made when first needed: most calls end in front of the response. */
  get #responseHalf(): ResponseHalf {
    this.#response ??= new ResponseHalf({
      answers: this.#deps.answers,
      call: this.#call,
      bodyMode: this.#responseMode,
      observing: this.#observing,
      endCall: () => this.#finish(),
    });
    return this.#response;
  }

  get #requestId(): string | undefined {
    return this.#headers?.get("x-request-id");
  }
}
