// The response half of a call: replies that let the response pass, and the model's answer followed from where the request is out of our
// hands. It ends the call where nothing more of the response needs it.
import type { Call } from "../grpc/transport.ts";
import type { BodyMode, HeaderReader } from "../wire/processing-request.ts";
import { encodeBodyReply, encodeHeadersReply, encodeStreamedBodyReply, encodeTrailersReply } from "../wire/processing-response.ts";
import { type FlightOf, type FollowedAnswer, type FollowedAnswers, isReadable } from "./followed-answers.ts";

export interface ResponseHalfSettings {
  readonly answers: FollowedAnswers;
  readonly call: Call;
  readonly bodyMode: BodyMode | undefined;
  readonly observing: boolean; // Envoy waits for nothing: the call lasts as long as there is something to see
  readonly endCall: () => void;
}

/**
 * - `early`: the request is still ours, and nothing of an answer went by
 * - `following`: the answer is read as it passes
 * - `unread`: nobody reads it, or no longer
 */
type Phase = { readonly kind: "early" | "unread" } | { readonly kind: "following"; readonly answer: FollowedAnswer };

const EARLY: Phase = { kind: "early" };
const UNREAD: Phase = { kind: "unread" };

/** Whether a call may have to go on behind its request: for an answer that comes piece by piece, and so can be followed. */
export function mayNeedResponse(bodyMode: BodyMode | undefined): boolean {
  return bodyMode === "streamed" || bodyMode === "full-duplex-streamed";
}

export class ResponseHalf {
  readonly #settings: ResponseHalfSettings;
  readonly #echoes: boolean; // Envoy keeps no copy of a body it sends us in this mode: what we do not send back is lost
  #phase: Phase = EARLY;

  constructor(settings: ResponseHalfSettings) {
    this.#settings = settings;
    this.#echoes = settings.bodyMode === "full-duplex-streamed";
  }

  /** Nothing more is to be said about the request. False: nor about the response, so that the call may end. May be called again. */
  begin(requestId: string | undefined, flight: FlightOf): boolean {
    if (this.#phase.kind === "early") this.#phase = this.#followed(requestId, flight);
    return this.#echoes || this.#phase.kind === "following";
  }

  headers(headers: HeaderReader, endOfStream: boolean): void {
    this.#settings.call.send(encodeHeadersReply("response"));
    if (endOfStream || !isReadable(headers)) this.#stopFollowing();
    else if (this.#phase.kind === "following") this.#phase.answer.headers(headers);
    if (endOfStream) this.#done();
  }

  body(body: Uint8Array, endOfStream: boolean): void {
    if (this.#phase.kind === "following") this.#phase.answer.piece(body);
    else this.#phase = UNREAD; // what follows would lack its beginning
    this.#pass(this.#echoes ? encodeStreamedBodyReply("response", { body, endOfStream }) : encodeBodyReply("response"), endOfStream);
  }

  trailers(): void {
    this.#pass(encodeTrailersReply("response"), true);
  }

  /** The call is over. */
  closed(): void {
    if (this.#phase.kind === "following") this.#phase.answer.closed();
  }

  #followed(requestId: string | undefined, flight: FlightOf): Phase {
    const { answers, bodyMode } = this.#settings;
    const answer = mayNeedResponse(bodyMode) ? answers.follow(requestId, () => this.#stopFollowing(), flight) : undefined;
    return answer === undefined ? UNREAD : { kind: "following", answer };
  }

  #pass(reply: Uint8Array, endOfStream: boolean): void {
    this.#settings.call.send(reply);
    if (!endOfStream) return;
    if (this.#phase.kind === "following") this.#phase.answer.ended();
    this.#done();
  }

  #done(): void {
    if (this.#settings.observing || this.#echoes || this.#phase.kind === "following") this.#settings.endCall();
  }

  /** Without its reader the call may have no reason to go on. */
  #stopFollowing(): void {
    const phase = this.#phase;
    this.#phase = UNREAD;
    if (phase.kind !== "following") return;
    phase.answer.closed();
    if (!this.#echoes) this.#settings.endCall();
  }
}
