// Stands in for kube-proxy and for a load balancer: a Service's address leads to one of its pods.
import { execFileSync } from "node:child_process";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface ServiceAddress {
  close(): void;
}

/** Makes the address one of this machine's. Each connection goes to what `target` says then; without one it is reset. */
export async function serviceAddress({ address, port }: Endpoint, target: () => Endpoint | undefined): Promise<ServiceAddress> {
  execFileSync("ip", ["address", "replace", `${address}/32`, "dev", "lo"]);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const to = target();
    if (to === undefined) return void client.resetAndDestroy();
    const pod = connect({ host: to.address, port: to.port, allowHalfOpen: true });
    join(client, pod, open);
    join(pod, client, open);
  });
  await listen(server, address, port);
  return {
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** What one side says reaches the other, its end and its loss included. */
function join(from: Socket, to: Socket, open: Set<Socket>): void {
  open.add(from);
  from.setNoDelay(true);
  from.pipe(to);
  from.once("error", () => to.resetAndDestroy());
  from.once("close", () => open.delete(from));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  });
}
