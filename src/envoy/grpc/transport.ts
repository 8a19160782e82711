// The one interface between a gRPC transport and what answers on it. A transport opens a handler per call, hands it each message and its
// end; the handler sends and finishes. Nothing above this line knows which HTTP/2 implementation is below.
import type { Server } from "node:net";
import type { ServerTls } from "../../tls.ts";
import type { PeerMemory } from "./http2/peer-memory.ts";

/** The gRPC status codes we end calls with. */
export const GRPC_OK = 0;
export const GRPC_INVALID_ARGUMENT = 3;
export const GRPC_NOT_FOUND = 5;
export const GRPC_RESOURCE_EXHAUSTED = 8;
export const GRPC_UNIMPLEMENTED = 12;
export const GRPC_INTERNAL = 13;

/** The metadata by which a filter says that it asks for each attempt. No client can set it: the client's request does not carry it. */
export const ATTEMPTS_METADATA = "x-sluice-attempts";

/** A call as the handler sees it. Safe to use after the peer is gone: sends and finishes then do nothing. */
export interface Call {
  /** Where the call belongs in a trace, as its metadata says (W3C). Known from the first message on. */
  readonly traceparent?: string | undefined;
  /**
   * Of a filter that is asked for each attempt: the tier of each, in order, as that filter's `initial_metadata` says in ATTEMPTS_METADATA.
   * Undefined for every other call. Known from the first message on.
   */
  readonly attempts?: string | undefined;
  /** Queues one encoded message. The bytes are the transport's from here on. */
  send(message: Uint8Array): void;
  /** The handler goes on keeping so many bytes more of its messages; fewer where negative. What is left goes with the call. */
  keeps?(bytes: number): void;
  /**
   * The same of one in parts, which are not copied. They may be parts of a message that the handler was given, at which nobody may look
   * from here on: its memory is given back once they are out.
   */
  sendParts?(parts: readonly Uint8Array[]): void;
  /** Ends the call behind what was sent, with a gRPC status (OK unless told otherwise). Nothing may be sent afterwards. */
  finish(status?: number, details?: string): void;
}

/** What a call's peer did. After `closed` nothing more is called. */
export interface CallHandler {
  /** One message. The bytes belong to the handler. */
  message(bytes: Uint8Array): void;
  /** The peer sends no more messages; it may still read. */
  halfClosed(): void;
  /** The call is over, for whatever reason: finished by either side, reset or disconnected. Called exactly once. */
  closed(): void;
}

export type OpenCall = (call: Call) => CallHandler;

/** `flood`: too much that costs us and brings nothing forward; `protocol-error`: what no peer may send, or nothing in time. */
export type PeerFault = "flood" | "protocol-error";

export interface GrpcServerSettings {
  readonly address: string; // `host:port`, `[IPv6]:port` or `unix:/path`
  readonly services: ReadonlyMap<string, OpenCall>; // by full method path
  readonly maxMessageBytes: number;
  /** Undefined: plain text. */
  readonly tls?: ServerTls | undefined;
  /** Told what a handler throws. Its call is ended with INTERNAL. */
  readonly onError?: (error: unknown) => void;
  /** A connection was ended for what its peer did. The common library's server does not tell. */
  readonly onBroken?: (why: PeerFault, cause: unknown) => void;
  /** Connections at a time; one more is closed at once. Undefined: as many as the system gives. */
  readonly maxConnections?: number | undefined;
  /** A connection was not taken: one too many, or the system's error in accepting it. */
  readonly onRefused?: (cause: unknown) => void;
  /** Bounds what is held for peers. The common library's server knows nothing of it. */
  readonly memory?: PeerMemory;
}

/** The cause of a refusal where the server has all the connections it may. */
export const TOO_MANY_CONNECTIONS = new Error(
  "as many connections are open as may be: 4096, or fewer by the limit of open files (ulimit -n)",
);

/** A peer that agreed on TLS, and not on HTTP/2 by ALPN, which RFC 9113 asks for (section 3.2). */
export const NOT_HTTP2 = new Error("the client did not ask for HTTP/2 (ALPN h2)");

/** To be called once it listens. */
export function limitConnections(server: Server, { maxConnections, onRefused }: GrpcServerSettings): void {
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  server.on("drop", () => onRefused?.(TOO_MANY_CONNECTIONS));
  server.on("error", (error) => onRefused?.(error));
}

export interface GrpcServer {
  readonly port: number; // the one bound; 0 for a Unix socket
  /** Takes no new connections or calls and resolves when those in flight have ended. */
  drain(): Promise<void>;
  /** Ends everything at once. */
  destroy(): void;
}
