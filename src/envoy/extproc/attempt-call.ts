// The call of an ext_proc filter that is asked anew for each attempt at a request, in a cluster whose attempts go to several tiers: the
// tier that serves gets its own model. Whatever goes wrong, the attempt goes on with the body as it is.
import { type AttemptBody, bodyForTier, needsEdit, servingTier } from "../../request/routing/attempt.ts";
import { contentLength } from "../../request/routing/route-headers.ts";
import type { Routing, Tier } from "../../request/routing/routing.ts";
import type { Call } from "../grpc/transport.ts";
import type { BodyMode, HeaderReader, ProcessingRequest } from "../wire/processing-request.ts";
import { encodeBodyReply, encodeHeadersReply, encodeStreamedBodyReply, encodeTrailersReply } from "../wire/processing-response.ts";
import { type BodyBudget, UNANNOUNCED_BYTES } from "./body-budget.ts";
import type { MessageHandler } from "./message-handler.ts";
import { deliveryOf, mayEndBeforeBody } from "./modes.ts";
import { totalBytes } from "./replies.ts";

/** What became of an attempt's body; `over-budget` and `internal-error` leave it as it was, too. */
export type AttemptResult = AttemptBody["kind"] | "over-budget" | "internal-error";

export interface Attempt {
  readonly requestId: string | undefined; // of the decision, too
  readonly tier: string; // that serves
  readonly result: AttemptResult;
}

export interface AttemptDeps {
  readonly routing: () => Routing;
  readonly budget: BodyBudget;
  readonly observer: {
    attempted(attempt: Attempt): void;
    failed(cause: "internal-error", requestId: string | undefined, error: unknown): void;
  };
}

/** An attempt whose body is awaited. */
interface Awaited {
  readonly routing: Routing;
  readonly tier: Tier;
  readonly headers: HeaderReader;
}

export class AttemptCall implements MessageHandler {
  readonly #deps: AttemptDeps;
  readonly #call: Call;
  readonly #attempts: string;
  #mode: BodyMode | undefined;
  #first = true;
  #finished = false;
  #awaited: Awaited | undefined;
  #charged = 0; // bytes of the budget

  /** `attempts`: the tier of each, in order. */
  constructor(deps: AttemptDeps, call: Call, attempts: string) {
    this.#deps = deps;
    this.#call = call;
    this.#attempts = attempts;
  }

  request(request: ProcessingRequest): void {
    if (this.#finished) return;
    if (this.#first) this.#mode = request.requestBodyMode;
    this.#first = false;
    switch (request.kind) {
      case "request-headers":
        return this.#headers(request.headers, request.endOfStream);
      case "request-body":
        return this.#body(request.body, request.endOfStream || request.endOfStreamWithoutMessage);
      case "request-trailers":
        return this.#last(encodeTrailersReply("request"));
      case "response-headers":
        return this.#last(encodeHeadersReply("response"));
      case "response-body":
        return this.#last(encodeBodyReply("response"));
      case "response-trailers":
        return this.#last(encodeTrailersReply("response"));
      case "unknown":
        return;
    }
  }

  halfClosed(): void {
    this.#finish();
  }

  closed(): void {
    this.#finished = true;
    if (this.#charged > 0) this.#deps.budget.release(this.#charged);
    this.#charged = 0;
  }

  #headers(headers: HeaderReader, endOfStream: boolean): void {
    if (!endOfStream) this.#awaited = this.#toAwait(headers);
    const reply = encodeHeadersReply("request");
    if (this.#awaited !== undefined || !(endOfStream || mayEndBeforeBody(this.#mode))) this.#call.send(reply);
    else this.#last(reply);
  }

  /** Undefined: the attempt is fine with the body as it is, or that cannot be changed. */
  #toAwait(headers: HeaderReader): Awaited | undefined {
    const routing = this.#deps.routing();
    const tier = servingTier(routing, this.#attempts, headers);
    if (tier === undefined || !this.#isWhole || !needsEdit(routing, tier, headers)) return undefined;
    const bytes = contentLength(headers) ?? UNANNOUNCED_BYTES;
    if (this.#charge(bytes)) return { routing, tier, headers };
    this.#tell({ tier, headers }, "over-budget");
    return undefined;
  }

  #body(body: Uint8Array, endOfStream: boolean): void {
    const awaited = this.#awaited;
    if (awaited !== undefined) return this.#last(this.#bodyReply(awaited, body));
    const reply =
      deliveryOf(this.#mode) === "duplex" ? encodeStreamedBodyReply("request", { body, endOfStream }) : encodeBodyReply("request");
    if (endOfStream || mayEndBeforeBody(this.#mode)) this.#last(reply);
    else this.#call.send(reply);
  }

  #bodyReply(awaited: Awaited, body: Uint8Array): Uint8Array {
    const edited = this.#edited(awaited, body);
    this.#tell(awaited, typeof edited === "string" ? edited : edited.kind);
    if (typeof edited === "string" || edited.kind !== "edited") return encodeBodyReply("request");
    // Envoy leaves content-length to us: a body that came with one goes with the new one.
    const isAnnounced = contentLength(awaited.headers) !== undefined;
    const set: [string, string][] = isAnnounced ? [["content-length", String(totalBytes(edited.body))]] : [];
    return encodeBodyReply("request", { headers: { set, remove: [] }, body: edited.body, clearRouteCache: false });
  }

  #edited({ routing, tier, headers }: Awaited, body: Uint8Array): AttemptBody | "over-budget" | "internal-error" {
    if (!this.#charge(body.length)) return "over-budget";
    try {
      return bodyForTier(routing, tier, body, headers);
    } catch (error) {
      this.#deps.observer.failed("internal-error", headers.get("x-request-id"), error);
      return "internal-error";
    }
  }

  /** Only a whole body in one message can be replaced: the operator is told so by the doctor. */
  get #isWhole(): boolean {
    return this.#mode === undefined || this.#mode === "buffered";
  }

  #charge(bytes: number): boolean {
    if (bytes <= this.#charged) return true;
    if (!this.#deps.budget.take(bytes - this.#charged)) return false;
    this.#charged = bytes;
    return true;
  }

  #tell({ tier, headers }: Omit<Awaited, "routing">, result: AttemptResult): void {
    this.#deps.observer.attempted({ requestId: headers.get("x-request-id"), tier: tier.name, result });
  }

  #last(reply: Uint8Array): void {
    this.#call.send(reply);
    this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#call.finish();
  }
}
