// A call in Envoy's observability mode.
import type { Call } from "../grpc/transport.ts";

/** Envoy waits for no reply in that mode and takes none: the call is followed, but nothing is said. */
export function listeningOnly(call: Call): Call {
  return {
    traceparent: call.traceparent,
    get isCrowded() {
      return call.isCrowded === true;
    },
    send: () => {},
    finish: () => call.finish(),
    keeps: (bytes) => call.keeps?.(bytes),
  };
}
