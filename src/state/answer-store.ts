// Where answers are kept for who asks the same again: by key, with their end of life. A kept answer is the server's own bytes.

export interface KeptAnswer {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly model: string; // that answered, as the answer says; empty: it does not
  readonly inputTokens: number; // that were paid for once, as is the next
  readonly outputTokens: number;
  readonly costUsd: number | undefined; // undefined: not known
  readonly atMs: number; // when it was kept; since the epoch, as is the next
  readonly untilMs: number; // when it is no longer given
}

/** Those that replicas share. Nothing here rejects or is waited for longer than its own deadline. */
export interface SharedAnswers {
  /** Undefined: there is none, or the store does not say in time. */
  get(key: string): Promise<KeptAnswer | undefined>;
  set(key: string, answer: KeptAnswer): void;
  /** An answer that passed here to a request of another replica, by its flight's name, for a short while. */
  offer(flight: string, offered: OfferedAnswer): void;
  /** What another one offered; gone then. */
  take(flight: string): Promise<OfferedAnswer | undefined>;
}

export type OfferedAnswer = Pick<KeptAnswer, "body" | "contentType">;

export interface AnswerStore {
  /** Undefined: there is none, or no longer. */
  get(key: string): KeptAnswer | undefined;
  set(key: string, answer: KeptAnswer): void;
  clear(): void;
  readonly bytes: number; // of memory, with what each answer takes beside its body
  readonly count: number;
}
