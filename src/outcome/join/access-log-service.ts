// Envoy's gRPC access log service: one call per Envoy worker, entries as requests end. Hands each entry on and never lets a bad one hurt.
import type { CallHandler, OpenCall } from "../../envoy/grpc/transport.ts";
import { type AccessLogEntry, decodeAccessLogMessage } from "../../envoy/wire/access-log.ts";

export interface AccessLogDeps {
  /** The entry as it came is from `from` to `to` of `message`. */
  readonly onEntry: (entry: AccessLogEntry, message: Uint8Array, from: number, to: number) => void;
  readonly onMalformed: (error: unknown) => void;
}

export interface AccessLogService {
  readonly open: OpenCall;
  /** Ends every call, so that a drain need not wait for them: Envoy opens a new one elsewhere, or keeps the entries until it can. */
  close(): void;
}

export function accessLogService(deps: AccessLogDeps): AccessLogService {
  const enders = new Set<() => void>();
  return {
    open(call): CallHandler {
      const end = () => call.finish();
      enders.add(end);
      return {
        message(bytes) {
          try {
            const { entries, spans } = decodeAccessLogMessage(bytes);
            for (const [index, entry] of entries.entries()) deps.onEntry(entry, bytes, spans[2 * index] ?? 0, spans[2 * index + 1] ?? 0);
          } catch (error) {
            deps.onMalformed(error);
          }
        },
        halfClosed: end,
        closed: () => enders.delete(end),
      };
    },
    close() {
      for (const end of enders) end();
    },
  };
}
