// A gRPC server over HTTP/2 without TLS (h2c with prior knowledge), on plain sockets: what Envoy speaks to a service beside it. Node's own
// HTTP/2 takes three times the CPU per call, most of it for objects nobody looks at.
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { type GrpcServer, type GrpcServerSettings, limitConnections } from "../transport.ts";
import { Connection } from "./connection.ts";
import { type ConnectionError, ERROR_CODE } from "./frames.ts";
import { LIMITS, type Limits } from "./limits.ts";

export interface Http2ServerSettings extends GrpcServerSettings {
  readonly limits?: Limits;
}

/** Rejects with the system's error (EADDRINUSE, EACCES, ENOENT …) when the address cannot be bound. */
export async function startHttp2Server(settings: Http2ServerSettings): Promise<GrpcServer> {
  const connections = new Set<Connection>();
  const { onError = throwLater, limits = LIMITS } = settings;
  const onBroken = (cause: ConnectionError) =>
    settings.onBroken?.(cause.code === ERROR_CODE.enhanceYourCalm ? "flood" : "protocol-error", cause);
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket: Socket) => {
    const connection = new Connection(socket, {
      services: settings.services,
      maxMessageBytes: settings.maxMessageBytes,
      limits,
      onError,
      onBroken,
      onClosed: (closed) => void connections.delete(closed),
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
      for (const connection of connections) connection.drain();
      return closed;
    },
    destroy() {
      server.close();
      for (const connection of connections) connection.destroy();
    },
  };
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
