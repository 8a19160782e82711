// Who hears of what happens to requests' calls.
import type { DecidedRequest } from "../../request/routing/decided-request.ts";
import type { Attempt } from "./attempt-call.ts";

/** Told what happened, for metrics and logs. Called on the request path. */
export interface ProcessObserver {
  attempted(attempt: Attempt): void;
  /** So many answers more pass through us, held or sent on; fewer where negative. */
  answersPass(more: number): void;
  opened(): void;
  decided(request: DecidedRequest): void;
  refused(reason: string, requestId: string | undefined): void;
  failed(cause: "wire-error" | "internal-error", requestId: string | undefined, error: unknown): void;
  closed(durationMs: number, undecided: boolean): void;
}
