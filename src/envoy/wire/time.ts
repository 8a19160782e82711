// Timestamps and durations: the same two fields on the wire, milliseconds for us.
import { type FieldReader, varint } from "./protobuf.ts";

/** A google.protobuf.Timestamp (since the epoch) or Duration. */
export interface Time {
  seconds: number;
  nanos: number;
}

const TIME = { seconds: varint(1), nanos: varint(2) } as const;

/** Reads a time, on top of what a former part of the same field said. */
export function readTime(former: Time | undefined, reader: FieldReader): Time {
  return reader.readMessage(former ?? { seconds: 0, nanos: 0 }, readParts);
}

export function milliseconds(time: Time): number {
  return time.seconds * 1000 + time.nanos / 1e6;
}

function readParts(into: Time, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case TIME.seconds:
        into.seconds = reader.readInt64();
        break;
      case TIME.nanos:
        into.nanos = reader.readInt32();
        break;
      default:
        reader.skipField();
    }
  }
}
