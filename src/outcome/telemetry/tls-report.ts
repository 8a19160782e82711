// Tells log and metrics how the certificate of a port fares, and which handshakes came to nothing.
import type { HandshakeFailure } from "../../tls.ts";
import type { Logger } from "./log.ts";
import { lossReport } from "./loss-report.ts";
import type { Listener, Metrics } from "./metrics.ts";

/** As long as the alert in deploy/prometheus gives notice. */
const SOON_MS = 7 * 86_400_000;

export interface TlsReport {
  begins(expiresAt: Date): void;
  renewed(expiresAt: Date): void;
  notRenewed(fields: object): void;
  handshakeFailed(reason: HandshakeFailure, cause: unknown): void;
  close(): void;
}

export function tlsReport(listener: Listener, metrics: Metrics, log: Logger): TlsReport {
  const failures = lossReport(log, `TLS handshakes on the ${listener} port fail`);
  const begins = (expiresAt: Date) => {
    metrics.certificateExpires(listener, expiresAt);
    if (expiresAt.getTime() - Date.now() < SOON_MS) log.warn({ listener, expiresAt }, "the certificate expires soon");
  };
  return {
    begins,
    renewed(expiresAt) {
      metrics.certificateReloaded(listener, "ok");
      log.info({ listener, expiresAt }, "certificate reloaded: new connections have it");
      begins(expiresAt);
    },
    notRenewed(fields) {
      metrics.certificateReloaded(listener, "failed");
      log.error({ listener, ...fields }, "certificate not reloaded: the old one stays in force");
    },
    handshakeFailed(reason, cause) {
      metrics.handshakeFailed(listener, reason);
      // Who connects and says nothing looks whether the port is there, as probes of TCP do.
      if (reason !== "disconnected") failures.lost(1, cause);
    },
    close: failures.close,
  };
}
