// The port that Envoy's calls come to: the configured transport on the configured address, watched for what its peers do to it.
import type { Transport } from "../config/capabilities/listen.ts";
import type { Config } from "../config/config.ts";
import { startHttp2Server } from "../envoy/grpc/http2/server.ts";
import type { GrpcServer, GrpcServerSettings, OpenCall } from "../envoy/grpc/transport.ts";
import { claimListenAddress, formatListenAddress, listenError, parseListenAddress } from "../listen-address.ts";
import { brokenConnections } from "../outcome/telemetry/broken-connections.ts";
import { guardDescriptors } from "../outcome/telemetry/descriptors.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";
import type { ReportedMemory } from "../outcome/telemetry/reported-memory.ts";
import type { ServerTls } from "../tls.ts";

export interface GrpcPortDeps {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly memory: ReportedMemory;
}

/** The largest message taken from Envoy, whose own buffer limit is what bounds a body. Larger than any `limits.maxBodyBytes` may be. */
const MAX_MESSAGE_BYTES = (256 << 20) + (64 << 10);

const TRANSPORT_SERVERS: Readonly<Record<Transport, (settings: GrpcServerSettings) => Promise<GrpcServer>>> = {
  http2: startHttp2Server,
  "grpc-js": async (settings) => (await import("../envoy/grpc/grpc-js-server.ts")).startGrpcJsServer(settings), // 14 MB
};

/** Throws a `listen-…` error when the address cannot be bound. `unwatch`: to be called when the server has ended. */
export async function listenGrpc(
  { extProc, transport }: Config["listen"],
  tls: ServerTls | undefined,
  services: ReadonlyMap<string, OpenCall>,
  { metrics, log, memory: { memory } }: GrpcPortDeps,
): Promise<{ server: GrpcServer; address: string; unwatch: () => void }> {
  const address = parseListenAddress(extProc);
  await claimListenAddress(address);
  const descriptors = guardDescriptors(metrics, log);
  const broken = brokenConnections(metrics, log);
  const unwatch = () => {
    descriptors.close();
    broken.close();
  };
  try {
    const onError = (error: unknown) => {
      metrics.streamFailed("internal-error");
      log.error({ err: error }, "a call failed");
    };
    const server = await TRANSPORT_SERVERS[transport]({
      address: formatListenAddress(address),
      services,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      tls,
      onError,
      maxConnections: descriptors.maxConnections,
      onRefused: descriptors.onRefused,
      memory,
      onBroken: broken.onBroken,
    });
    const bound = formatListenAddress(address.kind === "tcp" ? { ...address, port: server.port } : address);
    return { server, address: bound, unwatch };
  } catch (error) {
    unwatch();
    throw listenError(address, error);
  }
}

/** Waits for the calls in flight; what is left after the grace period is cut off. */
export async function withinGrace(server: GrpcServer, graceMs: number, log: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<"expired">((resolve) => {
    timer = setTimeout(() => resolve("expired"), graceMs);
  });
  if ((await Promise.race([server.drain(), expired])) === "expired") {
    log.warn({ graceMs }, "calls still in flight after the grace period are cut off");
    server.destroy();
  }
  clearTimeout(timer);
}
