// Connections that were ended for what their peers did: counted, and told of at once and then every ten seconds while there are more.
import type { PeerFault } from "../../envoy/grpc/transport.ts";
import type { Logger } from "./log.ts";
import { lossReport } from "./loss-report.ts";
import type { Metrics } from "./metrics.ts";

export interface BrokenConnections {
  readonly onBroken: (why: PeerFault, cause: unknown) => void;
  /** Tells of what was not told yet. */
  close(): void;
}

export function brokenConnections(metrics: Metrics, log: Logger): BrokenConnections {
  const report = lossReport(log, "connections are ended for what their peers did");
  return {
    onBroken(why, cause) {
      metrics.connectionBroken(why);
      report.lost(1, cause);
    },
    close: report.close,
  };
}
