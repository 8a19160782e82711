// This process as one of several replicas behind an Envoy: what of its state the others see, and it of theirs, by what `state.share` says.
import type { SiblingDeps, Siblings } from "../outcome/join/siblings.ts";
import type { Feedback } from "../outcome/signals/feedback.ts";
import type { FeedbackResult } from "../outcome/signals/signals.ts";
import { openReplicaLink, type ReplicaLink } from "../processes/replica-link.ts";
import { type SharedSessions, sharedSessions } from "../processes/shared-sessions.ts";
import type { SessionStore, SharableSessions } from "../request/guard/session-store.ts";
import type { Question } from "../request/routing/asked.ts";
import type { SharedState } from "./shared-state.ts";

export interface Replicas {
  readonly shareOutcomes: boolean;
  /** What this process remembers of sessions, shared where it is to be. */
  sessions(local: SharableSessions): SessionStore;
  open(deps: SiblingDeps, rated: (feedback: Feedback) => FeedbackResult): ReplicaCalls;
}

export interface ReplicaCalls {
  /** Undefined: outcomes are not shared. */
  readonly siblings: Siblings | undefined;
  learned(key: string, tier: string): void;
  readonly asked: ((question: Question) => void) | undefined; // undefined: repeats are not shared
  /** Of a request that was not decided here. */
  rate(feedback: Feedback): Promise<FeedbackResult>;
  flush(): void;
  close(): Promise<void>;
}

const LINKED = ["outcomes", "sessions", "continued", "feedback", "repeats"] as const;

/** Undefined: there is no store, or nothing is shared over it. */
export function replicasOver(state: SharedState | undefined): Replicas | undefined {
  if (state === undefined || !LINKED.some(state.shares)) return undefined;
  const { connection, shares } = state;
  let link: ReplicaLink | undefined;
  let sessions: SharedSessions | undefined;
  return {
    shareOutcomes: shares("outcomes"),
    sessions(local) {
      if (!shares("sessions")) return local;
      sessions = sharedSessions(local, connection, (session) => link?.session(session));
      return sessions;
    },
    open(deps, rated) {
      const opened = openReplicaLink(connection, {
        ...deps,
        asked: shares("repeats") ? deps.asked : () => {},
        rated: shares("feedback") ? rated : () => UNKNOWN,
        session: (session) => sessions?.heard(session),
      });
      link = opened;
      return {
        siblings: shares("outcomes") ? { ...opened, learned() {}, async close() {} } : undefined,
        learned: shares("continued") ? opened.learned : () => {},
        asked: shares("repeats") ? opened.asked : undefined,
        rate: shares("feedback") ? opened.rate : async () => UNKNOWN,
        flush() {
          sessions?.flush();
          opened.flush();
        },
        close: opened.close,
      };
    },
  };
}

const UNKNOWN: FeedbackResult = { kind: "unknown" };
