// The server of a tier: answers every format by a script, and sends each event of a stream only when the one before has come out of Envoy.
// So an answer that anything on its way holds back does not get further, however short its time.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { waitUntil } from "../../../src/setup/stack/wait-until.ts";
import { stopAtEnd } from "../../support/teardown.ts";
import { answerIn, type ChatFormat, type ToolInput, type Turn } from "./answers.ts";

const EVENT_MS = 10_000; // what an event has to come out of Envoy; it takes 1

export interface Received {
  readonly id: string; // Envoy's
  readonly tier: string; // whose server got it
  readonly attempt: string; // Envoy's count
  readonly path: string;
  readonly body: Buffer;
  streamed: "no" | "one by one" | "held back";
}

export interface ToolCall {
  readonly name: string;
  readonly arguments: ToolInput;
}

/** What is answered. A tool is called where the request offers it and brings fewer results than there are rounds; then comes the text. */
export interface Script {
  text: string; // {tier} becomes the server's name
  call?: ((offered: readonly string[]) => ToolCall | undefined) | undefined;
  rounds?: number; // of calls; one where it is not said
}

export interface ModelServerOptions {
  readonly tier: string;
  readonly script: () => Script;
  readonly received: Received[];
  readonly passedOn: (id: string) => number; // bytes of an answer that have come out of Envoy
}

const FORMAT_OF: Readonly<Record<string, ChatFormat>> = {
  "/v1/chat/completions": "chat-completions",
  "/v1/responses": "responses",
  "/v1/messages": "messages",
};

/** Its address, host:port. */
export async function startModelServer(options: ModelServerOptions): Promise<string> {
  const server = createServer((request, response) => void serve(options, request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopAtEnd(async () => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(options: ModelServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const [path, header] = [request.url ?? "", (name: string) => String(request.headers[name] ?? "")];
  const entry: Received = {
    id: header("x-request-id"),
    tier: options.tier,
    attempt: header("x-envoy-attempt-count"),
    path,
    body,
    streamed: "no",
  };
  options.received.push(entry);
  const format = FORMAT_OF[path.replace(/\?.*/, "")];
  if (format === undefined || request.method !== "POST") return sendWhole(response, besidesChats(path));
  const asked = parsed(body);
  if (asked === undefined) return sendWhole(response, { error: { message: "the body is no JSON", type: "invalid_request_error" } }, 400);
  const { whole, events } = answerIn(format, turnOf(options, asked));
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

interface Asked extends Offer {
  readonly stream?: boolean;
  readonly messages?: readonly { readonly role: string; readonly content?: unknown }[];
  readonly input?: unknown; // Codex brings tools in items too
}

/** A tool, or what brings tools. */
interface Offer {
  readonly name?: string;
  readonly function?: { readonly name: string };
  readonly tools?: readonly Offer[];
}

const offeredBy = ({ name, tools = [], ...tool }: Offer): readonly string[] =>
  [tool.function?.name ?? name ?? [], tools.flatMap(offeredBy)].flat();

function parsed(body: Buffer): Asked | undefined {
  try {
    return JSON.parse(body.toString("utf8")) as Asked;
  } catch {
    return undefined; // for the test to report: a connection that breaks would be tried anew
  }
}

function turnOf({ tier, script }: ModelServerOptions, asked: Asked): Turn {
  const { text, call, rounds = 1 } = script();
  const offered = [asked, ...(Array.isArray(asked.input) ? (asked.input as readonly Offer[]) : [])].flatMap(offeredBy);
  const round = toolResults(asked);
  const wanted = round < rounds ? call?.(offered) : undefined;
  return wanted === undefined ? { kind: "text", text: text.replaceAll("{tier}", tier) } : { kind: "call", round, ...wanted };
}

function toolResults({ messages = [], input }: Asked): number {
  const parts = [messages, messages.map(({ content }) => content), input].flat(2) as ({ role?: string; type?: string } | undefined)[];
  return parts.filter((part) => part?.role === "tool" || /^(?:tool_result|(?:function|custom_tool)_call_output)$/.test(part?.type ?? ""))
    .length;
}

function besidesChats(path: string): object {
  if (path.startsWith("/v1/messages/count_tokens")) return { input_tokens: 9 };
  return { object: "list", data: [], models: [] };
}

function sendWhole(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
