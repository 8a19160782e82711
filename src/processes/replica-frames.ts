// What replicas behind one Envoy tell each other over the store they share: JSON, and behind it the bytes that it speaks of. Of a newer
// version there may be more in it, of an older one less; what cannot be read is no frame.
import type { Reading } from "../answer/answer-reader.ts";
import type { ThrownAnswer } from "../outcome/join/discarded.ts";
import type { Feedback } from "../outcome/signals/feedback.ts";
import type { FeedbackResult } from "../outcome/signals/signals.ts";
import type { SessionSnapshot } from "../request/guard/session-store.ts";
import type { IdHash } from "../request/policy/id-hash.ts";

/** All that was gathered for a moment, in one message. */
export interface ReplicaFrame {
  /** Entries of the access log, each up to its place in `ends`, for whoever decided. */
  readonly offer?: { readonly ids: readonly string[]; readonly ends: readonly number[] };
  /** Those of an offer that the sender knows: its entries are its own now. */
  readonly taken?: readonly string[];
  readonly reading?: readonly string[];
  readonly readings?: readonly (readonly [requestId: string, reading: Reading | null])[];
  readonly discarded?: readonly (readonly [requestId: string, thrown: ThrownAnswer])[];
  readonly learned?: readonly (readonly [key: string, tier: string])[];
  readonly sessions?: readonly SharedSession[];
  readonly asked?: number; // bytes at the end of all, of questions (told-questions.ts)
  readonly rate?: { readonly about: number; readonly feedback: Feedback };
  readonly rated?: { readonly about: number; readonly result: FeedbackResult };
  /** The sender hears from now on: what was offered before is to be offered again. */
  readonly hears?: true;
}

/** Times are milliseconds since the epoch. */
export type SharedSession = readonly [session: IdHash, snapshot: SessionSnapshot];

/** So long is a replica's name. */
export const NAME_BYTES = 8;
const HEAD_BYTES = NAME_BYTES + 4;

export function encodeReplicaFrame(from: string, frame: ReplicaFrame, pieces: readonly Uint8Array[] = []): Buffer {
  const json = Buffer.from(JSON.stringify(frame));
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(from, "latin1");
  head.writeUInt32LE(json.length, NAME_BYTES);
  return Buffer.concat([head, json, ...pieces]);
}

/** Of the replica's own messages, which come back to it, nothing is read. */
export function senderOf(message: Buffer): string {
  return message.toString("latin1", 0, NAME_BYTES);
}

export function decodeReplicaFrame(message: Buffer): { readonly frame: ReplicaFrame; readonly bytes: Buffer } | undefined {
  if (message.length < HEAD_BYTES) return undefined;
  const end = HEAD_BYTES + message.readUInt32LE(NAME_BYTES);
  if (end > message.length) return undefined;
  try {
    return { frame: JSON.parse(message.toString("utf8", HEAD_BYTES, end)) as ReplicaFrame, bytes: message.subarray(end) };
  } catch {
    return undefined;
  }
}
