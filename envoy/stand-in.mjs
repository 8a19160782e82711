// Stand-in for an OpenAI-compatible model server: it runs no model and says so in every answer. For the local stack, tests and load tests.
//
//   node envoy/stand-in.mjs --tier weak --port 9101      (port 0: any free one; prints one line with the address when ready)
//
// It answers POST /v1/chat/completions (JSON, or events when `stream` is true), GET /v1/models and GET /health. Two request headers steer
// it:
//   x-stand-in-echo: 1      answers with what arrived: headers, byte length, SHA-256, top-level keys of the body
//   x-stand-in-script: ...  items separated by commas:
//     503,reset,200         what each attempt gets (attempt number from x-envoy-attempt-count; the last one repeats)
//     weak=429              what this tier gets at every attempt; other tiers ignore it
//     delay=500             milliseconds before the first byte
//     chunk-delay=100       milliseconds between two streamed events
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const BYTES_PER_TOKEN = 4; // a rough English average: the usage figures are made up, only plausible

function textOf(tier, bytes) {
  return `This is the ${tier} stand-in, not a model. It received a request of ${bytes} bytes.`;
}

function usageOf(tier, bytes) {
  const prompt = Math.ceil(bytes / BYTES_PER_TOKEN);
  const completion = textOf(tier, bytes).split(" ").length;
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/** What the script header asks of this tier at this attempt. */
function readScript(header, tier, attempt) {
  const script = { outcome: "200", delayMs: 0, chunkDelayMs: undefined };
  const attempts = [];
  for (const item of header.split(",").map((part) => part.trim())) {
    if (item === "") continue;
    const [name, value] = item.split("=");
    if (value === undefined) attempts.push(name);
    else if (name === "delay") script.delayMs = Number(value);
    else if (name === "chunk-delay") script.chunkDelayMs = Number(value);
    else if (name === tier) script.outcome = value;
  }
  if (attempts.length > 0) script.outcome = attempts[Math.min(attempt, attempts.length) - 1];
  return script;
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // compressed, multipart or not JSON: a stand-in takes anything
  }
}

function sendJson(response, status, tier, value) {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length, "x-stand-in": tier });
  response.end(body);
}

function sendError(response, status, tier, outcome) {
  const message = `The ${tier} stand-in was told to answer ${outcome}.`;
  sendJson(response, status, tier, { error: { message, type: "stand_in_script", param: null, code: String(status) } });
}

function sendEcho(response, tier, request, body, attempt) {
  const value = parsed(body);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  sendJson(response, 200, tier, {
    stand_in: tier,
    attempt,
    method: request.method,
    path: request.url,
    headers: request.headers,
    bytes: body.length,
    sha256: createHash("sha256").update(body).digest("hex"),
    keys: isObject ? Object.keys(value) : null,
    model: isObject ? (value.model ?? null) : null,
  });
}

function sendCompletion(response, tier, bytes) {
  sendJson(response, 200, tier, {
    id: "chatcmpl-stand-in",
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: `stand-in-${tier}`,
    choices: [{ index: 0, message: { role: "assistant", content: textOf(tier, bytes) }, finish_reason: "stop" }],
    usage: usageOf(tier, bytes),
  });
}

async function streamCompletion(response, tier, bytes, chunkDelayMs, includeUsage) {
  const base = {
    id: "chatcmpl-stand-in",
    object: "chat.completion.chunk",
    created: Math.floor(Date.now() / 1000),
    model: `stand-in-${tier}`,
  };
  const send = (fields) => response.write(`data: ${JSON.stringify({ ...base, ...fields })}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", "x-stand-in": tier });
  send({ choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] });
  for (const word of textOf(tier, bytes).match(/\S+\s*/g)) {
    if (response.destroyed) return;
    if (chunkDelayMs > 0) await sleep(chunkDelayMs);
    send({ choices: [{ index: 0, delta: { content: word }, finish_reason: null }] });
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  if (includeUsage) send({ choices: [], usage: usageOf(tier, bytes) });
  response.end("data: [DONE]\n\n");
}

async function answer(settings, request, response, body) {
  const { tier } = settings;
  const attempt = Number(request.headers["x-envoy-attempt-count"] ?? 1);
  const script = readScript(request.headers["x-stand-in-script"] ?? "", tier, attempt);
  if (script.delayMs > 0) await sleep(script.delayMs);
  if (script.outcome === "reset") return request.socket.destroy();
  const status = /^[2-5]\d\d$/.test(script.outcome) ? Number(script.outcome) : 400; // an unreadable script is the caller's mistake
  if (status !== 200) return sendError(response, status, tier, script.outcome);
  if (request.headers["x-stand-in-echo"] !== undefined) return sendEcho(response, tier, request, body, attempt);
  if (request.url === "/health") return sendJson(response, 200, tier, { status: "ok", stand_in: tier });
  if (request.url === "/v1/models") {
    return sendJson(response, 200, tier, {
      object: "list",
      data: [{ id: `stand-in-${tier}`, object: "model", created: 0, owned_by: "stand-in" }],
    });
  }
  // Parsing a large body costs more than the rest together: only one that mentions streaming can ask for it.
  const chat = body.includes('"stream"') ? parsed(body) : undefined;
  if (chat?.stream !== true) return sendCompletion(response, tier, body.length);
  const chunkDelayMs = script.chunkDelayMs ?? settings.chunkDelayMs;
  return streamCompletion(response, tier, body.length, chunkDelayMs, chat.stream_options?.include_usage === true);
}

function main() {
  const { values } = parseArgs({
    options: {
      tier: { type: "string", default: "weak" },
      port: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
      "chunk-delay": { type: "string", default: "0" },
    },
  });
  const settings = { tier: values.tier, chunkDelayMs: Number(values["chunk-delay"]) };
  // An idle connection outlives Envoy's interest in it: a server that closes first makes requests fail by chance.
  const server = createServer({ keepAliveTimeout: 3_600_000, requestTimeout: 0 }, (request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => answer(settings, request, response, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
  });
  server.on("error", (error) => {
    console.error(`stand-in ${values.tier}: ${error.message}`);
    process.exit(1);
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
  server.listen({ port: Number(values.port), host: values.host, backlog: 4096 }, () => {
    console.log(`stand-in ${values.tier} ready on ${values.host}:${server.address().port}`);
  });
}

main();
