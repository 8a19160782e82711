// How large a body Envoy takes in to hand it to sluice and to keep it for a retry.
import { numberOf } from "../envoy-json.ts";
import type { EnvoyWiring } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { firstRoutes, type Wired } from "./sluice-filter.ts";

export interface BodyLimit {
  readonly bytes: number;
  readonly where: string;
}

/** The smallest among the routes that requests match first. A route's or virtual host's own limit replaces the listener's (Envoy 1.37). */
export function lettingIn({ manager, virtualHosts }: Wired): BodyLimit {
  const listener = { bytes: manager.bufferLimitBytes, where: `${manager.where} > per_connection_buffer_limit_bytes` };
  const limits = virtualHosts.flatMap(firstRoutes).map((route) => {
    const place = [route, route.virtualHost].find(({ config }) => numberOf(config["request_body_buffer_limit"]) !== undefined);
    if (place === undefined) return listener;
    return { bytes: numberOf(place.config["request_body_buffer_limit"]) ?? 0, where: `${place.where} > request_body_buffer_limit` };
  });
  return limits.reduce((least, limit) => (limit.bytes < least.bytes ? limit : least), limits[0] ?? listener);
}

export function checkBodyLimit(wired: Wired, { version }: EnvoyWiring, { maxBodyBytes }: SluiceSettings): readonly Finding[] {
  const { bytes, where } = lettingIn(wired);
  const field = where.endsWith("request_body_buffer_limit") ? "request_body_buffer_limit" : "per_connection_buffer_limit_bytes";
  const fix = `# in the listener, or where the limit stands: twice sluice's own\n${field}: ${2 * maxBodyBytes}`;
  if (bytes < maxBodyBytes) {
    const what = `The limit is ${bytes} bytes; sluice routes bodies up to ${maxBodyBytes} (limits.maxBodyBytes).`;
    return [finding("body-limit-small", { where, what, fix })];
  }
  if (version === undefined || !isBefore138(version) || bytes >= 2 * maxBodyBytes) return [];
  const what = `Envoy ${version} silently gives up retries for a body over half the limit of ${bytes} bytes; sluice routes up to ${maxBodyBytes}.`;
  return [finding("body-limit-small", { where, what, fix })];
}

function isBefore138(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 1 || (major === 1 && minor < 38);
}
