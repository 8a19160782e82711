// What processes behind one Envoy write to each other on a socket: values, each behind its length. Both ends are the same program.
import { deserialize, serialize } from "node:v8";
import type { Reading } from "../answer/answer-reader.ts";
import type { ThrownAnswer } from "../outcome/join/discarded.ts";

export type SiblingFrame =
  /** Entries of the access log, each up to its place in `ends`. `about`: which reply is of which offer. */
  | {
      readonly kind: "offer";
      readonly about: number;
      readonly ids: readonly string[];
      readonly ends: readonly number[];
      readonly bytes: Uint8Array;
    }
  /** Those of the offer, by place, that the sibling does not know; undefined: none of them. */
  | { readonly kind: "refused"; readonly about: number; readonly places: readonly number[] | undefined }
  | { readonly kind: "reading"; readonly ids: readonly string[] }
  | { readonly kind: "learned"; readonly keys: readonly (readonly [key: string, tier: string])[] }
  | { readonly kind: "asked"; readonly bytes: Uint8Array } // questions (told-questions.ts)
  | { readonly kind: "discarded"; readonly answers: readonly (readonly [requestId: string, thrown: ThrownAnswer])[] }
  | { readonly kind: "read"; readonly readings: readonly (readonly [requestId: string, reading: Reading | undefined])[] };

const HEAD_BYTES = 4;

export function encodeFrame(frame: SiblingFrame): Buffer {
  const body = serialize(frame);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + body.length);
  bytes.writeUInt32LE(body.length);
  body.copy(bytes, HEAD_BYTES);
  return bytes;
}

/** Cuts what comes from a socket into frames. */
export function frameReader(onFrame: (frame: SiblingFrame) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length >= HEAD_BYTES && bytes.length >= HEAD_BYTES + bytes.readUInt32LE()) {
      const end = HEAD_BYTES + bytes.readUInt32LE();
      onFrame(deserialize(bytes.subarray(HEAD_BYTES, end)) as SiblingFrame);
      bytes = bytes.subarray(end);
    }
    rest = bytes;
  };
}
