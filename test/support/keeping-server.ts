// A model server that keeps what it gives out, and refuses what another one did: responses, conversations, files, containers, and thinking
// that it signs or encrypts.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { stopAtEnd } from "./teardown.ts";

export interface KeepingServer {
  readonly address: string;
  /** While true it answers 503. */
  busy: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const made = (kind: string) => `${kind}_${randomBytes(24).toString("hex")}`;
/** A member that refers to what is kept, wherever it stands; `id` only in an item that refers. */
const REFERENCE = /"(?:previous_response_id|conversation|container|file_id|signature|encrypted_content)":"([^"]+)"/g;

export async function startKeepingServer(name: string): Promise<KeepingServer> {
  const kept = new Set<string>();
  const keep = (kind: string) => {
    const id = made(kind);
    kept.add(id);
    return id;
  };
  const state = { address: "", busy: false };

  const answer = (path: string, body: string): Json => {
    const model = `${name}-2026`;
    switch (path) {
      case "/v1/responses": {
        const output = [{ type: "reasoning", id: keep("rs"), encrypted_content: keep("gAAAA"), summary: [] }];
        return { id: keep("resp"), object: "response", status: "completed", model, output, usage: { input_tokens: 9, output_tokens: 5 } };
      }
      case "/v1/messages": {
        const content = [
          { type: "thinking", thinking: "hm", signature: keep("Eq") },
          { type: "text", text: name },
        ];
        const usage = { input_tokens: 9, output_tokens: 5 };
        return { id: made("msg"), type: "message", role: "assistant", model, content, container: { id: keep("cntr") }, usage };
      }
      case "/v1/files":
        return { id: keep("file"), object: "file", bytes: body.length };
      case "/v1/conversations":
        return { id: keep("conv"), object: "conversation" };
      default:
        return { id: made("chatcmpl"), object: "chat.completion", model, choices: [{ message: { content: name }, finish_reason: "stop" }] };
    }
  };

  const respond = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    const [path = ""] = (request.url ?? "").split("?");
    const send = (status: number, json: Json) => {
      response.writeHead(status, { "content-type": "application/json", "x-served-by": name });
      response.end(JSON.stringify(json));
    };
    if (state.busy) return send(503, { error: { message: "busy" } });
    const asked = [...body.matchAll(REFERENCE)].map((match) => match[1] ?? "");
    const [, inPath] = /^\/v1\/(?:responses|files|conversations)\/([^/]+)/.exec(path) ?? [];
    const foreign = [...asked, ...(inPath === undefined ? [] : [inPath])].find((id) => !kept.has(id));
    if (foreign !== undefined) return send(inPath === undefined ? 400 : 404, { error: { message: `${foreign} is not known here` } });
    if (inPath !== undefined) return send(200, { id: inPath, served: name });
    const json = answer(path, body);
    if (!body.includes('"stream":true')) return send(200, json);
    response.writeHead(200, { "content-type": "text/event-stream", "x-served-by": name });
    const event = (type: string, data: Json) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    event("response.created", { response: { ...json, status: "in_progress", output: [] } });
    event("response.output_text.delta", { delta: name });
    event("response.completed", { response: json });
    response.end();
  };

  const server = createServer((request, response) => {
    void buffer(request).then((bytes) => respond(request, bytes.toString(), response));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  state.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}
