// Stands between a client and Envoy and writes down every byte of the bodies that pass, each way, changing none.
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { stopAtEnd } from "../../support/teardown.ts";

export interface Sent {
  readonly method: string;
  readonly path: string; // with its query
  readonly body: Buffer; // as the client wrote it
  id: string; // Envoy's, empty until the answer begins
  status: number; // 0 until then
  tier: string | undefined; // that sluice decided
  readonly answer: Buffer[]; // piece by piece as Envoy sent it
}

export interface Recorder {
  readonly url: string;
  readonly sent: readonly Sent[];
  readonly upgrades: readonly string[]; // first lines of the answers to requests for another protocol
  /** How many bytes of the answer with this id have come out of Envoy. */
  passedOn(id: string): number;
  forget(): void;
}

export async function startRecorder(envoyUrl: string): Promise<Recorder> {
  const sent: Sent[] = [];
  const upgrades: string[] = [];
  const server = createServer((from, to) => void record(envoyUrl, from, to, sent).catch(() => to.destroy()));
  server.on("upgrade", (from, socket, head) => {
    const { hostname, port } = new URL(envoyUrl);
    const lines = from.rawHeaders.flatMap((name, i, all) => (i % 2 === 0 ? [`${name}: ${all[i + 1]}`] : []));
    const envoy = connect(Number(port), hostname);
    envoy.write(`${[`${from.method} ${from.url} HTTP/1.1`, ...lines, "", ""].join("\r\n")}`);
    envoy.write(head);
    envoy.once("data", (piece) => void upgrades.push(piece.toString("latin1").split("\r\n", 1)[0] ?? ""));
    for (const side of [socket, envoy]) side.on("error", () => undefined);
    socket.pipe(envoy).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopAtEnd(async () => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    upgrades,
    passedOn: (id) => sent.find((exchange) => exchange.id === id)?.answer.reduce((bytes, piece) => bytes + piece.length, 0) ?? 0,
    forget: () => {
      sent.length = 0;
      upgrades.length = 0;
    },
  };
}

async function record(envoyUrl: string, from: IncomingMessage, to: ServerResponse, sent: Sent[]): Promise<void> {
  const [method, path] = [from.method ?? "", from.url ?? ""];
  const body = await buffer(from);
  const exchange: Sent = { method, path, body, id: "", status: 0, tier: undefined, answer: [] };
  sent.push(exchange);
  const onward = request(envoyUrl + path, { method, headers: from.rawHeaders, setHost: false });
  to.once("close", () => onward.destroy()); // the client has left, or has all
  onward.end(body);
  const [answer] = (await once(onward, "response")) as [IncomingMessage];
  exchange.status = answer.statusCode ?? 0;
  exchange.tier = single(answer.headers["x-sluice-tier"]);
  exchange.id = single(answer.headers["x-request-id"]) ?? "";
  to.writeHead(exchange.status, answer.rawHeaders);
  to.flushHeaders();
  for await (const piece of answer as AsyncIterable<Buffer>) {
    exchange.answer.push(piece);
    to.write(piece);
  }
  to.end();
}

const single = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join() : value);
