// What retries cost when many clients ask at a time and a tier is full for all of them: attempts at the servers, and what clients get, with
// the shipped limit and with a retry budget.
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { diagnose } from "../support/doctor.ts";
import { OLDEST_ENVOY, startEnvoy } from "../support/envoy.ts";
import { catchPrinted } from "../support/printed.ts";
import { chat } from "../support/requests.ts";
import { startSluice, type TestSluice } from "../support/sluice.ts";
import { stopAtEnd } from "../support/teardown.ts";

const CLIENTS = 50;
const REQUESTS = 500;
const ANSWER_MS = 20;
const SHIPPED = (yaml: string) => yaml;
const BUDGET = (yaml: string) =>
  yaml.replaceAll(
    "thresholds: [{ max_retries: 16384 }]",
    "thresholds: [{ retry_budget: { budget_percent: { value: 20 }, min_retry_concurrency: 3 } }]",
  );
const TEN_FOR_STRONG = (yaml: string) =>
  yaml.replace(
    /max_requests: 16384(, max_pending_requests: 16384, max_retries: 16384 \}\]\n +load_assignment:\n +cluster_name: strong\n)/,
    "max_requests: 10$1",
  );

const printed = catchPrinted();
let sluice: TestSluice;
beforeAll(async () => {
  sluice = await startSluice();
});

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  /** Of `weak` and `strong`, as they answer with these codes. */
  async function served(statuses: { readonly weak: number; readonly strong: number }, edit: (yaml: string) => string) {
    const [weak, strong] = [await startServer(statuses.weak), await startServer(statuses.strong)];
    const edited = edit === SHIPPED ? {} : { edit };
    const envoy = await startEnvoy({ version, sluice: sluice.extProc, weak: weak.address, strong: strong.address, ...edited });
    const answers = await load(envoy.url);
    const { ids } = await diagnose(printed, "--envoy-admin", envoy.adminUrl);
    await envoy.stop();
    return { answers, ids, weak: weak.asked(), strong: strong.asked() };
  }

  it("both tiers full: each request is tried once on each, and with a budget most are tried once", async () => {
    const full = { weak: 503, strong: 503 };
    expect(await served(full, SHIPPED)).toMatchObject({ answers: { 503: REQUESTS }, weak: REQUESTS, strong: REQUESTS });
    const budgeted = await served(full, BUDGET);
    expect(budgeted).toMatchObject({ answers: { 503: REQUESTS }, weak: REQUESTS });
    expect(budgeted.strong).toBeLessThan(REQUESTS / 2);
  });

  it("weak alone full: strong serves all, and with a budget most clients get weak's 503, though strong is free", async () => {
    const full = { weak: 503, strong: 200 };
    expect(await served(full, SHIPPED)).toMatchObject({ answers: { 200: REQUESTS }, ids: [] });
    const { answers, ids } = await served(full, BUDGET);
    expect(answers["503"]).toBeGreaterThan(REQUESTS / 2);
    expect((answers["503"] ?? 0) + (answers["200"] ?? 0)).toBe(REQUESTS);
    expect(ids).toEqual(expect.arrayContaining(["fallback-budgeted"]));
  });

  it("a tier's own limit bounds what it gets: over it clients are told at once, by x-envoy-overloaded", async () => {
    const { answers, weak, strong } = await served({ weak: 503, strong: 200 }, TEN_FOR_STRONG);
    expect(weak).toBe(REQUESTS);
    expect(answers["200"]).toBe(strong);
    expect(answers["503 overloaded"]).toBe(REQUESTS - strong);
    expect(strong).toBeLessThan(REQUESTS);
  });
});

/** How many answers were of each kind: `503`, `503 overloaded`. */
async function load(url: string): Promise<Readonly<Record<string, number>>> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const seen: Record<string, number> = {};
  let left = REQUESTS;
  const client = async () => {
    while (left-- > 0) {
      const kind = await ask(`${url}/v1/chat/completions`, agent);
      seen[kind] = (seen[kind] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
  return seen;
}

function ask(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent }, (response) => {
      const overloaded = response.headers["x-envoy-overloaded"] === undefined ? "" : " overloaded";
      response.resume().on("end", () => resolve(`${response.statusCode}${overloaded}`));
    });
    sent.on("error", reject).end(chat("hello"));
  });
}

async function startServer(status: number) {
  let asked = 0;
  const server = createServer((incoming, response) => {
    asked++;
    incoming.resume().on("end", () => setTimeout(() => response.writeHead(status).end("{}"), ANSWER_MS));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}
