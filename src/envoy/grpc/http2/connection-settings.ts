// What a connection needs from its server.
import type { OpenCall } from "../transport.ts";
import type { ConnectionError } from "./frames.ts";
import type { Limits } from "./limits.ts";
import type { PeerMemory } from "./peer-memory.ts";

export interface ConnectionSettings {
  readonly services: ReadonlyMap<string, OpenCall>; // by method path
  readonly maxMessageBytes: number;
  readonly limits: Limits;
  readonly memory: PeerMemory; // of the process
  /** Told what handlers throw, and our own bugs. */
  readonly onError: (error: unknown) => void;
  readonly onBroken: (cause: ConnectionError) => void; // it is ended for what its peer did
  readonly onClosed: () => void;
}
