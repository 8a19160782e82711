// How large a body Envoy takes in to hand it to sluice, and how large a one it keeps for a retry.
import { at, numberOf } from "../envoy-json.ts";
import { isBefore138 } from "../envoy-version.ts";
import type { EnvoyWiring } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import type { Route } from "./routes.ts";
import { firstRoutes, type Wired } from "./sluice-filter.ts";
import { servingRoutes } from "./tier-routes.ts";

interface BodyLimit {
  readonly bytes: number;
  readonly where: string;
}

/**
 * Of the bodies that sluice is asked about. A route's limit raises the listener's, it does not lower it (seen on 1.37 and 1.40: 3 MB pass
 * where either is 32 MiB and the other 1 MiB).
 */
export function lettingIn({ manager, virtualHosts }: Wired): BodyLimit {
  const listener = listenerLimit(manager);
  const limits = virtualHosts.flatMap(firstRoutes).map((route) => largest(listener, ownLimit(route)));
  return limits.reduce(smallest, limits[0] ?? listener);
}

export function checkBodyLimit(wired: Wired, { version }: EnvoyWiring, settings: SluiceSettings): readonly Finding[] {
  const { maxBodyBytes } = settings;
  const fix = `# twice what sluice routes\n${["per_connection_buffer_limit_bytes", "request_body_buffer_limit"]
    .map((field) => `${field}: ${2 * maxBodyBytes} # in the ${field.startsWith("per") ? "listener" : "virtual host"}`)
    .join("\n")}`;
  const letIn = lettingIn(wired);
  const routed = `sluice routes bodies up to ${maxBodyBytes} (limits.maxBodyBytes)`;
  if (letIn.bytes < maxBodyBytes) {
    return [finding("body-limit-small", { where: letIn.where, what: `The limit is ${letIn.bytes} bytes; ${routed}.`, fix })];
  }
  const window = streamWindow(wired);
  if (window.bytes < maxBodyBytes) {
    return [
      finding("body-limit-small", { where: window.where, what: `HTTP/2 clients are held to ${window.bytes} bytes; ${routed}.`, fix }),
    ];
  }
  const kept = keepingForRetry(wired, settings);
  const isHalved = version !== undefined && isBefore138(version);
  if (kept.bytes >= (isHalved ? 2 : 1) * maxBodyBytes) return [];
  const half = isHalved ? `half of it is kept for a retry by Envoy ${version}` : "a larger body is not kept for a retry";
  return [finding("body-limit-small", { where: kept.where, what: `The limit is ${kept.bytes} bytes, and ${half}; ${routed}.`, fix })];
}

/**
 * What holds for HTTP/2 clients where no route or virtual host has a limit: the window of a stream (413 over it, on 1.37 and 1.40). Envoy's
 * own is 16 MiB.
 */
function streamWindow({ manager, virtualHosts }: Wired): BodyLimit {
  const isLimited = virtualHosts.flatMap(firstRoutes).every((route) => ownLimit(route) !== undefined);
  const bytes = numberOf(at(manager.config, "http2_protocol_options", "initial_stream_window_size"));
  const where = `${manager.where} > http2_protocol_options`;
  return { bytes: isLimited || bytes === undefined ? Number.POSITIVE_INFINITY : bytes, where };
}

/** The route that serves says how much is kept, else its virtual host, else the listener. */
function keepingForRetry(wired: Wired, settings: SluiceSettings): BodyLimit {
  const listener = listenerLimit(wired.manager);
  return servingRoutes(wired, settings)
    .map((route) => ownLimit(route) ?? listener)
    .reduce(smallest, { ...listener, bytes: Number.POSITIVE_INFINITY });
}

function listenerLimit({ bufferLimitBytes, where }: Wired["manager"]): BodyLimit {
  return { bytes: bufferLimitBytes, where: `${where} > per_connection_buffer_limit_bytes` };
}

function ownLimit(route: Route): BodyLimit | undefined {
  const limits = [route, route.virtualHost].map(({ config, where }) => {
    const bytes = numberOf(config["request_body_buffer_limit"]);
    return bytes === undefined ? undefined : { bytes, where: `${where} > request_body_buffer_limit` };
  });
  return limits.find((limit) => limit !== undefined);
}

function largest(one: BodyLimit, other: BodyLimit | undefined): BodyLimit {
  return other !== undefined && other.bytes > one.bytes ? other : one;
}

function smallest(one: BodyLimit, other: BodyLimit): BodyLimit {
  return other.bytes < one.bytes ? other : one;
}
