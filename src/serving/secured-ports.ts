// The certificates of the ports that speak TLS: read at the start, renewed while they serve, told of. A port that shall have TLS and has no
// certificate that will do is not opened.
import { type CertificateFiles, readCertificate } from "../config/certificate.ts";
import { startCertificateReloader } from "../config/certificate-reloader.ts";
import type { Config } from "../config/config.ts";
import { errorFields } from "../outcome/admin/reload-failure.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { Listener, Metrics } from "../outcome/telemetry/metrics.ts";
import { tlsReport } from "../outcome/telemetry/tls-report.ts";
import type { ServerTls, TlsIdentity } from "../tls.ts";

export interface SecuredPorts {
  readonly extProc: ServerTls | undefined; // undefined: plain text, as configured
  readonly admin: ServerTls | undefined;
  /** Reads the files again. */
  look(): Promise<void>;
  /** As `look`; what was refused before is refused, and told of, again. */
  reload(): Promise<void>;
  close(): void;
}

/** Of the ports that are named. Throws a `tls-…` error. */
export async function securedPorts(
  { tls, adminTls }: Partial<Pick<Config["listen"], "tls" | "adminTls">>,
  metrics: Metrics,
  log: Logger,
): Promise<SecuredPorts> {
  const extProc = tls && (await securedPort("ext_proc", "listen.tls", tls, metrics, log));
  const admin = adminTls && (await securedPort("admin", "listen.adminTls", adminTls, metrics, log));
  const ports = [extProc, admin].filter((port) => port !== undefined);
  return {
    extProc: extProc?.tls,
    admin: admin?.tls,
    async look() {
      await Promise.all(ports.map((port) => port.look()));
    },
    async reload() {
      await Promise.all(ports.map((port) => port.reload()));
    },
    close() {
      for (const port of ports) port.close();
    },
  };
}

async function securedPort(listener: Listener, key: string, files: CertificateFiles, metrics: Metrics, log: Logger) {
  const read = await readCertificate(key, files, new Date());
  if (read.kind === "unusable") throw read.error;
  const report = tlsReport(listener, metrics, log);
  report.begins(read.certificate.expiresAt);
  const takers: ((identity: TlsIdentity) => void)[] = [];
  const tls: ServerTls = {
    identity: read.certificate.identity,
    onChanged: (take) => void takers.push(take),
    onHandshakeFailed: report.handshakeFailed,
  };
  const take = ({ identity, expiresAt }: typeof read.certificate) => {
    for (const each of takers) each(identity);
    report.renewed(expiresAt);
  };
  const refuse = (error: unknown) => report.notRenewed(errorFields(error));
  const reloader = startCertificateReloader({ key, files, take, refuse }, read);
  return {
    tls,
    look: reloader.look,
    reload: reloader.reload,
    close() {
      reloader.close();
      report.close();
    },
  };
}
