// One span per request, in the trace that Envoy keeps of it: Envoy and sluice both send to the same receiver.
import { beforeAll, describe, expect, test } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../support/otlp-receiver.ts";
import { ask, chat } from "../support/requests.ts";
import { withTwoAttemptsEach } from "../support/several-servers.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const SPAN_MS = 20_000; // far over Envoy's five seconds and our one

const CLIENT_TRACE = "0af7651916cd43dd8448eb211c80319c";
const CLIENT_SPAN = "b7ad6b7169203331";

/** Has Envoy trace by OpenTelemetry too. */
function traced(yaml: string, port: number): string {
  const provider = `          tracing:
            provider:
              name: envoy.tracers.opentelemetry
              typed_config:
                "@type": type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig
                service_name: envoy
                http_service: { http_uri: { uri: "http://127.0.0.1:${port}/v1/traces", cluster: receiver, timeout: 1s } }
          codec_type: AUTO`;
  const cluster = `
  clusters:
  - name: receiver
    type: STATIC
    load_assignment:
      cluster_name: receiver
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }] }]
`;
  return yaml.replace("          codec_type: AUTO", provider).replace("\n  clusters:\n", cluster);
}

describe.each(["http2", "grpc-js"])("with the transport %s", (transport) => {
  let app: App;
  let receiver: OtlpReceiver;
  let envoy: TestEnvoy;

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    const listen = `listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0", transport: ${transport} }`;
    const tiers = "tiers: [{ name: weak, price: { inputPerMTok: 1, outputPerMTok: 2 } }, { name: strong, model: big-9 }]";
    const config = parseConfig(`${listen}\n${tiers}\ntraces: { endpoint: "${receiver.url}" }`, "test");
    app = await startApp({ config, log: createLogger({ level: "silent" }) });
    stopAtEnd(app.close);
    const standIns = await startStandIns();
    const addresses = { sluice: app.extProcAddress, weak: standIns.weak.address, strong: standIns.strong.address };
    envoy = await startEnvoy({ ...addresses, edit: (yaml) => traced(withTwoAttemptsEach(yaml), receiver.port) });
  });

  const spanOf = (requestId: string | undefined) =>
    waitFor("the request's span", () => receiver.spans.find(({ attributes }) => attributes["sluice.request_id"] === requestId), SPAN_MS);

  test("a request's span stands below Envoy's own, with what was decided, served and spent", async () => {
    const { echo } = await ask(envoy.url, chat("hello"), { "x-stand-in-script": "503,200" });
    const span = await spanOf(echo.headers["x-request-id"]);
    expect(span.attributes).toMatchObject({
      "sluice.outcome": "joined",
      "sluice.tier.decided": "weak",
      "sluice.tier.served": "weak",
      "sluice.attempts": 2,
      "langfuse.trace.tags": ["tier:weak", "keyword_match:false", "turn_count:1"],
      "langfuse.trace.metadata.content_length": 5,
    });
    expect(span.attributes["gen_ai.usage.output_tokens"]).toBeGreaterThan(0);
    expect(span.attributes["langfuse.observation.cost_details"]).toMatch(/^\{"total":0\.\d+/);
    expect(span.endMs).toBeGreaterThan(span.startMs);
    const parent = await waitFor("Envoy's span", () => receiver.spans.find(({ spanId }) => spanId === span.parentSpanId), SPAN_MS);
    expect(parent).toMatchObject({ service: "envoy", traceId: span.traceId });
  });

  test("a request that comes with a trace stays in it", async () => {
    const traceparent = `00-${CLIENT_TRACE}-${CLIENT_SPAN}-01`;
    const { echo } = await ask(envoy.url, chat("design it"), { traceparent, "x-stand-in-script": "strong=503" });
    const span = await spanOf(echo.headers["x-request-id"]);
    expect(span).toMatchObject({ traceId: CLIENT_TRACE, name: "chat big-9" });
    expect(span.attributes).toMatchObject({ "sluice.tier.decided": "strong", "sluice.tier.served": "weak", "sluice.fell_back": true });
  });
});

test("without tracing in Envoy the client's own trace is the one", async () => {
  const receiver = await startOtlpReceiver();
  const config = parseConfig(`listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }\ntraces: { endpoint: "${receiver.url}" }`, "test");
  const app = await startApp({ config, log: createLogger({ level: "silent" }) });
  stopAtEnd(app.close);
  const standIns = await startStandIns();
  const envoy = await startEnvoy({ sluice: app.extProcAddress, weak: standIns.weak.address, strong: standIns.strong.address });
  await ask(envoy.url, chat("hello"), { traceparent: `00-${CLIENT_TRACE}-${CLIENT_SPAN}-01` });
  const span = await waitFor("its span", () => receiver.spans[0], SPAN_MS);
  expect(span).toMatchObject({ traceId: CLIENT_TRACE, parentSpanId: CLIENT_SPAN });
});
