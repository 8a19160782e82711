// The gRPC transport on @grpc/grpc-js, for operators who prefer the common library to src/http2. Calls are answered in a server
// interceptor that never forwards to grpc-js' own handler layer: the form of grpc-js that costs least CPU per call. Knows nothing of what
// messages mean.
import type { Http2SecureServer, Http2Server, Http2Stream } from "node:http2";
import type { Socket } from "node:net";
import {
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from "@grpc/grpc-js";
import { type SecuredServer, type ServerTls, secure, secureContextOf, tlsServerOptions } from "../../tls.ts";
import {
  ATTEMPTS_METADATA,
  type Call,
  type CallHandler,
  GRPC_INTERNAL,
  type GrpcServer,
  type GrpcServerSettings,
  limitConnections,
  NOT_HTTP2,
  type OpenCall,
} from "./transport.ts";

/**
 * Envoy resets every ext_proc stream once it is answered, and Node's HTTP/2 takes a thousand resets for an attack ("rapid reset") and
 * answers GOAWAY, which fails requests. Node 22.12 and later let a server raise that limit; grpc-js has no option for it, so it is set on
 * the options grpc-js keeps for the HTTP/2 servers it makes. The peer is the operator's own Envoy, not the internet.
 */
const RESETS_ALLOWED = { streamResetBurst: 1_000_000_000, streamResetRate: 1_000_000_000 };
/** Bytes that may arrive before Envoy must wait for a window update: a large body then comes in few round trips. */
const STREAM_WINDOW_BYTES = 1 << 20;
const CONNECTION_WINDOW_BYTES = 16 << 20;

/** Rejects with the system's error (EADDRINUSE, EACCES, ENOENT …) when the address cannot be bound. */
export async function startGrpcJsServer(settings: GrpcServerSettings): Promise<GrpcServer> {
  const server = new Server({
    interceptors: [interceptor(settings)],
    "grpc.max_receive_message_length": settings.maxMessageBytes,
    "grpc.max_send_message_length": -1,
    "grpc.enable_channelz": 0,
  });
  setHttp2Options(server, settings.tls);
  server.addService(methodsOf(settings.services), {});
  const port = await bind(server, settings);
  const http2Servers = http2ServersOf(server);
  const connections = adoptConnections(http2Servers, settings);
  const secured = secureServers(http2Servers, settings.tls);
  return {
    port,
    drain() {
      const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      for (const { abandonHandshakes } of secured) abandonHandshakes();
      for (const connection of connections) connection.close();
      return drained;
    },
    destroy() {
      server.forceShutdown();
      for (const { abandonHandshakes } of secured) abandonHandshakes();
      for (const connection of connections) connection.destroy();
    },
  };
}

function setHttp2Options(server: Server, tls: ServerTls | undefined): void {
  const { commonServerOptions } = server as unknown as { commonServerOptions?: object };
  if (commonServerOptions === undefined)
    throw new Error("grpc-js no longer keeps commonServerOptions: rapid-reset limits cannot be raised");
  const secured = tls === undefined ? {} : tlsServerOptions(tls);
  Object.assign(commonServerOptions, RESETS_ALLOWED, { settings: { initialWindowSize: STREAM_WINDOW_BYTES } }, secured);
}

function bind(server: Server, { address, tls }: GrpcServerSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentialsOf(tls), (error, port) => (error ? reject(error) : resolve(port)));
  });
}

function credentialsOf(tls: ServerTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { cert, key, clientCa } = tls.identity;
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  return ServerCredentials.createSsl(clientCa === undefined ? null : Buffer.from(clientCa), [pair], clientCa !== undefined);
}

/** What grpc-js' credentials cannot say is said to the servers it has made of them: other certificates later, and who failed. */
function secureServers(http2Servers: readonly Http2Server[], tls: ServerTls | undefined): readonly SecuredServer[] {
  if (tls === undefined) return [];
  return (http2Servers as unknown as readonly Http2SecureServer[]).map((server) => {
    server.on("unknownProtocol", (socket: Socket) => {
      tls.onHandshakeFailed("no-h2", NOT_HTTP2);
      socket.destroy();
    });
    server.setSecureContext(secureContextOf(tls.identity)); // no connection was accepted yet
    return secure(server, tls);
  });
}

function http2ServersOf(server: Server): readonly Http2Server[] {
  const { http2Servers } = server as unknown as { http2Servers?: Map<Http2Server, unknown> };
  return [...(http2Servers?.keys() ?? [])];
}

/**
 * The connections that are open. Each gets a wider receive window: Node gives it 64 KiB, shared by all its streams. They are kept because
 * grpc-js, told to do without channelz, keeps none itself: its shutdowns then neither send GOAWAY nor cut anything off.
 */
function adoptConnections(http2Servers: readonly Http2Server[], settings: GrpcServerSettings): ReadonlySet<Connection> {
  const connections = new Set<Connection>();
  for (const http2Server of http2Servers) {
    limitConnections(http2Server, settings);
    http2Server.on("session", (connection) => {
      connections.add(connection);
      connection.once("close", () => connections.delete(connection));
      connection.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    });
  }
  return connections;
}

interface Connection {
  setLocalWindowSize(bytes: number): void;
  once(event: "close", listener: () => void): void;
  close(): void; // GOAWAY now, the end when the last stream has ended
  destroy(): void;
}

const asIs = (bytes: Buffer) => bytes;

/** grpc-js must know a method to let its calls through to the interceptor. */
function methodsOf(services: ReadonlyMap<string, OpenCall>) {
  const methods = [...services.keys()].map((path) => {
    return [
      path,
      {
        path,
        requestStream: true,
        responseStream: true,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        requestSerialize: asIs,
        responseDeserialize: asIs,
      },
    ] as const;
  });
  return Object.fromEntries(methods);
}

/** Calls of our methods are opened in place of being passed on: `start` never calls its continuation. */
function interceptor({ services, onError }: GrpcServerSettings): ServerInterceptor {
  return (method, call) => {
    const open = services.get(method.path);
    return new ServerInterceptingCall(call, open && { start: () => call.start(new GrpcCall(call, open, onError)) });
  };
}

const OK_STATUS = { code: 0, details: "", metadata: null };

class GrpcCall implements Call {
  readonly #inner: ServerInterceptingCallInterface;
  readonly #handler: CallHandler;
  readonly #onError: GrpcServerSettings["onError"];
  #finished = false;
  traceparent: string | undefined;
  attempts: string | undefined;

  constructor(inner: ServerInterceptingCallInterface, open: OpenCall, onError: GrpcServerSettings["onError"]) {
    this.#inner = inner;
    this.#onError = onError;
    this.#handler = open(this);
  }

  send(message: Uint8Array): void {
    if (!this.#finished) this.#inner.sendMessage(message, noop);
  }

  finish(status = 0, details = ""): void {
    if (this.#finished) return;
    this.#finished = true;
    expectReset(this.#inner);
    this.#inner.sendStatus(status === 0 ? OK_STATUS : { code: status, details, metadata: new Metadata() });
  }

  onReceiveMetadata(metadata: Metadata): void {
    const [traceparent] = metadata.get("traceparent");
    if (typeof traceparent === "string") this.traceparent = traceparent;
    const [attempts] = metadata.get(ATTEMPTS_METADATA);
    if (typeof attempts === "string") this.attempts = attempts;
    this.#inner.startRead();
  }

  onReceiveMessage(message: Buffer): void {
    try {
      this.#handler.message(message);
    } catch (error) {
      this.#onError?.(error);
      this.finish(GRPC_INTERNAL, "internal error");
    }
    if (!this.#finished) this.#inner.startRead();
  }

  onReceiveHalfClose(): void {
    this.#handler.halfClosed();
  }

  /** grpc-js calls this at the end of every call, cancelled or not. */
  onCancel(): void {
    this.#finished = true;
    this.#handler.closed();
  }
}

function noop(): void {}

/**
 * For streams that Envoy resets although they were answered. One object for all: making one, stack and all, costs a tenth of a call's CPU.
 */
const RESET_AFTER_ANSWER = new Error("reset after the answer");

interface Destroyable extends Http2Stream {
  _destroy(error: Error | null, callback: (error?: Error | null) => void): void;
}

/** Keeps Node from making an error of the reset that follows every answer. grpc-js ignores that error, whichever it is. */
function expectReset(call: ServerInterceptingCallInterface): void {
  const { stream } = call as unknown as { stream?: Destroyable };
  if (stream === undefined) return;
  const destroy = stream._destroy;
  stream._destroy = (error, callback) => destroy.call(stream, error ?? (stream.rstCode === 0 ? null : RESET_AFTER_ANSWER), callback);
}
