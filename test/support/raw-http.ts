// HTTP/1.1 as bytes on a socket, for requests no client library would send and for clients that go away.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export async function connectTo(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, "connect");
  return socket;
}

/** The head of a chat POST. `extra` are whole header lines. */
export function postHead(extra: readonly string[]): string {
  return ["POST /v1/chat/completions HTTP/1.1", "host: sluice.test", "content-type: application/json", ...extra, "", ""].join("\r\n");
}

/** Sends bytes and returns everything that comes back until the other side closes: ask for it with `connection: close`. */
export async function sendRaw(url: string, bytes: string): Promise<string> {
  const socket = await connectTo(url);
  socket.setEncoding("latin1");
  let text = "";
  socket.on("data", (piece: string) => {
    text += piece;
  });
  socket.write(bytes, "latin1");
  await once(socket, "close");
  return text;
}
