// An OTLP/HTTP receiver for tests: what is POSTed to it, decoded by protobufjs with OpenTelemetry's own .proto files, which an old version
// of @opentelemetry/otlp-grpc-exporter-base carries.
import { createServer, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import protobuf from "protobufjs";
import { stopAtEnd } from "./teardown.ts";

const PROTOS = join(dirname(createRequire(import.meta.url).resolve("@opentelemetry/otlp-grpc-exporter-base/package.json")), "build/protos");

const Request = officialRequest();

function officialRequest(): protobuf.Type {
  const root = new protobuf.Root();
  root.resolvePath = (_from, file) => join(PROTOS, file);
  root.loadSync("opentelemetry/proto/collector/trace/v1/trace_service.proto", { keepCase: true });
  return root.lookupType("opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest");
}

export type SpanValue = string | number | boolean | readonly SpanValue[];

export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string; // hex, as are the next two
  readonly spanId: string;
  readonly parentSpanId: string; // "": it has no parent
  readonly name: string;
  readonly startMs: number; // since the epoch, as are the next three
  readonly endMs: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly attributes: Readonly<Record<string, SpanValue>>;
  readonly names: readonly string[]; // of the attributes, as they stand
  readonly statusCode: number; // 2: error
}

export interface OtlpReceiver {
  readonly url: string; // without a path
  readonly port: number;
  readonly spans: readonly ReceivedSpan[];
  readonly requests: readonly { readonly path: string; readonly headers: Readonly<Record<string, string | string[] | undefined>> }[];
  /** What becomes of requests from now on: taken, refused for good, or left without an answer. */
  behaviour: "takes" | "refuses" | "hangs";
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: OtlpReceiver["requests"][number][] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    requests.push({ path: request.url ?? "", headers: request.headers });
    if (receiver.behaviour === "hangs") return;
    if (receiver.behaviour === "refuses") return void answer(response, 400);
    const body = Buffer.concat(chunks);
    spans.push(...decodedSpans(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body));
    answer(response, 200);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stopAtEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const receiver: OtlpReceiver = { url: `http://127.0.0.1:${port}`, port, spans, requests, behaviour: "takes" };
  return receiver;
}

/** An empty ExportTraceServiceResponse. */
function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "application/x-protobuf" }).end();
}

interface AnyValue {
  readonly string_value?: string;
  readonly bool_value?: boolean;
  readonly int_value?: number;
  readonly double_value?: number;
  readonly array_value?: { readonly values: readonly AnyValue[] };
}

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

interface RawSpan {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string;
  readonly name: string;
  readonly start_time_unix_nano: string;
  readonly end_time_unix_nano: string;
  readonly attributes: readonly KeyValue[];
  readonly status?: { readonly code: number };
}

interface RawRequest {
  readonly resource_spans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scope_spans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}

/** Of an ExportTraceServiceRequest. */
export function decodedSpans(body: Uint8Array): ReceivedSpan[] {
  const message = Request.toObject(Request.decode(body), { bytes: String, longs: String, arrays: true });
  return (message as unknown as RawRequest).resource_spans.flatMap(({ resource, scope_spans }) => {
    const service = String(attributesOf(resource.attributes)["service.name"]);
    return scope_spans.flatMap(({ spans }) => spans.map((span) => spanOf(service, span)));
  });
}

function spanOf(service: string, span: RawSpan): ReceivedSpan {
  return {
    service,
    traceId: hex(span.trace_id),
    spanId: hex(span.span_id),
    parentSpanId: hex(span.parent_span_id ?? ""),
    name: span.name,
    startMs: Number(span.start_time_unix_nano) / 1e6,
    endMs: Number(span.end_time_unix_nano) / 1e6,
    startNanos: BigInt(span.start_time_unix_nano),
    endNanos: BigInt(span.end_time_unix_nano),
    attributes: attributesOf(span.attributes),
    names: span.attributes.map(({ key }) => key),
    statusCode: span.status?.code ?? 0,
  };
}

function attributesOf(attributes: readonly KeyValue[]): Record<string, SpanValue> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, anyValue(value)]));
}

function anyValue(value: AnyValue): SpanValue {
  if (value.array_value !== undefined) return value.array_value.values.map(anyValue);
  return value.string_value ?? value.bool_value ?? value.double_value ?? Number(value.int_value);
}

function hex(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}
