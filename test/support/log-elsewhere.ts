// Envoy's access log sent elsewhere than to the sluice that decides, and over a connection that tests can cut.
import { createConnection, createServer, type Socket } from "node:net";
import { freePort } from "./free-port.ts";
import { stopAtEnd } from "./teardown.ts";

/** The YAML with the access log sent to `address` (host:port). */
export function withLogAt(yaml: string, address: string): string {
  const [host, port] = address.split(":");
  return yaml
    .replace("grpc_service: { envoy_grpc: { cluster_name: sluice_log } }", "grpc_service: { envoy_grpc: { cluster_name: log_elsewhere } }")
    .replace("\n  - name: sluice_log\n", "\n  - name: log_elsewhere\n")
    .replace("cluster_name: sluice_log\n", "cluster_name: log_elsewhere\n")
    .replace(/(cluster_name: log_elsewhere\n\s+endpoints: .*socket_address: )\{[^}]*\}/, `$1{ address: ${host}, port_value: ${port} }`);
}

export interface Forwarder {
  readonly address: string;
  /** Refuses connections and cuts those there are, until `open`. */
  cut(): Promise<void>;
  open(): Promise<void>;
}

/** Passes connections on to `target` (host:port). */
export async function startForwarder(target: string): Promise<Forwarder> {
  const [host, targetPort] = target.split(":");
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = createConnection({ host: host ?? "", port: Number(targetPort) });
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
    }
  });
  const open = () => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const cut = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await closed;
  };
  stopAtEnd(async () => {
    if (server.listening) await cut();
  });
  await open();
  return { address: `127.0.0.1:${port}`, cut, open };
}
