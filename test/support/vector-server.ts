// An embedding server by script, as OpenAI's /v1/embeddings, for one text or a list: vectors by a function of the text, late or refused as
// it is told.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { stopAtEnd } from "./teardown.ts";

export interface VectorServer {
  readonly url: string;
  readonly asked: (readonly string[])[]; // the texts of each request that was answered with vectors
  readonly bodies: { readonly model?: string; readonly dimensions?: number }[]; // of all requests
  readonly keys: (string | undefined)[];
  readonly statuses: number[]; // of the next requests, in turn; then 200
  lateMs: number;
}

export async function startVectorServer(vectorOf: (text: string) => ArrayLike<number>): Promise<VectorServer> {
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += String(piece);
    const body = JSON.parse(text) as { input: string | string[]; model?: string; dimensions?: number };
    made.bodies.push(body);
    made.keys.push(request.headers.authorization);
    if (made.lateMs > 0) await wait(made.lateMs);
    const status = made.statuses.shift() ?? 200;
    if (status !== 200) return void response.writeHead(status, { "retry-after": "0" }).end('{"error":{"message":"not now"}}');
    const texts = [body.input].flat();
    made.asked.push(texts);
    const data = texts.map((each, index) => ({ object: "embedding", index, embedding: Array.from(vectorOf(each)) })).toReversed();
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ object: "list", data, usage: { prompt_tokens: 7 * texts.length } }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/embeddings`;
  const made: VectorServer = { url, asked: [], bodies: [], keys: [], statuses: [], lateMs: 0 };
  return made;
}
