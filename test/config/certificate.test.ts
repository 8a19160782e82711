// Certificate files: what will do, what is said of what will not, and when a changed one counts.

import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Certificate, type CertificateFiles, loadCertificate, readCertificate } from "../../src/config/certificate.ts";
import { type CertificateReloader, startCertificateReloader } from "../../src/config/certificate-reloader.ts";
import { type CertificateFolder, certificateFolder, newCa } from "../support/certificates.ts";
import { waitFor } from "../support/wait-for.ts";

const DAY_MS = 86_400_000;
const ca = newCa();
const pair = ca.issue({ name: "sluice" });
const other = ca.issue({ name: "other", until: new Date(Math.ceil(Date.now() / 1000) * 1000 + 2 * DAY_MS) });
const expiredCa = newCa("Expired CA", { until: new Date(Date.now() - 1000) });
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const encrypted = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString();

let files: CertificateFolder;
beforeEach(() => {
  files = certificateFolder(pair, ca.cert);
});
afterEach(() => files.remove());

const load = () => loadCertificate("listen.tls", files);

describe("certificate files", () => {
  test("give the identity as it stands there, and when the first of its certificates expires", async () => {
    const { identity, expiresAt } = await load();
    expect(identity).toEqual({ cert: pair.cert, key: pair.key, clientCa: ca.cert });
    expect(Math.abs(expiresAt.getTime() - Date.now() - DAY_MS)).toBeLessThan(60_000);
    const { identity: open } = await loadCertificate("listen.tls", { certFile: files.certFile, keyFile: files.keyFile });
    expect(open.clientCa).toBeUndefined();
  });

  test("a chain behind words, and an expired CA beside one that is not, will do", async () => {
    writeFileSync(files.certFile, `some words\n${pair.cert}${ca.cert}`);
    writeFileSync(files.clientCaFile, `${expiredCa.cert}\n${ca.cert}`);
    expect((await load()).identity.cert).toContain(ca.cert);
  });

  test.each<[string, string, (at: CertificateFolder) => void, RegExp]>([
    ["no file", "tls-file-unreadable", ({ keyFile }) => rmSync(keyFile), /^listen\.tls\.keyFile: \/.*tls\.key: no such file$/],
    [
      "a folder",
      "tls-file-unreadable",
      ({ certFile }) => {
        rmSync(certFile);
        mkdirSync(certFile);
      },
      /certFile: .*: is a folder$/,
    ],
    ["a file of 2 MiB", "tls-file-unreadable", ({ certFile }) => writeFileSync(certFile, Buffer.alloc(2 << 20)), /at most 1048576/],
    ["an empty certificate", "tls-file-invalid", ({ certFile }) => writeFileSync(certFile, ""), /certFile: .*: is empty/],
    ["an empty key", "tls-file-invalid", ({ keyFile }) => writeFileSync(keyFile, "\n"), /keyFile: .*: is empty/],
    ["an empty CA", "tls-file-invalid", ({ clientCaFile }) => writeFileSync(clientCaFile, ""), /clientCaFile: .*: is empty/],
    ["a CA of words", "tls-file-invalid", ({ clientCaFile }) => writeFileSync(clientCaFile, "x"), /holds no certificate in PEM$/],
    ["half a certificate", "tls-file-invalid", ({ certFile }) => writeFileSync(certFile, pair.cert.slice(0, 500)), /has no end/],
    ["half a key", "tls-file-invalid", ({ keyFile }) => writeFileSync(keyFile, pair.key.slice(0, 500)), /cannot be read$/],
    [
      "half a CA behind a whole one",
      "tls-file-invalid",
      ({ clientCaFile }) => writeFileSync(clientCaFile, `${ca.cert}${ca.cert.slice(0, 400)}`),
      /has no end/,
    ],
    [
      "a damaged certificate",
      "tls-file-invalid",
      ({ certFile }) => writeFileSync(certFile, pair.cert.replace(/^MII/m, "AAA")),
      /its certificate number 1 cannot be read$/,
    ],
    ["a key for a certificate", "tls-file-invalid", ({ certFile }) => writeFileSync(certFile, pair.key), /holds a private key, and no/],
    ["a certificate for a key", "tls-file-invalid", ({ keyFile }) => writeFileSync(keyFile, pair.cert), /holds a certificate, and no/],
    ["the key of another", "tls-key-mismatch", ({ keyFile }) => writeFileSync(keyFile, other.key), /keyFile: .*: not the key of/],
    ["an encrypted key", "tls-key-encrypted", ({ keyFile }) => writeFileSync(keyFile, encrypted), /is encrypted$/],
    [
      "an expired certificate",
      "tls-certificate-expired",
      ({ certFile, keyFile }) => {
        const old = ca.issue({ name: "old", until: new Date("2026-01-02T03:04:05Z") });
        writeFileSync(certFile, old.cert);
        writeFileSync(keyFile, old.key);
      },
      /certFile: .*: the certificate CN=old expired at 2026-01-02T03:04:05\.000Z$/,
    ],
    [
      "a certificate of tomorrow",
      "tls-certificate-expired",
      ({ certFile, keyFile }) => {
        const next = ca.issue({ name: "next", from: new Date(Date.now() + DAY_MS / 2) });
        writeFileSync(certFile, next.cert);
        writeFileSync(keyFile, next.key);
      },
      /the certificate CN=next is not valid before/,
    ],
    ["only expired CAs", "tls-certificate-expired", ({ clientCaFile }) => writeFileSync(clientCaFile, expiredCa.cert), /CN=Expired CA/],
  ])("%s will not do: %s", async (_case, code, change, message) => {
    change(files);
    await expect(load()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test.skipIf(process.getuid?.() === 0)("a key that this user may not read will not do", async () => {
    chmodSync(files.keyFile, 0);
    await expect(load()).rejects.toMatchObject({ code: "tls-file-unreadable" });
  });
});

describe("a renewed certificate", () => {
  const FAST = { quietMs: 30, restlessMs: 1000, lookMs: 200 };
  const taken: Certificate[] = [];
  const refused: string[] = [];
  let reloader: CertificateReloader | undefined;
  afterEach(() => {
    reloader?.close();
    taken.length = 0;
    refused.length = 0;
  });

  async function start(watched: CertificateFiles = files, take = (certificate: Certificate) => void taken.push(certificate)) {
    const read = await readCertificate("listen.tls", watched, new Date());
    const refuse = (error: unknown) => void refused.push((error as { code?: string }).code ?? String(error));
    reloader = startCertificateReloader({ key: "listen.tls", files: watched, take, refuse, timing: FAST }, read);
    return reloader;
  }
  const isTaken = () => waitFor("the other certificate is taken", () => taken.some(({ identity }) => identity.cert === other.cert));

  test("counts when both files are renamed into place, one after the other", async () => {
    await start();
    for (const [path, text] of [
      [files.certFile, other.cert],
      [files.keyFile, other.key],
    ] as const) {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    }
    await isTaken();
    expect([taken.length, refused]).toEqual([1, []]);
  });

  test("counts when the link of its folder is swapped, as kubelet does", async () => {
    const { folder } = files;
    const put = (name: string, { cert, key }: typeof pair) => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "tls.crt"), cert);
      writeFileSync(join(folder, name, "tls.key"), key);
    };
    for (const path of [files.certFile, files.keyFile]) rmSync(path);
    put("..1", pair);
    symlinkSync("..1", join(folder, "..data"));
    symlinkSync("..data/tls.crt", files.certFile);
    symlinkSync("..data/tls.key", files.keyFile);
    await start();
    put("..2", other);
    symlinkSync("..2", join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    await isTaken();
    expect([taken.length, refused]).toEqual([1, []]);
  });

  test("does not count while only one of the two is there, which is said once; then it does", async () => {
    await start();
    writeFileSync(files.certFile, other.cert);
    await waitFor("it is refused", () => refused.length > 0);
    await wait(5 * FAST.lookMs); // for looks that must not say it again
    expect([taken.length, refused]).toEqual([0, ["tls-key-mismatch"]]);
    writeFileSync(files.keyFile, other.key);
    await isTaken();
    expect(refused).toEqual(["tls-key-mismatch"]);
  });

  test("is refused again when it is asked for again", async () => {
    const { reload } = await start();
    writeFileSync(files.keyFile, "");
    await waitFor("it is refused", () => refused.length > 0);
    await reload();
    expect(refused).toEqual(["tls-file-invalid", "tls-file-invalid"]);
  });

  test("is refused once where the server does not take it", async () => {
    await start(files, () => {
      throw new Error("no");
    });
    writeFileSync(files.keyFile, other.key);
    writeFileSync(files.certFile, other.cert);
    await waitFor("it is refused", () => refused.length > 0);
    await wait(5 * FAST.lookMs);
    expect(refused).toEqual(["Error: no"]);
  });

  test("is not told of when the files are put back", async () => {
    await start();
    writeFileSync(files.certFile, "x");
    await waitFor("it is refused", () => refused.length > 0);
    writeFileSync(files.certFile, pair.cert);
    await reloader?.look();
    writeFileSync(files.certFile, "x");
    await waitFor("it is refused anew", () => refused.length > 1);
    expect(taken).toEqual([]);
  });
});
