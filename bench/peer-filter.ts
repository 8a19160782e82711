// A filter to compare with, as a process of its own: `node bench/peer-filter.ts TRANSPORT JOB`. It says on standard output where it
// listens. What it does is what a plain filter does, no more: no limits, no metrics, no log, and it trusts what comes.
import { TRANSPORTS, type Transport } from "../src/config/capabilities/listen.ts";
import { PRESETS } from "../src/config/presets.ts";
import { startGrpcJsServer } from "../src/envoy/grpc/grpc-js-server.ts";
import { startHttp2Server } from "../src/envoy/grpc/http2/server.ts";
import type { Call, CallHandler, OpenCall } from "../src/envoy/grpc/transport.ts";
import { EXT_PROC_METHOD } from "../src/envoy/wire/methods.ts";
import { decodeProcessingRequest } from "../src/envoy/wire/processing-request.ts";
import { bodyReplyInParts, encodeBodyReply, encodeHeadersReply } from "../src/envoy/wire/processing-response.ts";

/**
 * `empty`: replies that change nothing, to messages that nobody reads. `echo`: a header, and the body as it came, which is what any filter
 * does that takes a member out of it. `json`: the whole job by way of JSON.parse.
 */
export type PeerJob = (typeof JOB_NAMES)[number];
const JOB_NAMES = ["empty", "echo", "json"] as const;

const JOBS: Readonly<Record<PeerJob, OpenCall>> = {
  empty: handlerOf((call) => call.send(encodeBodyReply("request"))),
  echo: handlerOf(echo),
  json: handlerOf((call, message) => call.send(routed(message))),
};
const SERVERS = { http2: startHttp2Server, "grpc-js": startGrpcJsServer } as const;
const MAX_MESSAGE_BYTES = 64 << 20;
const COPIED_BYTES = 64 << 10; // more is sent in parts, as sluice does

/** Envoy sends the headers, then the body in one message. */
function handlerOf(replyToBody: (call: Call, message: Uint8Array) => void): OpenCall {
  return (call: Call): CallHandler => {
    let hasHeaders = false;
    return {
      message(bytes) {
        if (hasHeaders) {
          replyToBody(call, bytes);
          call.finish();
        } else call.send(encodeHeadersReply("request"));
        hasHeaders = true;
      },
      halfClosed: () => call.finish(),
      closed() {},
    };
  };
}

function echo(call: Call, message: Uint8Array): void {
  const body = bodyIn(message);
  const headers = { set: [["x-sluice-tier", "weak"] as const, ["content-length", String(body.length)] as const], remove: [] };
  const reply = { headers, body: [body], clearRouteCache: true };
  if (body.length <= COPIED_BYTES || call.sendParts === undefined) call.send(encodeBodyReply("request", reply));
  else call.sendParts(bodyReplyInParts("request", reply));
}

function bodyIn(message: Uint8Array): Uint8Array {
  const request = decodeProcessingRequest(message);
  if (request.kind !== "request-body") throw new Error(`a body was to come, not ${request.kind}`);
  return request.body;
}

interface Chat {
  model?: unknown;
  readonly messages: readonly { readonly content: string | readonly { readonly type: string; readonly text?: string }[] }[];
}

/** The rule of preset v7: a keyword, more than so many characters, or more than so many messages. */
function routed(message: Uint8Array): Uint8Array {
  const body = bodyIn(message);
  const chat = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()) as Chat;
  const text = chat.messages.flatMap(({ content }) => (typeof content === "string" ? [content] : content.map((part) => part.text ?? "")));
  const joined = text.join(" ").toLowerCase();
  const { keywords, maxChars, maxTurns } = PRESETS.v7;
  const isHard = joined.length > maxChars || chat.messages.length > maxTurns || keywords.some((keyword) => joined.includes(keyword));
  delete chat.model;
  const newBody = Buffer.from(JSON.stringify(chat));
  const tier = ["x-sluice-tier", isHard ? "strong" : "weak"] as const;
  return encodeBodyReply("request", {
    headers: { set: [tier, ["content-length", String(newBody.length)]], remove: [] }, // Envoy leaves it to the filter
    body: [newBody],
    clearRouteCache: true,
  });
}

function chosen<Name extends string>(names: readonly Name[], text: string | undefined): Name {
  const name = names.find((candidate) => candidate === text);
  if (name === undefined) throw new Error(`${text} is none of ${names.join(", ")}`);
  return name;
}

const transport: Transport = chosen(TRANSPORTS, process.argv[2]);
const open = JOBS[chosen(JOB_NAMES, process.argv[3])];
const services = new Map([[EXT_PROC_METHOD, open]]);
const server = await SERVERS[transport]({ address: "127.0.0.1:0", services, maxMessageBytes: MAX_MESSAGE_BYTES });
process.on("SIGTERM", () => process.exit());
console.log(`listening on 127.0.0.1:${server.port}`);
