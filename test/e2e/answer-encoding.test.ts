// Servers compress for clients that take it, and sluice reads no compressed answer: the shipped lines that have them answer in plain, and
// what comes of it where a configuration lacks them.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { diagnose } from "../support/doctor.ts";
import { OLDEST_ENVOY, startEnvoy } from "../support/envoy.ts";
import { withAnswersOnMainFilter, withUsageFilter, withUsageFilterAlone } from "../support/optional-lines.ts";
import { catchPrinted } from "../support/printed.ts";
import { chat } from "../support/requests.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const USAGE = { prompt_tokens: 371, completion_tokens: 29 };
const EXACT = { basis: "exact", inputTokens: 371, outputTokens: 29 };
const ANSWER = JSON.stringify({ choices: [{ message: { content: "a" }, finish_reason: "stop" }], usage: USAGE });
const EVENTS = [{ choices: [{ delta: { content: "a" }, finish_reason: "stop" }] }, { choices: [], usage: USAGE }];
const STREAM = [...EVENTS.map((event) => `data: ${JSON.stringify(event)}\n\n`), "data: [DONE]\n\n"].join("");
const WITHOUT_REMOVAL = (yaml: string) => withAnswersOnMainFilter(yaml).replace("request_headers_to_remove: [accept-encoding]", "");

const printed = catchPrinted();

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  const outcomes: Outcome[] = [];
  let app: App;
  let server: string;

  beforeAll(async () => {
    const config = parseConfig('listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }', "test");
    app = await startApp({ config, log: createLogger({ level: "silent" }), onOutcome: (outcome) => outcomes.push(outcome) });
    stopAtEnd(app.close);
    server = await startNegotiatingServer();
  });

  it.each([
    ["the shipped filter for usage", withUsageFilter, EXACT, []],
    ["the filter alone", withUsageFilterAlone, { basis: "estimated" }, ["answers-may-be-compressed"]],
    ["answers on the main filter", withAnswersOnMainFilter, EXACT, ["response-processed"]],
    ["those alone", WITHOUT_REMOVAL, { basis: "estimated" }, ["answers-may-be-compressed", "response-processed"]],
  ])("a server that compresses when asked to, and %s", async (_, edit, cost, findings) => {
    const envoy = await startEnvoy({ version, sluice: app.extProcAddress, weak: server, strong: server, edit });
    for (const [stream, text] of [
      [false, ANSWER],
      [true, STREAM],
    ] as const) {
      const before = outcomes.length;
      const response = await fetch(`${envoy.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "accept-encoding": "gzip, deflate" },
        body: chat("hello", { stream }),
      });
      expect(await response.text()).toBe(text);
      expect(response.headers.get("content-encoding")).toBe(cost === EXACT ? null : "gzip");
      expect(await waitFor("the outcome", () => outcomes[before])).toMatchObject({ kind: "joined", cost });
    }
    expect((await diagnose(printed, "--envoy-admin", envoy.adminUrl)).ids).toEqual(findings);
    await envoy.stop();
  });
});

/** Answers as hosted servers do: compressed, for those that take it. Returns its address. */
async function startNegotiatingServer(): Promise<string> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const isStream = (JSON.parse(Buffer.concat(pieces).toString()) as { readonly stream?: boolean }).stream === true;
      const text = isStream ? STREAM : ANSWER;
      const takesGzip = /\bgzip\b/.test(String(request.headers["accept-encoding"]));
      response.setHeader("content-type", isStream ? "text/event-stream" : "application/json");
      if (takesGzip) response.setHeader("content-encoding", "gzip");
      response.end(takesGzip ? gzipSync(text) : text);
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
