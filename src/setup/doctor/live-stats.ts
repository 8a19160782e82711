// Statistics of a running Envoy: how they are named, counted and said in words.
import { counted } from "./counted.ts";
import type { Cluster } from "./envoy-wiring.ts";

export interface LiveStats {
  /** 0 for a statistic that Envoy does not have. */
  count(name: string): number;
  /** Of a cluster: `upstream_cx_total`. */
  ofCluster(cluster: Cluster, name: string): number;
  /** Requests that the cluster's circuit breakers refused. */
  overflow(cluster: Cluster): number;
  /** Names that match. */
  names(pattern: RegExp): readonly string[];
  /** "412 of 20,000 requests since Envoy started 3 h ago". `all` may miss some of those that failed at once. */
  of(count: number, all: number): string;
  /** "since Envoy started 3 h ago" */
  readonly since: string;
}

export function liveStats(stats: ReadonlyMap<string, number>): LiveStats {
  const count = (name: string) => stats.get(name) ?? 0;
  const ofCluster = (cluster: Cluster, name: string) => count(clusterStat(cluster, name));
  const since = `since Envoy started ${timeText(count("server.uptime"))} ago`;
  return {
    count,
    ofCluster,
    // Envoy 1.37 counts requests over max_requests with those over max_pending_requests.
    overflow: (cluster) => ofCluster(cluster, "upstream_rq_active_overflow") + ofCluster(cluster, "upstream_rq_pending_overflow"),
    names: (pattern) => [...stats.keys()].filter((name) => pattern.test(name)),
    of: (some, all) => `${some.toLocaleString("en-US")} of ${counted(Math.max(some, all), "request")} ${since}`,
    since,
  };
}

export function clusterStat(cluster: Cluster, name: string): string {
  const other = cluster.config["alt_stat_name"];
  return `cluster.${statName(typeof other === "string" && other !== "" ? other : cluster.name)}.${name}`;
}

/** Envoy writes a colon as an underscore. */
export function statName(name: string): string {
  return name.replaceAll(":", "_");
}

function timeText(seconds: number): string {
  const [minutes, hours, days] = [seconds / 60, seconds / 3_600, seconds / 86_400].map(Math.floor) as [number, number, number];
  if (minutes < 2) return `${seconds} s`;
  if (hours < 2) return `${minutes} min`;
  return days < 2 ? `${hours} h` : `${days} days`;
}
