// A receiver of spans by OTLP over HTTP that counts what it takes, and hangs when told to: it takes connections and requests, and never
// answers.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimited, FieldReader } from "../../src/envoy/wire/protobuf.ts";
import type { Fault, Track } from "./fault.ts";
import { metricSign, saidSign, type Told } from "./told.ts";

const HANGS_MS = 15_000; // some 7,500 spans of 500 a second: most may wait, and each that may not is told of

export interface SpanReceiver {
  readonly url: string;
  hangs: boolean;
  /** Those it has taken. */
  spans(): number;
  stop(): void;
}

export async function startSpanReceiver(): Promise<SpanReceiver> {
  let taken = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // gave up
    }
    if (receiver.hangs) return;
    taken += spansIn(Buffer.concat(chunks));
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const receiver: SpanReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hangs: false,
    spans: () => taken,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
  return receiver;
}

/** ExportTraceServiceRequest.resource_spans, ResourceSpans.scope_spans, ScopeSpans.spans. */
function spansIn(message: Uint8Array): number {
  const reader = new FieldReader(message);
  const inside = (field: number, count: (inner: FieldReader) => number) => (outer: FieldReader) => {
    let sum = 0;
    while (outer.nextField()) {
      if (outer.tag !== delimited(field)) outer.skipField();
      else
        outer.readMessage(undefined, (_, inner) => {
          sum += count(inner);
        });
    }
    return sum;
  };
  const one = (span: FieldReader) => {
    while (span.nextField()) span.skipField();
    return 1;
  };
  return inside(1, inside(2, inside(2, one)))(reader);
}

export function spanTrack(receiver: SpanReceiver, told: Told, pauseMs: number): Track {
  const hangs: Fault = {
    name: "the receiver of spans hangs, and comes back",
    begin() {
      receiver.hangs = true;
    },
    toldBy: [metricSign(told, "sluice_sink_waiting", { sink: "traces" }), saidSign(told, "spans wait: the receiver does not answer")],
    holdMs: HANGS_MS,
    end() {
      receiver.hangs = false;
    },
    overBy: [metricSign(told, "sluice_spans_total", { result: "exported" })],
  };
  return { faults: [hangs], pauseMs };
}
