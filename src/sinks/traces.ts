// Spans of finished requests, sent by OTLP over HTTP. A span is made when its request's outcome is known, with the times as they were.
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import type { TracesConfig } from "../config/config.ts";
import { sluiceVersion } from "../telemetry/version.ts";
import type { Sink, SinkDeps } from "./decision-log.ts";
import { lossReport } from "./loss-report.ts";
import { type ModelOf, type RequestSpan, requestSpan } from "./request-span.ts";
import { spanQueue } from "./span-queue.ts";

export interface TracesDeps extends SinkDeps {
  readonly modelOf: ModelOf;
  readonly env: Readonly<Record<string, string | undefined>>; // the exporter itself reads the process's own
}

const MAX_QUEUED = 8192; // spans, some 2 KB each
const MAX_BATCH = 512; // spans
const DELAY_MS = 1000;
/** For one batch, its repetitions included. */
const EXPORT_MS = 10_000;
const DEFAULT_PATH = "/v1/traces";

/** Undefined: neither the configuration nor the environment names a receiver. */
export function traces(config: TracesConfig, deps: TracesDeps): Sink | undefined {
  if (config.endpoint === undefined && !namesReceiver(deps.env)) return undefined;
  const { metrics, log, modelOf } = deps;
  const losses = lossReport(log, "spans are lost", () => performance.now());
  const queue = spanQueue({
    exporter: exporterOf(config),
    maxQueued: MAX_QUEUED,
    maxBatch: MAX_BATCH,
    delayMs: DELAY_MS,
    onSpans(result, count, cause) {
      metrics.traced(result, count);
      if (result !== "exported") losses.lost(count, cause);
    },
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": "sluice", "service.version": sluiceVersion() }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.sampleShare) }),
    spanProcessors: [queue],
  });
  const tracer = provider.getTracer("sluice", sluiceVersion());
  return {
    outcome: (outcome) => record(tracer, requestSpan(outcome, modelOf, Date.now())),
    async close(withinMs) {
      await queue.close(withinMs);
      losses.close();
    },
  };
}

/** As OpenTelemetry's specification names them. */
function namesReceiver(env: TracesDeps["env"]): boolean {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" || env["OTEL_TRACES_EXPORTER"] === "none") return false;
  return [env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"], env["OTEL_EXPORTER_OTLP_ENDPOINT"]].some((url) => url !== undefined && url !== "");
}

/** What the configuration does not say comes from the environment: headers, certificates, compression. */
function exporterOf({ endpoint, headers }: TracesConfig): OTLPTraceExporter {
  return new OTLPTraceExporter({
    ...(endpoint === undefined ? {} : { url: withPath(endpoint) }),
    headers: { ...headers },
    timeoutMillis: EXPORT_MS,
  });
}

function withPath(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === "/") url.pathname = DEFAULT_PATH;
  return url.href;
}

function record(tracer: Tracer, { name, parent, startMs, endMs, attributes, failed }: RequestSpan): void {
  const context =
    parent === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, { traceId: parent.traceId, spanId: parent.spanId, traceFlags: parent.flags, isRemote: true });
  const span: Span = tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime: hrTime(startMs), attributes }, context);
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(hrTime(endMs));
}

/** A plain number would be taken for one of performance.now() when it is from before this process. */
function hrTime(ms: number): [seconds: number, nanoseconds: number] {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
