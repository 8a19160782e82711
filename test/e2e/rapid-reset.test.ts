// Envoy resets every ext_proc stream, and HTTP/2 servers take many resets for an attack. There are two remedies, one on each side: the
// server counts otherwise (src/envoy/grpc/http2 only those of calls it has not answered; for grpc-js Node's limit is raised), or Envoy takes a new
// connection in time. Each must do alone, under load and with clients that go away. Envoy fails closed here, so that a stream lost to
// sluice is a request that fails.
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Transport } from "../../src/config/capabilities/listen.ts";
import { abortMany, type LoadRequest, type LoadResult, load } from "../support/load.ts";
import { metric } from "../support/metrics.ts";
import { chat } from "../support/requests.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const REQUESTS: LoadRequest[] = [
  { body: chat("hello there", { model: "glm-5" }), tier: "weak" },
  { body: chat("design a bridge", { model: "glm-5" }), tier: "strong" },
];
const COUNT = 50_000;
const ABORTS = 5_000;
const CONNECTIONS = 64;
const MAX_MS = 100_000;

type Remedy = "server" | "envoy";

const preload = (name: string) => ["--import", fileURLToPath(new URL(`../support/${name}.ts`, import.meta.url))];
/** Takes the server's remedy away. */
const WITHOUT_REMEDY: Readonly<Record<Transport, readonly string[]>> = {
  http2: preload("resets-as-attack"),
  "grpc-js": preload("without-reset-options"),
};
/** Envoy has a limit of its own, which a server that is slow for a moment can trip: resets not yet written. It is not what is tested. */
const CONTROL_FRAMES = [
  "http2_protocol_options: {} } # gRPC",
  "http2_protocol_options: { max_outbound_control_frames: 100000 } } # gRPC",
] as const;
const ENVOY_REMEDY = "common_http_protocol_options: { max_requests_per_connection: 900 }";

function startWith(transport: Transport, remedies: readonly Remedy[]): Promise<TestStack> {
  return startStack({
    sluice: { transport, nodeArgs: remedies.includes("server") ? [] : WITHOUT_REMEDY[transport], config: "log: { level: error }" },
    envoy: {
      edit(yaml) {
        const closed = yaml.replace("failure_mode_allow: true", "failure_mode_allow: false");
        if (!closed.includes(ENVOY_REMEDY) || !closed.includes(CONTROL_FRAMES[0]))
          throw new Error("envoy.yaml has other options for HTTP/2");
        return remedies.includes("envoy") ? closed : closed.replace(ENVOY_REMEDY, "").replace(...CONTROL_FRAMES);
      },
    },
  });
}

interface Loss {
  readonly streamsFailed: number;
  readonly failureModeAllowed: number;
  readonly goaways: number;
  readonly overflows: number;
}

async function lossOf(stack: TestStack): Promise<Loss> {
  const stats = await stack.envoyStats(
    "ext_proc\\.(streams_failed|failure_mode_allowed)|cluster\\.sluice\\.(upstream_cx_close_notify|upstream_rq_active_overflow)",
  );
  const count = (name: string) => stats.get(name) ?? Number.NaN;
  return {
    streamsFailed: count("http.llm.ext_proc.streams_failed"),
    failureModeAllowed: count("http.llm.ext_proc.failure_mode_allowed"),
    goaways: count("cluster.sluice.upstream_cx_close_notify"),
    overflows: count("cluster.sluice.upstream_rq_active_overflow"),
  };
}

function report(name: string, result: LoadResult): void {
  process.stdout.write(`rapid reset, ${name}: ${result.sent} requests, ${result.perSecond}/s\n`);
}

describe.each<Transport>(["http2", "grpc-js"])("rapid reset, %s", (transport) => {
  it.each<[string, readonly Remedy[]]>([
    ["the server's remedy alone", ["server"]],
    ["Envoy's limit of requests per connection alone", ["envoy"]],
  ])(
    "no request fails or goes unrouted with %s",
    async (name, remedies) => {
      const stack = await startWith(transport, remedies);
      const aborts = abortMany(stack.url, REQUESTS[0]?.body ?? "", ABORTS, 4);
      const [result] = await Promise.all([load({ url: stack.url, requests: REQUESTS, count: COUNT, connections: CONNECTIONS }), aborts]);
      report(`${transport}, ${name}`, result);
      // How many of them sluice hears of is a matter of the machine: those that were quicker than Envoy's own reading never came to it.
      const heardOf = () => metric(stack.sluice.adminUrl, "sluice_stream_failures_total", { cause: "aborted" });
      while ((await heardOf()) <= ABORTS / 10) await abortMany(stack.url, REQUESTS[0]?.body ?? "", ABORTS / 10, 4);
      expect(Object.fromEntries(result.wrong)).toEqual({});
      expect(result.sent).toBeGreaterThanOrEqual(COUNT);
      expect(await lossOf(stack)).toEqual({ streamsFailed: 0, failureModeAllowed: 0, goaways: 0, overflows: 0 });
      expect(await metric(stack.sluice.adminUrl, "sluice_decisions_total")).toBeGreaterThanOrEqual(COUNT);
      await stack.stop();
    },
    MAX_MS,
  );

  it(
    "with neither, Envoy is told to go away and requests fail: the tests above can",
    async () => {
      const stack = await startWith(transport, []);
      const result = await load({ url: stack.url, requests: REQUESTS, count: 20_000, connections: CONNECTIONS });
      report(`${transport}, neither`, result);
      expect((await lossOf(stack)).goaways).toBeGreaterThan(0);
      expect(result.wrong.get("500 unrouted")).toBeGreaterThan(0);
      expect(stack.sluice.child.hasExited()).toBe(false);
      await stack.stop();
    },
    MAX_MS,
  );
});
