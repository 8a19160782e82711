// What a running sluice really holds: its heap after a full garbage collection, asked for through Node's inspector. The heap in use at a
// random moment says little, for what died lately is still in it.
import { type RunningServer, type ServerOptions, startServer } from "./driven-server.ts";

export interface InspectedServer extends RunningServer {
  /** Collects all garbage, then says how many bytes of the heap are in use. */
  collectedHeapBytes(): Promise<number>;
}

export async function startInspectedServer(options: Omit<ServerOptions, "nodeArgs"> = {}): Promise<InspectedServer> {
  let inspector = "";
  const server = await startServer({
    ...options,
    nodeArgs: ["--inspect=127.0.0.1:0"],
    onLine(line) {
      inspector = /^Debugger listening on (ws:\S+)/.exec(line)?.[1] ?? inspector; // the last: it starts itself anew
      options.onLine?.(line);
    },
  });
  return { ...server, collectedHeapBytes: () => collectedHeapBytes(inspector) };
}

async function collectedHeapBytes(inspector: string): Promise<number> {
  const socket = new WebSocket(inspector);
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error(`no inspector at ${inspector}`)));
    });
    await ask(socket, 1, "HeapProfiler.collectGarbage");
    const { usedSize } = await ask(socket, 2, "Runtime.getHeapUsage");
    return Number(usedSize);
  } finally {
    socket.close();
  }
}

function ask(socket: WebSocket, id: number, method: string): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      const reply = JSON.parse(String(data)) as { readonly id?: number; readonly result?: Record<string, unknown> };
      if (reply.id === id) resolve(reply.result ?? {});
    });
    socket.send(JSON.stringify({ id, method }));
  });
}
