// TLS as every port of ours speaks it: what is asked of a peer, and what a handshake that came to nothing is called. Certificates come from
// src/config/certificate.ts, a new one while connections stand.
import { constants } from "node:crypto";
import type { Server as NetServer, Socket } from "node:net";
import type { SecureContextOptions, Server, TLSSocket } from "node:tls";

/** As PEM. */
export interface TlsIdentity {
  readonly cert: string; // the server's, and those between it and the CA
  readonly key: string;
  readonly clientCa: string | undefined; // undefined: clients need no certificate
}

/** Why a handshake came to nothing; the label of a metric. */
export const HANDSHAKE_FAILURES = [
  "plain-text",
  "no-client-certificate",
  "client-certificate-refused",
  "refused-by-client",
  "no-common-version",
  "no-h2",
  "timeout",
  "disconnected",
  "other",
] as const;
export type HandshakeFailure = (typeof HANDSHAKE_FAILURES)[number];

/** What a server is given for TLS. */
export interface ServerTls {
  readonly identity: TlsIdentity; // in force at the start
  /** Calls `take` with each identity that comes later. What it throws says that the identity is not usable. */
  onChanged(take: (identity: TlsIdentity) => void): void;
  onHandshakeFailed(reason: HandshakeFailure, cause: unknown): void;
}

/** A handshake takes milliseconds; Node would wait two minutes. */
export const HANDSHAKE_MS = 10_000;

/**
 * TLS 1.2, since Envoy speaks nothing newer to servers unless told to, and since HTTP/2 allows nothing older (RFC 9113, section 9.2). Of
 * its ciphers those that HTTP/2 allows (appendix A), and no renegotiation (section 9.2.1), a way to make us sign without end.
 */
export function secureContextOf({ cert, key, clientCa }: TlsIdentity): SecureContextOptions {
  return {
    cert,
    key,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
    minVersion: "TLSv1.2",
    ciphers: "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20",
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/** For `createServer` of tls, https and http2. With a CA for clients, one that brings no certificate of it is refused. */
export function tlsServerOptions({ identity }: ServerTls) {
  const asksClients = identity.clientCa !== undefined;
  return { ...secureContextOf(identity), requestCert: asksClients, rejectUnauthorized: asksClients, handshakeTimeout: HANDSHAKE_MS };
}

export interface SecuredServer {
  /** Ends the handshakes under way, which would keep a server that closes waiting. */
  abandonHandshakes(): void;
}

/** To be called with a server made of these options. Connections that stand go on with the identity they began with. */
export function secure(server: Server, tls: ServerTls): SecuredServer {
  const pending = new Map<string, Socket>();
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    tls.onHandshakeFailed(failureOf(error, socket), socket.authorizationError ?? error);
    socket.destroy(); // after a timeout Node leaves it open
  });
  (server as NetServer).on("connection", (socket: Socket) => {
    const key = peerOf(socket);
    if (key === undefined) return;
    pending.set(key, socket);
    socket.once("close", () => void (pending.get(key) === socket && pending.delete(key)));
  });
  server.on("secureConnection", (socket) => void pending.delete(peerOf(socket) ?? ""));
  tls.onChanged((identity) => server.setSecureContext(secureContextOf(identity)));
  return {
    abandonHandshakes() {
      for (const socket of pending.values()) socket.destroy();
      pending.clear();
    },
  };
}

/** By which the socket below TLS and the one above are known for the same; undefined for Unix sockets, whose handshakes time out. */
function peerOf({ remoteAddress, remotePort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort}`;
}

const FAILURE_OF_CODE: Readonly<Record<string, HandshakeFailure>> = {
  ERR_SSL_HTTP_REQUEST: "plain-text",
  ERR_SSL_HTTPS_PROXY_REQUEST: "plain-text",
  ERR_SSL_WRONG_VERSION_NUMBER: "plain-text", // what stands there is no version of TLS, so no TLS
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "plain-text",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "no-client-certificate",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "no-common-version",
  ERR_SSL_VERSION_TOO_LOW: "no-common-version",
  ERR_SSL_NO_SHARED_CIPHER: "no-common-version",
  ERR_SSL_NO_APPLICATION_PROTOCOL: "no-h2",
  ERR_TLS_HANDSHAKE_TIMEOUT: "timeout",
  ECONNRESET: "disconnected",
  EPIPE: "disconnected",
};

/** Of a refused certificate Node says no more than that the connection is gone; why stands with the socket. */
function failureOf({ code = "" }: NodeJS.ErrnoException, { authorizationError }: TLSSocket): HandshakeFailure {
  if (authorizationError) return "client-certificate-refused";
  return FAILURE_OF_CODE[code] ?? (code.includes("_ALERT_") ? "refused-by-client" : "other");
}
