// Who served a request and how it went, as an entry of Envoy's access log says.
import type { AccessLogEntry } from "../../envoy/wire/access-log.ts";

/** A response header for clusters that hold several tiers: a route sets it to what tells them apart, and the access log has it. */
const SERVED_BY_HEADER = "x-sluice-served-by";

export interface Served {
  readonly startedAtMs: number; // since the epoch
  readonly tier: string | undefined; // whose cluster served; undefined: a cluster of no tier, or none
  readonly cluster: string; // or the host that x-sluice-served-by names
  readonly fellBack: boolean; // another tier than the one decided, and not since a cascade threw that one's answer away
  readonly attempts: number;
  readonly status: number; // 0: no response was sent
  readonly responseFlags: readonly string[];
  readonly firstByteMs: number | undefined; // from the request's start to the first byte from the model server
  readonly durationMs: number | undefined;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** The cluster that answered, or the host that x-sluice-served-by names. */
export function servedBy({ responseHeaders, upstreamCluster }: AccessLogEntry): string {
  return responseHeaders.get(SERVED_BY_HEADER) ?? upstreamCluster;
}

/** Who was to serve. */
export interface Meant {
  readonly decided: string | undefined;
  readonly escalatedTo?: readonly string[] | undefined; // the tiers of a cascade, where it threw an answer away
}

const NO_TIERS: readonly string[] = [];

/** `tierOf`: the tier that a cluster serves. */
export function servedOf(entry: AccessLogEntry, meant: Meant, tierOf: (cluster: string) => string | undefined): Served {
  const { decided, escalatedTo = NO_TIERS } = meant;
  const cluster = servedBy(entry);
  const tier = tierOf(cluster);
  return {
    startedAtMs: entry.startTimeMs,
    tier,
    cluster,
    fellBack: tier !== undefined && decided !== undefined && tier !== decided && !escalatedTo.includes(tier),
    attempts: entry.attempts,
    status: entry.responseCode,
    responseFlags: entry.responseFlags,
    firstByteMs: entry.timeToFirstUpstreamRxByteMs,
    durationMs: entry.durationMs,
    requestBytes: entry.requestBodyBytes,
    responseBytes: entry.responseBodyBytes,
  };
}
