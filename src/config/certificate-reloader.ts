// Takes a renewed certificate while connections stand: after its files were written, renamed or swapped by their folder's link, once they
// have been left alone for a moment. One that will not do changes nothing.
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { SluiceError } from "../errors.ts";
import { type Certificate, type CertificateFiles, type CertificateRead, readCertificate } from "./certificate.ts";
import { watchFiles } from "./watch.ts";

export interface CertificateReloaderOptions {
  readonly key: string; // where the files stand in the configuration: `listen.tls`
  readonly files: CertificateFiles;
  /** Puts a certificate into force. */
  take(certificate: Certificate): void;
  /** Each trouble once, until the files are others; asked to reload, again. */
  refuse(error: unknown): void;
  readonly timing?: Partial<CertificateTiming>;
}

export interface CertificateTiming {
  readonly quietMs: number; // nothing may change for so long: certificate and key are two files
  readonly restlessMs: number; // after which what is there is judged as it is
  readonly lookMs: number; // without any event
}

const TIMING: CertificateTiming = { quietMs: 400, restlessMs: 6000, lookMs: 5000 };

export interface CertificateReloader {
  /** Reads the files again. Resolves when what is there has been taken or refused. */
  look(): Promise<void>;
  /** As `look`; what was refused before is refused again. */
  reload(): Promise<void>;
  close(): void;
}

/** `inForce`: what was read for the start. */
export function startCertificateReloader(
  { key, files, take, refuse, timing }: CertificateReloaderOptions,
  inForce: CertificateRead,
): CertificateReloader {
  const { quietMs, restlessMs, lookMs } = { ...TIMING, ...timing };
  const closed = new AbortController();
  let taken = inForce.fingerprint;
  let refused: string | undefined;
  let last = Promise.resolve();

  async function untilQuiet(): Promise<CertificateRead> {
    const deadline = performance.now() + restlessMs;
    let found = await readCertificate(key, files, new Date());
    while (found.fingerprint !== taken) {
      await wait(quietMs, undefined, { signal: closed.signal });
      const again = await readCertificate(key, files, new Date());
      if (again.fingerprint === found.fingerprint || performance.now() >= deadline) return again;
      found = again;
    }
    return found;
  }

  function refuseOnce(fingerprint: string, error: unknown): void {
    const trouble = `${fingerprint} ${error instanceof SluiceError ? error.code : ""}`;
    if (refused === trouble) return;
    refused = trouble;
    refuse(error);
  }

  async function look(): Promise<void> {
    const found = await untilQuiet();
    if (found.kind === "unusable" && found.fingerprint !== taken) return refuseOnce(found.fingerprint, found.error);
    try {
      if (found.kind === "usable" && found.fingerprint !== taken) take(found.certificate);
      taken = found.fingerprint;
      refused = undefined;
    } catch (error) {
      refuseOnce(found.fingerprint, error);
    }
  }

  const inTurn = (work: () => Promise<void>) => {
    last = last.then(work).catch((error: unknown) => {
      if (!closed.signal.aborted) refuse(error);
    });
    return last;
  };
  const paths = [files.certFile, files.keyFile, ...(files.clientCaFile === undefined ? [] : [files.clientCaFile])].map((file) =>
    resolve(file),
  );
  const watcher = watchFiles(
    () => paths,
    () => void inTurn(look),
    lookMs,
  );
  return {
    look: () => inTurn(look),
    reload: () =>
      inTurn(() => {
        refused = undefined;
        return look();
      }),
    close() {
      closed.abort();
      watcher.close();
    },
  };
}
