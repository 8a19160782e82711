// An embedding server by script, as OpenAI's /v1/embeddings: by n-grams, or calling everything alike, or failing as it is told.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ngramVector } from "./ngram-vector.ts";
import { stopAtEnd } from "./teardown.ts";

export type EmbeddingWay = "ngrams" | "alike" | "hung" | "status" | "refused" | "garbage" | "nothing" | "endless";

export interface EmbeddingServer {
  readonly url: string;
  readonly asked: { readonly body: { readonly input: string }; readonly authorization: string | undefined }[];
  way: EmbeddingWay;
}

export async function startEmbeddingServer(way: EmbeddingWay): Promise<EmbeddingServer> {
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += String(piece);
    const body = JSON.parse(text) as { input: string };
    made.asked.push({ body, authorization: request.headers.authorization });
    const reply = (embedding: unknown) =>
      response
        .writeHead(made.way === "status" ? 503 : made.way === "refused" ? 401 : 200, { "content-type": "application/json" })
        .end(made.way === "garbage" ? "{" : JSON.stringify({ data: [{ embedding }], usage: { prompt_tokens: 7, total_tokens: 7 } }));
    if (made.way === "hung") return;
    if (made.way === "endless") return void response.end("x".repeat(2 << 20));
    reply(made.way === "nothing" ? [0, 0, 0] : made.way === "alike" ? [1, 0, 0, 0] : ngramVector(body.input));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  const made: EmbeddingServer = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/embeddings`, asked: [], way };
  return made;
}
