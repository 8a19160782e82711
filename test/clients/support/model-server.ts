// The server of a tier: answers every format by a script, and sends each event of a stream only when the one before has come out of Envoy.
// So an answer that anything on its way holds back does not get further, however short its time.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { waitUntil } from "../../../src/setup/stack/wait-until.ts";
import { stopAtEnd } from "../../support/teardown.ts";
import { answerIn, type ChatFormat, type ToolInput, type Turn } from "./answers.ts";
import { type Asked, type Given, givenBy, offeredIn, toolResults } from "./given.ts";

const CHARS_A_TOKEN = 4;
const EVENT_MS = 10_000; // what an event has to come out of Envoy; it takes 1

export interface Received {
  readonly id: string; // Envoy's
  readonly tier: string; // whose server got it
  readonly attempt: string; // Envoy's count
  readonly path: string;
  readonly reason: string; // why it came here, by sluice
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  streamed: "no" | "one by one" | "held back";
}

export interface ToolCall {
  readonly name: string;
  readonly namespace?: string; // of Codex's tools that stand in one
  readonly arguments: ToolInput;
}

/** What is answered. A tool is called where the request offers it and brings fewer results than there are rounds; then comes the text. */
export interface Script {
  text: string; // {tier} becomes the server's name
  call?: ((offered: readonly string[], asked: Scene) => ToolCall | undefined) | undefined;
  rounds?: number; // of calls; one where it is not said
}

export interface Scene {
  readonly results: number; // of tools, in all that the request brings
  readonly body: string;
}

export interface ModelServerOptions {
  readonly tier: string;
  readonly script: () => Script;
  readonly received: Received[];
  readonly passedOn: (id: string) => number; // bytes of an answer that have come out of Envoy
  readonly thinks?: ((tier: string) => boolean) | undefined; // seals a thought with each answer; not where it is not said
  readonly refusesForeign?: boolean; // 400 for what it did not give out itself
}

const FORMAT_OF: Readonly<Record<string, ChatFormat>> = {
  "/v1/chat/completions": "chat-completions",
  "/v1/responses": "responses",
  "/v1/messages": "messages",
};

/** Its address, host:port. */
export async function startModelServer(options: ModelServerOptions): Promise<string> {
  const given = givenBy(options.tier);
  const server = createServer((request, response) => void serve({ ...options, given }, request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopAtEnd(async () => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Serving = ModelServerOptions & { readonly given: Given };

async function serve(options: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const [path, header] = [request.url ?? "", (name: string) => String(request.headers[name] ?? "")];
  const entry: Received = {
    id: header("x-request-id"),
    tier: options.tier,
    attempt: header("x-envoy-attempt-count"),
    path,
    reason: decodeURIComponent(header("x-sluice-reason")),
    headers: request.headers,
    body,
    streamed: "no",
  };
  options.received.push(entry);
  const format = FORMAT_OF[path.replace(/\?.*/, "")];
  if (format === undefined || request.method !== "POST") return sendWhole(response, besidesChats(path));
  const asked = parsed(body);
  if (asked === undefined) return sendWhole(response, { error: { message: "the body is no JSON", type: "invalid_request_error" } }, 400);
  const refusal = options.refusesForeign ? options.given.refusalOf(asked) : undefined;
  if (refusal !== undefined) return sendWhole(response, { type: "error", error: { type: "invalid_request_error", message: refusal } }, 400);
  const { whole, events } = answerIn(format, turnOf(options, asked, body.toString("utf8")));
  if (asked.stream !== true) return sendWhole(response, whole);
  response.writeHead(200, { "content-type": "text/event-stream" });
  entry.streamed = "one by one";
  let bytes = 0;
  for (const event of events) {
    response.write(event);
    bytes += Buffer.byteLength(event);
    const out = await waitUntil(() => response.destroyed || options.passedOn(entry.id) >= bytes, EVENT_MS);
    if (out === undefined) entry.streamed = "held back";
  }
  response.end();
}

function parsed(body: Buffer): Asked | undefined {
  try {
    return JSON.parse(body.toString("utf8")) as Asked;
  } catch {
    return undefined; // for the test to report: a connection that breaks would be tried anew
  }
}

function turnOf({ tier, script, given, thinks }: Serving, asked: Asked, body: string): Turn {
  const { text, call, rounds = 1 } = script();
  const results = toolResults(asked).length;
  const wanted = results < rounds ? call?.(offeredIn(asked), { results, body }) : undefined;
  const more = { ...given.next(thinks?.(tier) ?? false), inputTokens: Math.ceil(body.length / CHARS_A_TOKEN) };
  return wanted === undefined ? { kind: "text", text: text.replaceAll("{tier}", tier), ...more } : { kind: "call", ...wanted, ...more };
}

function besidesChats(path: string): object {
  if (path.startsWith("/v1/messages/count_tokens")) return { input_tokens: 9 };
  return { object: "list", data: [], models: [] };
}

function sendWhole(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
