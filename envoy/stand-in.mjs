// Stand-in for a model server with OpenAI's and Anthropic's interfaces: it runs no model and says so in every answer. For the local stack,
// tests and load tests.
//
//   node envoy/stand-in.mjs --tier weak --port 9101      (port 0: any free one; prints one line with the address when ready)
//
// It answers POST /v1/chat/completions, /v1/completions, /v1/responses and /v1/messages, each in its own form (JSON, or events when
// `stream` is true), GET /v1/models and GET /health. Two request headers steer it:
//   x-stand-in-echo: 1      answers with what arrived: headers, byte length, SHA-256, top-level keys of the body
//   x-stand-in-echo: body   answers with the body as it arrived
//   x-stand-in-script: ...  items separated by commas:
//     503,reset,200         what each attempt gets (by x-envoy-attempt-count or, where Envoy does not send it, by how often this server
//                           has seen the x-request-id; the last one repeats)
//     weak=429              what this tier gets at every attempt; other tiers ignore it
//     delay=500             milliseconds before the first byte
//     chunk-delay=100       milliseconds between two streamed events
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const IDS_KEPT = 10_000; // request ids whose attempts are counted
const BYTES_PER_TOKEN = 4; // a rough English average: the usage figures are made up, only plausible
const DONE = "[DONE]"; // the last event of OpenAI's older interfaces

/** What an answer is made of, in whatever form. */
function answerOf(tier, bytes, path) {
  const text = `This is the ${tier} stand-in, not a model. It received a request of ${bytes} bytes.`;
  return {
    format: FORMATS.find(({ ending }) => path.endsWith(ending)) ?? CHAT_COMPLETIONS,
    model: `stand-in-${tier}`,
    text,
    words: text.match(/\S+\s*/g),
    inputTokens: Math.ceil(bytes / BYTES_PER_TOKEN),
    outputTokens: text.split(" ").length,
    created: Math.floor(Date.now() / 1000),
  };
}

// A form is `answer`, the whole as JSON, and `events`, the same in pieces: what comes before the words, one event a word, what follows.

function openAiUsage({ inputTokens, outputTokens }) {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

const CHAT_COMPLETIONS = {
  ending: "/chat/completions",
  answer(about) {
    const message = { role: "assistant", content: about.text };
    return {
      ...headOf("chatcmpl-stand-in", "chat.completion", about),
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage: openAiUsage(about),
    };
  },
  events(about, request) {
    const chunk = (choices, fields) => ({ ...headOf("chatcmpl-stand-in", "chat.completion.chunk", about), choices, ...fields });
    const delta = (content, finish) => chunk([{ index: 0, delta: content, finish_reason: finish }]);
    return {
      before: [delta({ role: "assistant", content: "" }, null)],
      words: about.words.map((content) => delta({ content }, null)),
      after: [delta({}, "stop"), ...usageAtEnd(request, chunk([], { usage: openAiUsage(about) })), DONE],
    };
  },
};

const COMPLETIONS = {
  ending: "/completions",
  answer(about) {
    return { ...textCompletion(about, about.text, "stop"), usage: openAiUsage(about) };
  },
  events(about, request) {
    const usage = { ...textCompletion(about, "", "stop"), choices: [], usage: openAiUsage(about) };
    return {
      before: [],
      words: about.words.map((word) => textCompletion(about, word, null)),
      after: [textCompletion(about, "", "stop"), ...usageAtEnd(request, usage), DONE],
    };
  },
};

function headOf(id, object, { created, model }) {
  return { id, object, created, model };
}

function textCompletion(about, text, finish) {
  return { ...headOf("cmpl-stand-in", "text_completion", about), choices: [{ index: 0, text, logprobs: null, finish_reason: finish }] };
}

/** OpenAI's older interfaces tell the usage of a streamed answer only to those who ask. */
function usageAtEnd(request, chunk) {
  return request.stream_options?.include_usage === true ? [chunk] : [];
}

const RESPONSES = {
  ending: "/responses",
  answer(about) {
    return responseOf(about, "completed", [outputItem("completed", [outputText(about.text)])]);
  },
  events(about) {
    const started = responseOf(about, "in_progress", []);
    const item = { item_id: OUTPUT_ITEM_ID, output_index: 0, content_index: 0 };
    const before = [
      { type: "response.created", response: started },
      { type: "response.in_progress", response: started },
      { type: "response.output_item.added", output_index: 0, item: outputItem("in_progress", []) },
      { type: "response.content_part.added", ...item, part: outputText("") },
    ];
    const words = about.words.map((delta) => ({ type: "response.output_text.delta", ...item, delta, logprobs: [] }));
    const after = [
      { type: "response.output_text.done", ...item, text: about.text, logprobs: [] },
      { type: "response.content_part.done", ...item, part: outputText(about.text) },
      { type: "response.output_item.done", output_index: 0, item: outputItem("completed", [outputText(about.text)]) },
      { type: "response.completed", response: this.answer(about) },
    ];
    const numbered = (events, from) => events.map((event, at) => ({ ...event, sequence_number: from + at }));
    return {
      before: numbered(before, 0),
      words: numbered(words, before.length),
      after: numbered(after, before.length + words.length),
    };
  },
};

const OUTPUT_ITEM_ID = "msg-stand-in";

function responseOf({ created, model, inputTokens, outputTokens }, status, output) {
  const usage = {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  };
  return {
    id: "resp-stand-in",
    object: "response",
    created_at: created,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model,
    output,
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    usage: status === "completed" ? usage : null,
  };
}

function outputItem(status, content) {
  return { id: OUTPUT_ITEM_ID, type: "message", role: "assistant", status, content };
}

function outputText(text) {
  return { type: "output_text", text, annotations: [] };
}

const MESSAGES = {
  ending: "/messages",
  answer(about) {
    return messageOf(about, [{ type: "text", text: about.text }], "end_turn", about.outputTokens);
  },
  events(about) {
    return {
      before: [
        { type: "message_start", message: messageOf(about, [], null, 1) },
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        { type: "ping" },
      ],
      words: about.words.map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
      after: [
        { type: "content_block_stop", index: 0 },
        {
          type: "message_delta",
          delta: { stop_reason: "end_turn", stop_sequence: null },
          usage: { output_tokens: about.outputTokens },
        },
        { type: "message_stop" },
      ],
    };
  },
};

function messageOf({ model, inputTokens }, content, stopReason, outputTokens) {
  const usage = { input_tokens: inputTokens, output_tokens: outputTokens };
  return { id: "msg-stand-in", type: "message", role: "assistant", model, content, stop_reason: stopReason, stop_sequence: null, usage };
}

/** Longer endings stand in front of what they end with. */
const FORMATS = [CHAT_COMPLETIONS, COMPLETIONS, RESPONSES, MESSAGES];

const attemptsById = new Map();

function attemptOf(headers) {
  const counted = headers["x-envoy-attempt-count"];
  const id = headers["x-request-id"];
  if (counted !== undefined || id === undefined) return Number(counted ?? 1);
  const attempt = (attemptsById.get(id) ?? 0) + 1;
  attemptsById.set(id, attempt);
  if (attemptsById.size > IDS_KEPT) attemptsById.delete(attemptsById.keys().next().value); // the oldest
  return attempt;
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

function sendBodyBack(response, tier, { headers }, body) {
  const contentType = headers["content-type"] ?? "application/octet-stream";
  response.writeHead(200, { "content-type": contentType, "content-length": body.length, "x-stand-in": tier });
  response.end(body);
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

/** An event with a type carries it in front of its data too, as the newer interfaces do. */
function eventText(event) {
  if (event === DONE) return "data: [DONE]\n\n";
  const name = event.type === undefined ? "" : `event: ${event.type}\n`;
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}

async function streamAnswer(response, tier, { before, words, after }, chunkDelayMs) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", "x-stand-in": tier });
  for (const event of before) response.write(eventText(event));
  for (const event of words) {
    if (response.destroyed) return;
    if (chunkDelayMs > 0) await sleep(chunkDelayMs);
    response.write(eventText(event));
  }
  response.end(after.map(eventText).join(""));
}

async function answer(settings, request, response, body) {
  const { tier } = settings;
  const attempt = attemptOf(request.headers);
  const script = readScript(request.headers["x-stand-in-script"] ?? "", tier, attempt);
  if (script.delayMs > 0) await sleep(script.delayMs);
  if (script.outcome === "reset") return request.socket.destroy();
  const status = /^[2-5]\d\d$/.test(script.outcome) ? Number(script.outcome) : 400; // an unreadable script is the caller's mistake
  if (status !== 200) return sendError(response, status, tier, script.outcome);
  if (request.headers["x-stand-in-echo"] === "body") return sendBodyBack(response, tier, request, body);
  if (request.headers["x-stand-in-echo"] !== undefined) return sendEcho(response, tier, request, body, attempt);
  if (request.url === "/health") return sendJson(response, 200, tier, { status: "ok", stand_in: tier });
  if (request.url === "/v1/models") {
    return sendJson(response, 200, tier, {
      object: "list",
      data: [{ id: `stand-in-${tier}`, object: "model", created: 0, owned_by: "stand-in" }],
    });
  }
  const about = answerOf(tier, body.length, request.url.split("?")[0]);
  // Parsing a large body costs more than the rest together: only one that mentions streaming can ask for it.
  const asked = body.includes('"stream"') ? parsed(body) : undefined;
  if (asked?.stream !== true) return sendJson(response, 200, tier, about.format.answer(about));
  return streamAnswer(response, tier, about.format.events(about, asked), script.chunkDelayMs ?? settings.chunkDelayMs);
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
