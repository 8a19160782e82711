// Streamed answers: each event reaches the client when the model server sends it, for as long as it sends, and a client that leaves harms
// nobody.
import { once } from "node:events";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readEnvoyYaml } from "../../src/setup/stack/envoy-config.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { connectTo, postHead } from "../support/raw-http.ts";
import { ask, chat } from "../support/requests.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { waitFor } from "../support/wait-for.ts";

const CHUNK_DELAY_MS = 60;

interface TimedEvent {
  readonly data: string;
  readonly atMs: number;
}

/** Reads a stream of server-sent events and when each arrived. */
async function timedEvents(response: Response): Promise<readonly TimedEvent[]> {
  const events: TimedEvent[] = [];
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of response.body ?? []) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) events.push({ data: part.replace(/^data: /, ""), atMs: performance.now() });
  }
  return events;
}

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let stack: TestStack;
  const stream = (content: string, script: string) =>
    fetch(`${stack.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-stand-in-script": script },
      body: chat(content, { model: "glm-5", stream: true }),
    });

  beforeAll(async () => {
    stack = await startStack({ envoy: { version } });
  });

  it.each([
    ["weak", "hello"],
    ["strong", "design a bridge"],
  ])("events of %s arrive one by one, not together", async (tier, content) => {
    const response = await stream(content, `chunk-delay=${CHUNK_DELAY_MS}`);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("x-sluice-tier")).toBe(tier);
    const events = await timedEvents(response);
    expect(events.length).toBeGreaterThan(10);
    expect(events.at(-1)?.data).toBe("[DONE]");
    const gaps = events.slice(1, -2).map(({ atMs }, at) => atMs - (events[at]?.atMs ?? 0));
    // Each gap is the server's own, give or take; an answer held back anywhere would come with gaps of nothing.
    expect(gaps.filter((gap) => gap > CHUNK_DELAY_MS / 2).length).toBeGreaterThan(gaps.length * 0.8);
  });

  it("the first event arrives long before the last is sent", async () => {
    const startedAt = performance.now();
    const events = await timedEvents(await stream("hello", `chunk-delay=${CHUNK_DELAY_MS}`));
    const [first, last] = [events[0], events.at(-1)].map((event) => (event?.atMs ?? 0) - startedAt);
    expect(first).toBeLessThan((last ?? 0) / 2);
  });

  it("a slow first byte outlives sluice's message timeout: the answer is not on sluice's path", async () => {
    const response = await stream("hello", "delay=2500");
    expect((await timedEvents(response)).at(-1)?.data).toBe("[DONE]");
    expect(response.headers.get("x-envoy-attempt-count")).toBe("1");
  });

  it("sluice keeps no stream open while an answer is being streamed", async () => {
    const response = await stream("hello", "chunk-delay=100");
    expect(await metric(stack.sluice.adminUrl, "sluice_streams_in_flight")).toBe(0);
    expect((await timedEvents(response)).at(-1)?.data).toBe("[DONE]");
  });

  it("a client that leaves in the middle of an answer ends it upstream, and the next is served", async () => {
    const socket = await connectTo(stack.url);
    const body = chat("hello", { stream: true });
    socket.write(`${postHead([`content-length: ${body.length}`, "x-stand-in-script: chunk-delay=100"])}${body}`);
    await once(socket, "data");
    const upstreamActive = async () =>
      (await stack.envoyStats("^cluster\\.weak\\.upstream_rq_active$")).get("cluster.weak.upstream_rq_active");
    expect(await upstreamActive()).toBe(1);
    socket.destroy();
    await waitFor("the answer ends upstream", async () => (await upstreamActive()) === 0);
    expect((await ask(stack.url, chat("hello"))).tier).toBe("weak");
    expect(await metric(stack.sluice.adminUrl, "sluice_stream_failures_total")).toBe(0);
  });

  it("a client that leaves in the middle of its body leaves nothing behind in sluice", async () => {
    const aborted = () => metric(stack.sluice.adminUrl, "sluice_stream_failures_total", { cause: "aborted" });
    const before = await aborted();
    const socket = await connectTo(stack.url);
    socket.write(`${postHead(["content-length: 1000"])}{"messages":`);
    await waitFor("sluice has the request", async () => (await metric(stack.sluice.adminUrl, "sluice_streams_in_flight")) === 1);
    socket.destroy();
    await waitFor("sluice is told", async () => (await aborted()) === before + 1);
    expect(await metric(stack.sluice.adminUrl, "sluice_streams_in_flight")).toBe(0);
    expect(await metric(stack.sluice.adminUrl, "sluice_body_bytes_in_flight")).toBe(0);
  });
});

it("no route of envoy.yaml limits how long an answer may take, and none limits a single attempt", () => {
  const { routes, retryPolicies } = routesOf(parse(readEnvoyYaml()));
  expect(routes.length).toBe(5);
  expect(routes.map((route) => route["timeout"])).toEqual(routes.map(() => "0s"));
  for (const policy of retryPolicies) expect(Object.keys(policy).filter((key) => key.includes("timeout"))).toEqual([]);
});

type Fields = Readonly<Record<string, unknown>>;

/** Every `route` and `retry_policy` of the virtual hosts, wherever they stand. */
function routesOf(yaml: unknown): { routes: readonly Fields[]; retryPolicies: readonly Fields[] } {
  const found = { routes: [] as Fields[], retryPolicies: [] as Fields[] };
  const visit = (node: unknown, inRoutes: boolean) => {
    if (typeof node !== "object" || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (inRoutes && key === "route") found.routes.push(value as Fields);
      if (inRoutes && key === "retry_policy") found.retryPolicies.push(value as Fields);
      visit(value, inRoutes || key === "virtual_hosts");
    }
  };
  visit(yaml, false);
  return found;
}
