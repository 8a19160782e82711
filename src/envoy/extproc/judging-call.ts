// The call of an ext_proc filter that judges answers on their way, one call an attempt, in a cluster whose attempts go to several tiers. It
// holds an answer's beginning until it is judged. A good one passes as it comes, to its end: pieces on their way to us would be lost
// if the call ended before. A bad one is answered with a status that has Envoy ask the next tier. Whatever goes wrong, the answer passes.
import type { Call } from "../grpc/transport.ts";
import type { BodyMode, HeaderReader, ProcessingRequest } from "../wire/processing-request.ts";
import { encodeBodyReply, encodeHeadersReply, encodeStreamedBodyReply, encodeTrailersReply } from "../wire/processing-response.ts";
import type { BodyBudget } from "./body-budget.ts";
import { CollectedBody } from "./collected-body.ts";
import type { JudgedAnswer, JudgedAttempt, Judging, LastVerdict } from "./judged-answers.ts";
import type { MessageHandler } from "./message-handler.ts";
import { deliveryOf } from "./modes.ts";
import { MAX_PIECE_BYTES, streamedPieces } from "./replies.ts";

export interface JudgingDeps {
  readonly judging: Judging;
  readonly budget: BodyBudget;
  readonly observer: {
    answersPass(more: number): void;
    failed(cause: "internal-error", requestId: string | undefined, error: unknown): void;
  };
}

/** Envoy asks the next tier where a route's retry policy has this status. */
const ASK_NEXT = encodeHeadersReply("response", { headers: { set: [[":status", "503"]], remove: [] }, clearRouteCache: false });
/** Behind it, so that the answer has an end. */
const NOTHING_MORE = encodeStreamedBodyReply("response", { body: new Uint8Array(0), endOfStream: true });

/**
 * Of the answer:
 * - `awaited`: its headers have not come
 * - `held`: its headers wait for us, and its pieces are kept
 * - `passing`: every piece is sent back as it comes
 * - `refused`: the next tier is asked, and nobody wants what still comes
 * - `over`
 */
type Phase = "awaited" | "held" | "passing" | "refused" | "over";

export function isJudging({ responseBodyMode }: ProcessingRequest): boolean {
  return responseBodyMode === "full-duplex-streamed";
}

export class JudgingCall implements MessageHandler {
  readonly #deps: JudgingDeps;
  readonly #call: Call;
  readonly #attempts: string;
  #phase: Phase = "awaited";
  #requestMode: BodyMode | undefined;
  #request: HeaderReader | undefined;
  #requestBody: Uint8Array | undefined;
  #charged = 0; // bytes of the budget
  #answer: JudgedAnswer | undefined;
  #held: CollectedBody | undefined;
  #timer: NodeJS.Timeout | undefined;
  #letGo: (() => void) | undefined;
  #isCounted = false; // its answer is one that passes through us

  /** `attempts`: the tier of each, in order. */
  constructor(deps: JudgingDeps, call: Call, attempts: string) {
    this.#deps = deps;
    this.#call = call;
    this.#attempts = attempts;
  }

  request(request: ProcessingRequest): void {
    switch (request.kind) {
      case "request-headers":
        this.#requestMode = request.requestBodyMode;
        this.#request = request.headers;
        this.#deps.judging.asked(this.#attempt(request.headers));
        return this.#call.send(encodeHeadersReply("request"));
      case "request-body":
        return this.#takeRequest(request.body, request.endOfStream);
      case "request-trailers":
        return this.#call.send(encodeTrailersReply("request"));
      case "response-headers":
        return this.#headers(request.headers, request.endOfStream);
      case "response-body":
        return this.#piece(request.body, request.endOfStream);
      case "response-trailers":
        return this.#trailers();
      case "unknown":
        return;
    }
  }

  halfClosed(): void {
    this.#finish();
  }

  closed(): void {
    this.#phase = "over";
    this.#drop();
    if (this.#isCounted) this.#deps.observer.answersPass(-1);
    this.#isCounted = false;
  }

  // ---- the request, for those who hold the answer against it ----

  #takeRequest(body: Uint8Array, endOfStream: boolean): void {
    const isWhole = deliveryOf(this.#requestMode) === "whole";
    if (isWhole && this.#charge(body.length)) {
      this.#requestBody = body;
      this.#call.keeps?.(body.length);
    }
    const isDuplex = deliveryOf(this.#requestMode) === "duplex";
    if (!isDuplex) return this.#call.send(encodeBodyReply("request"));
    for (const piece of streamedPieces("request", [body], endOfStream)) this.#call.send(piece);
  }

  // ---- the answer ----

  #headers(headers: HeaderReader, endOfStream: boolean): void {
    if (!endOfStream && !this.#isCounted) {
      this.#isCounted = true;
      this.#deps.observer.answersPass(1);
    }
    const answer = endOfStream ? undefined : this.#judged(headers);
    if (answer === undefined) {
      this.#phase = "passing";
      this.#forgetRequest();
      this.#call.send(encodeHeadersReply("response"));
      return endOfStream ? this.#finish() : undefined;
    }
    this.#answer = answer;
    this.#phase = "held";
    this.#held = new CollectedBody(this.#call);
    const expired = () => this.#conclude(this.#asked(() => answer.expired()));
    this.#letGo = this.#deps.judging.holding(expired);
    if (answer.holdMs !== undefined) this.#timer = setTimeout(expired, answer.holdMs);
  }

  #judged(headers: HeaderReader): JudgedAnswer | undefined {
    const request = this.#request;
    if (request === undefined) return undefined;
    const attempt: JudgedAttempt = { ...this.#attempt(request), request, requestBody: this.#requestBody };
    try {
      return this.#deps.judging.judge(attempt, headers);
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #attempt(request: HeaderReader) {
    const attempt = Number(request.get("x-envoy-attempt-count"));
    return { requestId: request.get("x-request-id"), attempts: this.#attempts, attempt };
  }

  #piece(body: Uint8Array, endOfStream: boolean): void {
    switch (this.#phase) {
      case "awaited":
      case "passing":
        return this.#echo(body, endOfStream);
      case "held":
        return this.#hold(body, endOfStream);
      case "refused":
      case "over":
        return;
    }
  }

  #echo(body: Uint8Array, endOfStream: boolean): void {
    if (body.length <= MAX_PIECE_BYTES) this.#call.send(encodeStreamedBodyReply("response", { body, endOfStream }));
    else for (const piece of streamedPieces("response", [body], endOfStream)) this.#call.send(piece);
    if (endOfStream) this.#finish();
  }

  #hold(body: Uint8Array, endOfStream: boolean): void {
    const answer = this.#answer;
    this.#held?.add(body);
    const asked = this.#asked(() => answer?.piece(body) ?? "pass");
    // Where there is no room for what is held, it is judged by what has come.
    const isFull = asked === "hold" && !this.#charge(this.#held?.bytes ?? 0);
    const verdict = isFull ? this.#asked(() => answer?.expired() ?? "pass") : asked;
    if (verdict !== "hold") return this.#conclude(verdict, endOfStream);
    if (endOfStream)
      this.#conclude(
        this.#asked(() => answer?.ended() ?? "pass"),
        true,
      );
  }

  #trailers(): void {
    if (this.#phase === "held") this.#conclude(this.#asked(() => this.#answer?.ended() ?? "pass"));
    if (this.#phase !== "passing" && this.#phase !== "awaited") return;
    this.#call.send(encodeTrailersReply("response"));
    this.#finish();
  }

  /** The first verdict counts. */
  #conclude(verdict: LastVerdict, endOfStream = false): void {
    if (this.#phase !== "held") return;
    if (verdict === "pass") this.#pass(endOfStream);
    else this.#refuse();
  }

  #pass(endOfStream: boolean): void {
    this.#phase = "passing";
    this.#call.send(encodeHeadersReply("response"));
    for (const piece of streamedPieces("response", this.#held?.pieces ?? [], endOfStream)) this.#call.send(piece);
    this.#drop();
    if (endOfStream) this.#finish();
  }

  /** Envoy ends the call when it makes the next attempt. */
  #refuse(): void {
    this.#phase = "refused";
    this.#drop();
    this.#call.send(ASK_NEXT);
    this.#call.send(NOTHING_MORE);
  }

  #asked<Verdict extends LastVerdict | "hold">(ask: () => Verdict): Verdict | "pass" {
    try {
      return ask();
    } catch (error) {
      this.#failed(error);
      return "pass";
    }
  }

  #failed(error: unknown): void {
    this.#deps.observer.failed("internal-error", this.#request?.get("x-request-id"), error);
  }

  // ---- keeping count ----

  #charge(bytes: number): boolean {
    const all = bytes + (this.#requestBody?.length ?? 0);
    if (all <= this.#charged) return true;
    if (!this.#deps.budget.take(all - this.#charged)) return false;
    this.#charged = all;
    return true;
  }

  #forgetRequest(): void {
    if (this.#requestBody !== undefined) this.#call.keeps?.(-this.#requestBody.length);
    this.#requestBody = undefined;
    if (this.#charged > 0) this.#deps.budget.release(this.#charged);
    this.#charged = 0;
  }

  /** Nothing is held any more. */
  #drop(): void {
    clearTimeout(this.#timer);
    this.#letGo?.();
    this.#letGo = undefined;
    this.#held?.clear();
    this.#held = undefined;
    this.#answer?.closed();
    this.#answer = undefined;
    this.#forgetRequest();
  }

  #finish(): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#call.finish();
  }
}
