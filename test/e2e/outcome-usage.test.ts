// What was used, through a real Envoy: exact where an answer says so, whichever way sluice is shown it, and estimated where none does.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY, startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { withAnswersOnMainFilter, withUsageFilter } from "../support/optional-lines.ts";
import { connectTo, postHead } from "../support/raw-http.ts";
import { chat } from "../support/requests.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const OUTCOME_MS = 5_000; // far over Envoy's flush interval and sluice's own wait

const WAYS = [ENVOY_VERSION, OLDEST_ENVOY].flatMap(
  (version) =>
    [
      [version, "a filter that observes answers", withUsageFilter],
      [version, "answers on the main filter", withAnswersOnMainFilter],
    ] as const,
);

describe.each(WAYS)("on Envoy %s with %s", (version, _way, edit) => {
  const outcomes: Outcome[] = [];
  let app: App;
  let envoy: TestEnvoy;

  beforeAll(async () => {
    const config = parseConfig(
      `listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }
tiers:
  - { name: weak, price: { inputPerMTok: 1, outputPerMTok: 2 } }
  - { name: strong, price: { inputPerMTok: 10, outputPerMTok: 20 } }`,
      "test",
    );
    app = await startApp({ config, log: createLogger({ level: "silent" }), onOutcome: (outcome) => outcomes.push(outcome) });
    stopAtEnd(app.close);
    const [{ weak }, strong] = await Promise.all([startStandIns(), startCompressingServer()]);
    envoy = await startEnvoy({ version, sluice: app.extProcAddress, weak: weak.address, strong, edit });
  });

  const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${envoy.url}${path}`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });

  /** The one that is not there yet when `act` begins. */
  async function outcomeOf(act: () => Promise<unknown>): Promise<Outcome> {
    const before = outcomes.length;
    await act();
    return waitFor("the outcome", () => outcomes[before], OUTCOME_MS);
  }

  const streamed = { stream: true, stream_options: { include_usage: true } };
  it.each([
    ["/v1/chat/completions", { messages: [{ role: "user", content: "hello" }] }],
    ["/v1/chat/completions", { messages: [{ role: "user", content: "hello" }], ...streamed }],
    ["/v1/completions", { prompt: "hello" }],
    ["/v1/completions", { prompt: "hello", ...streamed }],
    ["/v1/responses", { input: "hello" }],
    ["/v1/responses", { input: "hello", stream: true }],
    ["/v1/messages", { messages: [{ role: "user", content: "hello" }] }],
    ["/v1/messages", { messages: [{ role: "user", content: "hello" }], stream: true }],
  ])("%s %j: the tokens and the cost are what the model server says", async (path, body) => {
    let said = "";
    const outcome = await outcomeOf(async () => {
      said = await (await post(path, JSON.stringify(body))).text();
    });
    // The stand-in's: a token for each 4 bytes of the body, and one for each word.
    const numbers = (name: string) => [...said.matchAll(new RegExp(`"${name}":(\\d+)`, "g"))].map((match) => Number(match[1]));
    const inputTokens = [...numbers("prompt_tokens"), ...numbers("input_tokens")].at(-1) ?? 0;
    const outputTokens = [...numbers("completion_tokens"), ...numbers("output_tokens")].at(-1) ?? 0;
    expect(inputTokens * outputTokens).toBeGreaterThan(0);
    expect(outcome).toMatchObject({
      kind: "joined",
      served: { tier: "weak" },
      cost: { basis: "exact", inputTokens, outputTokens, costUsd: (inputTokens * 1 + outputTokens * 2) / 1e6 },
    });
  });

  it("a streamed answer whose client did not ask for usage is estimated", async () => {
    const outcome = await outcomeOf(async () => (await post("/v1/chat/completions", chat("hello", { stream: true }))).text());
    expect(outcome).toMatchObject({ kind: "joined", cost: { basis: "estimated" } });
    expect(outcome.cost?.outputTokens).toBeGreaterThan(0);
  });

  it("a compressed answer is estimated, and arrives as it was sent", async () => {
    let text = "";
    const outcome = await outcomeOf(async () => {
      text = await (await post("/v1/chat/completions", chat("design it"))).text();
    });
    expect(JSON.parse(text)).toEqual(COMPRESSED_ANSWER);
    expect(outcome).toMatchObject({ served: { tier: "strong" }, cost: { basis: "estimated" } });
  });

  it("what a client leaves in the middle is estimated, and leaves no call behind", async () => {
    const outcome = await outcomeOf(async () => {
      const socket = await connectTo(envoy.url);
      const body = chat("hello", { stream: true });
      socket.write(`${postHead([`content-length: ${body.length}`, "x-stand-in-script: chunk-delay=50"])}${body}`);
      await once(socket, "data");
      socket.destroy();
    });
    expect(outcome).toMatchObject({ kind: "joined", cost: { basis: "estimated" } });
    expect(outcome.served?.responseFlags).toContain("DC");
    const inFlight = () => metric(`http://${app.adminAddress}`, "sluice_streams_in_flight");
    await waitFor("no call is left", async () => (await inFlight()) === 0);
  });

  it("what was said counts, though the client leaves behind [DONE] before the server closes", async () => {
    const outcome = await outcomeOf(async () => {
      const socket = await connectTo(envoy.url);
      const body = chat("design a stream", { stream: true });
      socket.write(`${postHead([`content-length: ${body.length}`, "x-kind: lingering"])}${body}`);
      let text = "";
      socket.on("data", (piece) => {
        text += String(piece);
      });
      await waitFor("[DONE]", () => text.includes("[DONE]"), OUTCOME_MS);
      socket.destroy();
    });
    expect(outcome.served?.responseFlags).toContain("DC");
    expect(outcome).toMatchObject({
      failure: undefined,
      cost: { basis: "exact", inputTokens: 371, cachedInputTokens: 300, outputTokens: 9 },
    });
  });

  it.each([
    ["error-event", "error"],
    ["error-body", "error"],
    ["cut-short", "cut-short"],
    ["reset", "cut-short"],
  ])("an answer that failed behind a good status (%s) failed: %s", async (kind, failure) => {
    const outcome = await outcomeOf(async () => {
      const response = await post("/v1/chat/completions", chat("design it", { stream: true }), { "x-kind": kind });
      expect(response.status).toBe(200);
      await response.text().catch(() => "");
    });
    expect(outcome).toMatchObject({ kind: "joined", served: { status: 200, tier: "strong" }, failure });
  });

  it("what is no chat has no tokens and no cost", async () => {
    const upload = () => post("/v1/files", "x".repeat(1 << 20), { "content-type": "multipart/form-data; boundary=x" });
    const outcome = await outcomeOf(async () => (await upload()).text());
    expect(outcome).toMatchObject({ isChat: false, cost: undefined });
  });

  it("the events of an answer arrive one by one", async () => {
    const arrivals: number[] = [];
    await outcomeOf(async () => {
      const response = await post("/v1/messages", chat("hello", { stream: true }), { "x-stand-in-script": "chunk-delay=40" });
      for await (const piece of response.body ?? []) if (piece.length > 0) arrivals.push(performance.now());
    });
    const gaps = arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? 0));
    expect(gaps.filter((gap) => gap > 20).length).toBeGreaterThan(10);
  });

  it("hundreds of answers at a time: each is exact, whichever of the two connections was first, and Envoy saw no failure", async () => {
    const before = outcomes.length;
    const worker = async (index: number) => {
      for (let at = 0; at < 25; at++) {
        const fields = (at + index) % 2 === 0 ? {} : streamed;
        await (await post("/v1/chat/completions", chat("hello", fields))).text();
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, index) => worker(index)));
    await waitFor("all outcomes", () => outcomes.length === before + 400, OUTCOME_MS);
    expect(outcomes.slice(before).filter(({ cost }) => cost?.basis !== "exact")).toEqual([]);
    const problems = await envoy.stats("ext_proc.*(streams_failed|failure_mode_allowed|message_timeouts|spurious_msgs_received)$");
    expect([...problems.values()].filter((count) => count > 0)).toEqual([]);
  });
});

const COMPRESSED_ANSWER = { choices: [{ message: { content: "a" } }], usage: { prompt_tokens: 999, completion_tokens: 999 } };

const EVENT = `data: ${JSON.stringify({ choices: [{ delta: { content: "a" }, finish_reason: null }] })}\n\n`;
const LAST_EVENTS = `data: ${JSON.stringify({
  choices: [],
  usage: { prompt_tokens: 371, prompt_tokens_details: { cached_tokens: 300 }, completion_tokens: 9 },
})}\n\ndata: [DONE]\n\n`;

/** Answers as `x-kind` says: an answer that fails behind its status, or a server that lingers behind the answer's end. */
function answerOfKind(kind: string, response: ServerResponse): void {
  response.writeHead(200, { "content-type": kind === "error-body" ? "application/json" : "text/event-stream" });
  switch (kind) {
    case "lingering":
      response.write(EVENT + LAST_EVENTS);
      return;
    case "error-body":
      response.end(JSON.stringify({ error: { message: "out of memory" } }));
      return;
    case "error-event":
      response.end(`${EVENT}data: {"error":{"message":"out of memory"}}\n\n`);
      return;
    case "cut-short":
      response.end(EVENT);
      return;
    default:
      response.write(EVENT, () => setTimeout(() => response.destroy(), 100)); // behind what Envoy passes on by then
  }
}

/** Answers all requests alike, compressed, unless `x-kind` wants otherwise. Returns its address. */
async function startCompressingServer(): Promise<string> {
  const body = gzipSync(JSON.stringify(COMPRESSED_ANSWER));
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const kind = request.headers["x-kind"];
      if (typeof kind === "string") return answerOfKind(kind, response);
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip", "content-length": body.length });
      response.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
