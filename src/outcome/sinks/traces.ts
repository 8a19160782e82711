// Spans of finished requests, sent by OTLP over HTTP. A span is made when its request's outcome is known, with the times as they were.
import { ROOT_CONTEXT, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { detectResources, envDetector, type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  type IdGenerator,
  RandomIdGenerator,
  type ReadableSpan,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import { parseTraceparent, type TraceParent } from "../join/traceparent.ts";
import { lossReport } from "../telemetry/loss-report.ts";
import { sluiceVersion } from "../telemetry/version.ts";
import type { Sink, SinkDeps } from "./decision-log.ts";
import { type ModelOf, type RequestSpan, requestSpan } from "./request-span.ts";
import type { TracesSettings } from "./settings.ts";
import { spanQueue } from "./span-queue.ts";

export interface TracesDeps extends SinkDeps {
  readonly modelOf: ModelOf;
}

const VERSION = sluiceVersion();
const SCOPE = { name: "sluice", version: VERSION };
const NOTHING_MORE = { links: [], events: [], droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 };

const MAX_QUEUED = 8192; // spans, some 2 KB each; a captured prompt adds its length twice, 16 KB at most
const MAX_BATCH = 512; // spans
const DELAY_MS = 1000;
/** A receiver that takes longer for a batch is said to. */
const SLOW_MS = 5000;
/** For one batch, its repetitions included. */
const EXPORT_MS = 10_000;
const DEFAULT_PATH = "/v1/traces";

/** Its receiver is named by the configuration, else by the environment. */
export function traces(config: TracesSettings, deps: TracesDeps): Sink {
  const { metrics, log, modelOf } = deps;
  const ids = new RandomIdGenerator();
  const sampler = new TraceIdRatioBasedSampler(config.sampleShare);
  const resource = resourceFromAttributes({ "service.name": "sluice", "service.version": VERSION }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const losses = lossReport(log, "spans are lost");
  const queue = spanQueue({
    exporter: exporterOf(config),
    maxQueued: MAX_QUEUED,
    maxBatch: MAX_BATCH,
    delayMs: DELAY_MS,
    onSpans(result, count, cause) {
      metrics.traced(result, count);
      if (result !== "exported") losses.lost(count, cause);
    },
    slowMs: SLOW_MS,
    onWaiting(waiting) {
      metrics.sinkWaits("traces", waiting);
      if (waiting > 0) log.warn({ waiting }, "spans wait: the receiver does not answer");
    },
  });
  return {
    outcome(outcome) {
      const parent = parseTraceparent(outcome.decided?.made?.traceparent);
      const context = spanContext(parent, ids, sampler);
      if (context !== undefined) queue.add(endedSpan(requestSpan(outcome, modelOf, Date.now()), context, parent, resource));
    },
    reopen() {},
    async close(withinMs) {
      await queue.close(withinMs);
      losses.close();
    },
  };
}

/** What the configuration does not say comes from the environment: headers, certificates, compression. */
function exporterOf({ endpoint, headers }: TracesSettings): OTLPTraceExporter {
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

/** Undefined: the request gets no span. One that belongs to a trace follows that trace's own sampling. */
function spanContext(parent: TraceParent | undefined, ids: IdGenerator, sampler: TraceIdRatioBasedSampler): SpanContext | undefined {
  const traceId = parent?.traceId ?? ids.generateTraceId();
  const isSampled =
    parent === undefined
      ? sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED
      : (parent.flags & TraceFlags.SAMPLED) !== 0;
  return isSampled ? { traceId, spanId: ids.generateSpanId(), traceFlags: TraceFlags.SAMPLED } : undefined;
}

/** As the SDK's tracer would give it to the exporter, without its checks of each attribute: 1 µs instead of 13 (bench/sinks.ts). */
function endedSpan(
  { name, startMs, endMs, attributes, failed }: RequestSpan,
  context: SpanContext,
  parent: TraceParent | undefined,
  resource: Resource,
): ReadableSpan {
  return {
    name,
    kind: SpanKind.CLIENT,
    spanContext: () => context,
    ...(parent === undefined
      ? {}
      : { parentSpanContext: { traceId: parent.traceId, spanId: parent.spanId, traceFlags: parent.flags, isRemote: true } }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(endMs - startMs),
    status: { code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes,
    resource,
    instrumentationScope: SCOPE,
    ended: true,
    ...NOTHING_MORE,
  };
}

function hrTime(ms: number): [seconds: number, nanoseconds: number] {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
