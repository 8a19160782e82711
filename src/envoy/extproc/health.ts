// grpc.health.v1 on the transport's own interface: Check replies once, Watch follows the status until the call ends.

import { type Call, type CallHandler, GRPC_INVALID_ARGUMENT, GRPC_NOT_FOUND, type OpenCall } from "../grpc/transport.ts";
import { decodeHealthRequest, encodeHealthResponse } from "../wire/health.ts";

export const HEALTH_CHECK = "/grpc.health.v1.Health/Check";
export const HEALTH_WATCH = "/grpc.health.v1.Health/Watch";

export interface Health {
  readonly services: ReadonlyMap<string, OpenCall>; // by method path
  setServing(serving: boolean): void;
  /** Ends every Watch, so that a drain need not wait for them. */
  close(): void;
}

/** `names`: the services known by name, beside the empty name for the server as a whole. Starts as not serving. */
export function health(names: readonly string[]): Health {
  const known = new Set(["", ...names]);
  const watchers = new Map<Call, string>();
  let serving = false;
  const status = (service: string) => encodeHealthResponse(!known.has(service) ? "service-unknown" : serving ? "serving" : "not-serving");

  function check(call: Call, service: string): void {
    if (!known.has(service)) return call.finish(GRPC_NOT_FOUND, `unknown service ${service}`);
    call.send(status(service));
    call.finish();
  }

  function watch(call: Call, service: string): void {
    watchers.set(call, service);
    call.send(status(service));
  }

  return {
    services: new Map<string, OpenCall>([
      [HEALTH_CHECK, (call) => replyToFirst(call, check, () => {})],
      [HEALTH_WATCH, (call) => replyToFirst(call, watch, () => watchers.delete(call))],
    ]),
    setServing(now) {
      if (now === serving) return;
      serving = now;
      for (const [call, service] of watchers) call.send(status(service));
    },
    close() {
      for (const call of watchers.keys()) call.finish();
    },
  };
}

/** Both methods take a single request. */
function replyToFirst(call: Call, reply: (call: Call, service: string) => void, closed: () => void): CallHandler {
  let asked = false;
  return {
    message(bytes) {
      if (asked) return;
      asked = true;
      let service: string;
      try {
        service = decodeHealthRequest(bytes);
      } catch {
        return call.finish(GRPC_INVALID_ARGUMENT, "malformed HealthCheckRequest");
      }
      reply(call, service);
    },
    halfClosed() {
      if (!asked) call.finish();
    },
    closed,
  };
}
