// Following an answer as it streams by, for those who want to read it: nothing of it is kept here, nothing changed.
import type { HeaderView } from "../../request/routing/route-headers.ts";
import type { HeaderReader } from "../wire/processing-request.ts";

/** Reads one answer. Exactly one of `ended` and `cutOff` is called, last. */
export interface AnswerReader {
  headers?(headers: HeaderView): void; // of the answer, in front of its pieces, where they are sent
  piece(bytes: Uint8Array): void;
  ended(): void;
  cutOff(): void; // the rest was not seen
}

/** A followed answer as its call sees it. */
export interface FollowedAnswer {
  headers(headers: HeaderView): void;
  piece(bytes: Uint8Array): void;
  ended(): void;
  /** The call is over. To be called always; does nothing behind `ended`. */
  closed(): void;
}

export interface FollowedAnswers {
  /**
   * `endCall` is called when nobody wants to read any more. `flight`: by which the decision named an answer that may be kept. Undefined:
   * nobody wants to read now.
   */
  follow(requestId: string | undefined, endCall: () => void, flight: FlightOf): FollowedAnswer | undefined;
  /** Ends the calls that follow an answer, so that a shutdown need not wait for answers that last minutes. */
  close(): void;
}

export type FlightOf = () => string | undefined;

export function followedAnswers(read: (requestId: string, flight: FlightOf) => AnswerReader): FollowedAnswers {
  const following = new Set<() => void>();
  let closed = false;
  return {
    follow(requestId, endCall, flight) {
      if (closed || requestId === undefined) return undefined;
      const reader = read(requestId, flight);
      following.add(endCall);
      return {
        headers: (headers) => reader.headers?.(headers),
        piece: reader.piece,
        ended() {
          if (following.delete(endCall)) reader.ended();
        },
        closed() {
          if (following.delete(endCall)) reader.cutOff();
        },
      };
    },
    close() {
      closed = true;
      for (const endCall of following) endCall();
    },
  };
}

/** Whether there is something to read in an answer with these headers: one that was given, and is not compressed. */
export function isReadable(headers: HeaderReader): boolean {
  const encoding = headers.get("content-encoding");
  return (encoding === undefined || encoding === "identity") && (headers.get(":status")?.startsWith("2") ?? true);
}
