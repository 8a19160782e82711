// Model servers for tests of answers: what each tier answers is said by the request, in `metadata`: { weak: …, strong: … }.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { stopAtEnd } from "./teardown.ts";

/** How a tier is to answer. */
export interface Script {
  readonly words?: readonly string[]; // of the answer, an event each where it streams
  readonly call?: string; // arguments of a call of the tool f, behind the words
  readonly everyMs?: number; // between two events
  readonly firstMs?: number; // before the answer begins
  readonly status?: number;
  readonly gzip?: boolean;
  readonly ends?: "whole" | "cut" | "reset"; // whole when not given
  readonly finish?: string; // `stop` when not given
}

export interface ModelServer {
  readonly address: string; // host:port
  readonly asked: Map<string, number>; // requests by the id in their metadata
  readonly left: Map<string, number>; // of them, those whose client went before the end
}

/** The events of a streamed answer. */
export function streamOf(tier: string, id: string, { words = [], call, ends = "whole", finish = "stop" }: Script): string[] {
  const about = { id, object: "chat.completion.chunk", model: tier };
  const event = (fields: object) => `data: ${JSON.stringify({ ...about, ...fields })}\n\n`;
  const chunk = (delta: object, reason: string | null) => event({ choices: [{ index: 0, delta, finish_reason: reason }] });
  const said = [chunk({ role: "assistant", content: "" }, null), ...words.map((content) => chunk({ content }, null))];
  const calls = (fields: object) => chunk({ tool_calls: [{ index: 0, id: "c1", type: "function", function: fields }] }, null);
  const begun = call === undefined ? said : [...said, calls({ name: "f", arguments: "" }), calls({ arguments: call })];
  if (ends !== "whole") return begun;
  const usage = { prompt_tokens: 7, completion_tokens: words.length, total_tokens: 7 + words.length };
  return [...begun, chunk({}, finish), event({ choices: [], usage }), "data: [DONE]\n\n"];
}

/** The same as JSON. */
export function jsonOf(tier: string, id: string, { words = [], ends = "whole", finish = "stop" }: Script): string {
  const message = { role: "assistant", content: words.join("") };
  const usage = { prompt_tokens: 7, completion_tokens: words.length, total_tokens: 7 + words.length };
  const text = JSON.stringify({
    id,
    object: "chat.completion",
    model: tier,
    choices: [{ index: 0, message, finish_reason: finish }],
    usage,
  });
  return ends === "whole" ? text : text.slice(0, text.length / 2);
}

export async function startModelServer(tier: string): Promise<ModelServer> {
  const asked = new Map<string, number>();
  const left = new Map<string, number>();
  const server = createServer({ keepAliveTimeout: 3_600_000 }, async (request, response) => {
    const { stream = false, metadata = {} } = JSON.parse(await textOf(request));
    const id = String(metadata.id ?? "");
    asked.set(id, (asked.get(id) ?? 0) + 1);
    response.on("close", () => {
      if (!response.writableFinished) left.set(id, (left.get(id) ?? 0) + 1);
    });
    await answer(
      response,
      metadata[tier] ?? {},
      stream ? streamOf(tier, id, metadata[tier] ?? {}) : [jsonOf(tier, id, metadata[tier] ?? {})],
      stream,
    );
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
  await once(server, "listening");
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked, left };
}

async function answer(response: ServerResponse, script: Script, pieces: readonly string[], stream: boolean): Promise<void> {
  const { everyMs = 0, firstMs = 0, status = 200, gzip = false, ends } = script;
  if (firstMs > 0) await sleep(firstMs);
  const contentType = stream ? "text/event-stream" : "application/json";
  response.writeHead(status, { "content-type": contentType, ...(gzip ? { "content-encoding": "gzip" } : {}) });
  if (gzip) return void response.end(gzipSync(pieces.join("")));
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (everyMs > 0) await sleep(everyMs);
    response.write(piece);
  }
  if (ends === "reset") response.destroy();
  else response.end();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
