// Entries of Envoy's access log, for tests of what is made of them.
import type { AccessLogEntry } from "../../src/envoy/wire/access-log.ts";

/** Of a request that was decided for weak, and that strong served in the end. */
export function entryByStrong(requestId = "r"): AccessLogEntry {
  return {
    requestId,
    streamId: "",
    path: "/v1/chat/completions",
    requestHeaders: new Map([
      ["x-request-id", requestId],
      ["x-sluice-tier", "weak"],
    ]),
    requestBodyBytes: 120,
    responseCode: 200,
    responseCodeDetails: "via_upstream",
    responseBodyBytes: 900,
    responseHeaders: new Map(),
    upstreamCluster: "strong",
    upstreamRemoteAddress: "127.0.0.1:1",
    responseFlags: [],
    attempts: 2,
    startTimeMs: 0,
    timeToFirstUpstreamRxByteMs: 40,
    durationMs: 70,
  };
}
