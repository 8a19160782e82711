// The other processes behind the same Envoy, as outcomes see them. Each of Envoy's workers tells one process of all it has served, and any
// process may have decided: what is said here of a request that is not known here belongs to one of them.
import type { Reading } from "../../answer/answer-reader.ts";
import type { AccessLogEntry } from "../../envoy/wire/access-log.ts";
import type { Question } from "../../request/routing/asked.ts";
import type { ThrownAnswer } from "./discarded.ts";
import type { ReadElsewhere } from "./shared-readings.ts";

export interface Siblings extends ReadElsewhere {
  /** An entry of a request that is not known here; `bytes`: as it came. */
  offer(entry: AccessLogEntry, bytes: Uint8Array): void;
  /** What a tier's server has given out, so that whichever decides next knows it. */
  learned(key: string, tier: string): void;
  /** What was asked here, for whoever has given an answer that it asks for again. */
  asked(question: Question): void;
  /** Tells now what was gathered: the process is about to end, and so may its siblings be. */
  flush(): void;
  /** Waits a moment for answers; what is still offered then is nobody's. */
  close(): Promise<void>;
}

/** What the others ask of this process. */
export interface SiblingDeps {
  /** False: the request is not known here. */
  take(requestId: string, entry: Uint8Array): boolean;
  /** An entry that was offered, and that none has taken. */
  nobodys(entry: AccessLogEntry): void;
  /** An answer is read elsewhere: its end is told by `read`. */
  reading(requestId: string): void;
  read(requestId: string, reading: Reading | undefined): void;
  discarded(requestId: string, thrown: ThrownAnswer): void;
  learned(key: string, tier: string): void;
  asked(question: Question): void;
}
