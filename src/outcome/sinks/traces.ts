// Spans of finished requests, sent by OTLP over HTTP. A span is made when its request's outcome is known, with the times as they were.
import { TraceFlags } from "@opentelemetry/api";
import { OTLPExporterBase } from "@opentelemetry/otlp-exporter-base";
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from "@opentelemetry/otlp-exporter-base/node-http";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { parseTraceparent } from "../join/traceparent.ts";
import { lossReport } from "../telemetry/loss-report.ts";
import { sluiceVersion } from "../telemetry/version.ts";
import type { Sink, SinkDeps } from "./decision-log.ts";
import { type OtlpOrigin, randomWord, type SpanBatch, type SpanOrigin, type TraceWords } from "./otlp.ts";
import { type ModelOf, writeSpan } from "./request-span.ts";
import type { TracesSettings } from "./settings.ts";
import { spanQueue } from "./span-queue.ts";

export interface TracesDeps extends SinkDeps {
  readonly modelOf: ModelOf;
}

const VERSION = sluiceVersion();
const SCOPE = { name: "sluice", version: VERSION };

const MAX_QUEUED = 8192; // spans, some 2 KB each; a captured prompt adds its length twice, 16 KB at most
const MAX_BATCH = 512; // spans
const DELAY_MS = 1000;
/** A receiver that takes longer for a batch is said to. */
const SLOW_MS = 5000;
/** For one batch, its repetitions included. */
const EXPORT_MS = 10_000;
const DEFAULT_PATH = "v1/traces";

/** Its receiver is named by the configuration, else by the environment. */
export function traces(config: TracesSettings, deps: TracesDeps): Sink {
  const { metrics, log, modelOf } = deps;
  const resource = resourceFromAttributes({ "service.name": "sluice", "service.version": VERSION }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const losses = lossReport(log, "spans are lost");
  const queue = spanQueue({
    exporter: exporterOf(config, { resource: resource.attributes, scope: SCOPE }),
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
      const origin = sampledOrigin(outcome.decided?.made?.traceparent, config.sampleShare);
      if (origin !== undefined) queue.add((span) => writeSpan(span, outcome, origin, modelOf, Date.now()));
    },
    reopen() {},
    async close(withinMs) {
      await queue.close(withinMs);
      losses.close();
    },
  };
}

/** What the configuration does not say comes from the environment: headers, certificates, compression. */
function exporterOf({ endpoint, headers }: TracesSettings, origin: OtlpOrigin): OTLPExporterBase<SpanBatch> {
  const given = { ...(endpoint === undefined ? {} : { url: withPath(endpoint) }), headers: { ...headers }, timeoutMillis: EXPORT_MS };
  const options = convertLegacyHttpOptions(given, "TRACES", DEFAULT_PATH, { "Content-Type": "application/x-protobuf" });
  const serializer = {
    serializeRequest: (spans: SpanBatch) => spans.request(origin),
    deserializeResponse: (data: Uint8Array) => ProtobufTraceSerializer.deserializeResponse(data),
  };
  const counting = { name: "span", countItems: (spans: SpanBatch) => spans.count } as const;
  return new OTLPExporterBase(createOtlpHttpExportDelegate(options, serializer, "otlp_http_span_exporter", counting, undefined));
}

function withPath(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === "/") url.pathname = `/${DEFAULT_PATH}`;
  return url.href;
}

const WORDS = 2 ** 32;

/**
 * Undefined: the request gets no span. One that belongs to a trace follows that trace's own sampling; of the others a share is drawn by the
 * trace's id, as OpenTelemetry's TraceIdRatioBased does.
 */
function sampledOrigin(traceparent: string | undefined, share: number): SpanOrigin | undefined {
  const parent = parseTraceparent(traceparent);
  if (parent !== undefined) return (parent.flags & TraceFlags.SAMPLED) === 0 ? undefined : parent;
  const words: TraceWords = [randomWord(), randomWord(), randomWord(), randomWord()];
  const drawn = (words[0] ^ words[1] ^ words[2] ^ words[3]) >>> 0;
  return drawn < share * WORDS ? words : undefined;
}
