// A gRPC server over HTTP/2: on plain sockets (h2c with prior knowledge), what Envoy speaks to a service beside it, or with TLS. Node's own
// HTTP/2 takes three times the CPU per call, most of it for objects nobody looks at.
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { type ServerTls, secure, tlsServerOptions } from "../../../tls.ts";
import { type GrpcServer, type GrpcServerSettings, limitConnections, NOT_HTTP2 } from "../transport.ts";
import { Connection } from "./connection.ts";
import { type ConnectionError, ERROR_CODE } from "./frames.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { PeerMemory } from "./peer-memory.ts";

export interface Http2ServerSettings extends GrpcServerSettings {
  readonly limits?: Limits;
}

/** Rejects with the system's error (EADDRINUSE, EACCES, ENOENT …) when the address cannot be bound. */
export async function startHttp2Server(settings: Http2ServerSettings): Promise<GrpcServer> {
  const connections = new Set<Connection>();
  const { onError = throwLater, limits = LIMITS } = settings;
  const { memory = new PeerMemory({ budgetBytes: () => Number.POSITIVE_INFINITY }) } = settings;
  const onBroken = (cause: ConnectionError) =>
    settings.onBroken?.(cause.code === ERROR_CODE.enhanceYourCalm ? "flood" : "protocol-error", cause);
  const { server, abandonHandshakes } = serverOf(settings.tls, (socket) => {
    const connection = new Connection(socket, {
      services: settings.services,
      maxMessageBytes: settings.maxMessageBytes,
      limits,
      memory,
      onError,
      onBroken,
      onClosed: () => void connections.delete(connection),
    });
    connections.add(connection);
  });
  const idle = setInterval(() => {
    for (const connection of connections) connection.endIfIdle();
  }, limits.idleMs).unref();
  server.on("close", () => clearInterval(idle));
  await listen(server, listenOptions(settings.address));
  limitConnections(server, settings);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    drain() {
      // Closed when its connections are, too.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      abandonHandshakes();
      for (const connection of connections) connection.drain();
      return closed;
    },
    destroy() {
      server.close();
      abandonHandshakes();
      for (const connection of connections) connection.destroy();
    },
  };
}

const SOCKETS = { noDelay: true, allowHalfOpen: true };

/** TLS sockets are taken when their handshake is done. */
function serverOf(tls: ServerTls | undefined, onSocket: (socket: Socket) => void): { server: Server; abandonHandshakes: () => void } {
  if (tls === undefined) return { server: createServer(SOCKETS, onSocket), abandonHandshakes() {} };
  const server = createTlsServer({ ...SOCKETS, ...tlsServerOptions(tls), ALPNProtocols: ["h2"] }, (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") return onSocket(socket);
    tls.onHandshakeFailed("no-h2", NOT_HTTP2);
    socket.on("error", () => {}).destroy();
  });
  return { server, ...secure(server, tls) };
}

function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** `host:port`, `[IPv6]:port` or `unix:/path`. */
function listenOptions(address: string): ListenOptions {
  if (address.startsWith("unix:")) return { path: address.slice("unix:".length) };
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)), backlog: 4096 };
}

/** Nobody asked to be told of what handlers throw: then it is an uncaught exception, as it would be without us. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
