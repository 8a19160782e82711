// What the process that supervises and those that serve say to each other, over the channel that Node.js gives a child process (structured
// clones). Questions are answered by one value each.
import type { AccessLogEntry } from "../envoy/wire/access-log.ts";
import type { ErrorCode } from "../errors.ts";
import type { OverviewFigures } from "../outcome/admin/overview.ts";
import type { Happening } from "../outcome/history/history.ts";
import type { ChangeAction } from "../outcome/rollout/kept-rollout.ts";
import type { ActionResult } from "../outcome/rollout/rollouts.ts";
import type { RolloutStatus } from "../outcome/rollout/status.ts";
import type { Feedback } from "../outcome/signals/feedback.ts";
import type { FeedbackResult } from "../outcome/signals/signals.ts";
import type { AccountStanding, LimitBatch } from "../state/limit-store.ts";

/** What a child is to do, its first message. */
export interface ProcessTask {
  readonly index: number;
  readonly count: number; // of all processes
  readonly configPath: string | undefined;
  readonly extProc: string; // where it listens
  readonly folder: string; // of the sockets by which they talk
  readonly voterSalt: number; // 32 bits: what they tell each other of senders are hashes
  readonly log: { readonly text: boolean; readonly colour: boolean; readonly level?: string }; // level: in place of the configuration's
  readonly laidOver?: unknown; // what a command lays over the configuration, as it and the program of the process know it
  readonly tellsEntries?: boolean; // of Envoy's access log
}

export interface Answers {
  readonly metrics: string; // in OpenMetrics
  readonly figures: OverviewFigures;
  readonly config: unknown; // with nothing secret in it
  readonly feedback: FeedbackResult;
  readonly rollout: readonly RolloutStatus[];
  readonly rolloutAction: ActionResult;
}

export interface Question<About extends keyof Answers = keyof Answers> {
  readonly about: About;
  readonly feedback?: Feedback; // where that is what it is about
  readonly action?: ChangeAction; // likewise
}

export type ToChild =
  | { readonly kind: "start"; readonly task: ProcessTask }
  | { readonly kind: "ask"; readonly id: number; readonly question: Question }
  | { readonly kind: "limits"; readonly id: number; readonly standings: readonly AccountStanding[] } // the answer to a batch
  | { readonly kind: "reload" } // log files, too, are opened anew
  | { readonly kind: "end" };

export type FromChild =
  | { readonly kind: "serving"; readonly extProc: string; readonly policy: string }
  | { readonly kind: "limits"; readonly id: number; readonly batch: LimitBatch }
  | { readonly kind: "happened"; readonly happening: Happening } // for the history
  | { readonly kind: "entry"; readonly entry: AccessLogEntry }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string; readonly hint: string } // it cannot start
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown };
