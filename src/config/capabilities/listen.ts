// Where sluice listens, and what speaks gRPC there.
import { z } from "zod";
import { listenAddressProblem } from "../../listen-address.ts";
import type { CertificateFiles } from "../certificate.ts";
import { note } from "../effective.ts";
import { checkedText, filePath } from "../fields.ts";
import { type Capability, plain } from "./capability.ts";

/** What speaks gRPC: src/envoy/grpc/http2, or @grpc/grpc-js. */
export const TRANSPORTS = ["http2", "grpc-js"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface ListenSettings {
  readonly extProc: string; // valid for parseListenAddress, as is the next
  readonly admin: string;
  readonly adminHosts: readonly string[]; // names, without port
  readonly adminTokenFile?: string | undefined;
  readonly tls?: CertificateFiles | undefined; // undefined: plain text
  readonly adminTls?: CertificateFiles | undefined;
  readonly transport: Transport;
}

/** `clients`: what those of the port are called. */
function certificateFiles(clients: string) {
  return z.strictObject({
    certFile: filePath.describe("the certificate in PEM, and behind it those between it and its CA"),
    keyFile: filePath.describe("its private key in PEM, not encrypted"),
    clientCaFile: filePath
      .optional()
      .describe(`the CA, or several, in PEM: ${clients} must then bring a certificate of it (mutual TLS). Without it they need none`),
  });
}

const RELOADED = "The files are read again when they change; a pair that does not do changes nothing, at the start it is an error";

const listenAddress = checkedText(listenAddressProblem);

/** What is wrong with it, as the end of a sentence; undefined when nothing is. */
function hostNameProblem(name: string): string | undefined {
  return /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/i.test(name) ? undefined : "write a host's name, without scheme and port";
}

const schema = z
  .strictObject({
    extProc: listenAddress
      .default("127.0.0.1:9002")
      .describe("the gRPC port: ext_proc, access log and health. `host:port`, `[IPv6]:port` or `unix:/path`; port 0 takes a free one"),
    admin: listenAddress.default("127.0.0.1:9003").describe("the HTTP port for health, readiness, metrics and the effective configuration"),
    adminHosts: z
      .array(checkedText(hostNameProblem))
      .default([])
      .describe(
        [
          "names by which a browser may ask the admin port for its page, beside `localhost`, any IP address and the host in `admin`:",
          "another name may be an attacker's that resolves to here",
        ].join(" "),
      ),
    adminTokenFile: filePath
      .optional()
      .describe(
        [
          "a file with a token: `/v1/feedback` then takes only what brings it, as `authorization: Bearer TOKEN`; read anew each time.",
          "Without it `SLUICE_ADMIN_TOKEN` of the environment counts, if it is set",
        ].join(" "),
      ),
    tls: certificateFiles("Envoys")
      .optional()
      .describe(`TLS on \`extProc\`, for the access log and health too; nothing is answered in plain text then. ${RELOADED}`),
    adminTls: certificateFiles("who asks, probes and Prometheus included,").optional().describe(`TLS on \`admin\`. ${RELOADED}`),
    transport: z
      .enum(TRANSPORTS)
      .default("http2")
      .describe("what speaks gRPC on `extProc`: sluice's own `http2`, which takes half the CPU, or `grpc-js`, the common library"),
  })
  .prefault({});

export const listen: Capability<typeof schema, ListenSettings> = {
  ...plain,
  schema,
  effective: ({ adminTokenFile, tls, adminTls, ...others }) => ({
    ...others,
    tls: shownFiles(tls),
    adminTls: shownFiles(adminTls),
    adminTokenFile: adminTokenFile ?? note("SLUICE_ADMIN_TOKEN's; else no token"),
  }),
  atNextStart: ["extProc", "admin", "adminHosts", "adminTokenFile", "tls", "adminTls", "transport"],
};

function shownFiles(files: CertificateFiles | undefined) {
  return files === undefined ? note("plain text") : { ...files, clientCaFile: files.clientCaFile ?? note("clients need no certificate") };
}
