// Requests that nobody sent, answered before `serve` listens, by an instance that is made for them and thrown away. V8 compiles a function
// by what it has seen of it: without them it would compile for small bodies first, and anew when the first larger ones come, on the core
// that requests wait for (`npm run bench -- warm`).
import { startApp } from "../app.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { MessageWriter } from "../envoy/wire/message-writer.ts";
import { createLogger, type Logger } from "../outcome/telemetry/log.ts";
import { type RehearsalPeer, type RehearsedRequest, rehearsalPeer } from "./rehearsal-peer.ts";

/** Few, so that the start is not held up, but of each kind as many as V8 learns from: more lowered nothing that was measured. */
const ROUNDS = 4;
const CALLS_A_ROUND = [
  { bytes: 1 << 10, calls: 15 },
  { bytes: 16 << 10, calls: 15 },
  { bytes: 256 << 10, calls: 4 },
  { bytes: 1 << 20, calls: 1 },
] as const;
/** However slow the machine is. */
const WITHIN_MS = 1000;
const HOST = "127.0.0.1";

/** By the policies and tiers of `config`, and nothing else of it. Where it cannot be done, that is all: the server starts cold. */
export async function rehearse(config: Config, log: Logger): Promise<void> {
  const startedAt = performance.now();
  try {
    await rehearsed(config, startedAt + WITHIN_MS);
    log.debug({ ms: Math.round(performance.now() - startedAt) }, "rehearsed");
  } catch (error) {
    log.debug({ err: error }, "not rehearsed");
  }
}

async function rehearsed({ tiers, policies, active }: Config, until: number): Promise<void> {
  const defaults = await loadConfig(undefined);
  const listen = { ...defaults.listen, extProc: `${HOST}:0` };
  const app = await startApp({
    config: { ...defaults, listen, tiers, policies, active },
    log: createLogger({ level: "silent" }),
    isRehearsal: true,
    startAdmin: async () => ({ address: "", close: async () => {} }),
  });
  try {
    const peer = await rehearsalPeer(HOST, Number(app.extProcAddress.split(":").at(-1)));
    await play(peer, until).finally(() => peer.close());
  } finally {
    await app.close();
  }
}

async function play(peer: RehearsalPeer, until: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    for (const { bytes, calls } of CALLS_A_ROUND) {
      const request = rehearsedRequest(bytes, round);
      for (let call = 0; call < calls && performance.now() < until; call++) await peer.call(request);
    }
  }
}

const ASKED = ["Refactor this: ", "What does it say? "];
const SENTENCE = "The service reads a queue of jobs and writes rows to a table when each worker is ready. ";

/** A chat of about so many bytes as Envoy tells it: with a user and without, and with words that presets look for and without. */
export function rehearsedRequest(bytes: number, round: number): RehearsedRequest {
  const content = `${ASKED[round % 2]}${SENTENCE.repeat(Math.ceil(bytes / SENTENCE.length))}`.slice(0, bytes - 200);
  const messages = [
    { role: "system", content: "You are a helpful assistant." },
    { role: "user", content },
  ];
  const user = round < ROUNDS / 2 ? { user: "u-1" } : {};
  const body = Buffer.from(JSON.stringify({ model: "any", temperature: 0.7, ...user, messages }));
  return { headers: prefixed(headersMessage(body.length)), body: prefixed(bodyMessage(body)) };
}

/** In ProcessingRequest request_headers is field 2, request_body 4, and protocol_config 11, in which request_body_mode 1 is BUFFERED, 2. */
function headersMessage(contentLength: number): Uint8Array {
  const headers = [
    [":authority", "gateway"],
    [":method", "POST"],
    [":path", "/v1/chat/completions"],
    [":scheme", "http"],
    ["accept", "application/json"],
    ["authorization", "Bearer sk-0123456789abcdef"],
    ["content-length", String(contentLength)],
    ["content-type", "application/json"],
    ["user-agent", "OpenAI/Python"],
    ["x-forwarded-proto", "http"],
    ["x-request-id", "5a3c1b9e-4a55-4bb6-8f5d-2d3a6e1f0c77"],
  ] as const;
  const writer = new MessageWriter(1024);
  const end = writer.position;
  writer.varint(1, 2);
  writer.message(11, end);
  const headersEnd = writer.position;
  for (const [name, value] of headers.toReversed()) {
    const headerEnd = writer.position;
    writer.text(3, value);
    writer.text(1, name);
    writer.message(1, headerEnd);
  }
  writer.message(1, headersEnd);
  writer.message(2, headersEnd);
  return writer.result();
}

function bodyMessage(body: Uint8Array): Uint8Array {
  const writer = new MessageWriter(body.length + 32);
  const end = writer.position;
  writer.varint(2, 1); // the stream ends with it
  const bodyEnd = writer.position;
  writer.raw(body);
  writer.message(1, bodyEnd);
  writer.message(4, end);
  return writer.result();
}

function prefixed(message: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
