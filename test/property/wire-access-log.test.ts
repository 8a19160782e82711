// Access-log entries against protobufjs's encoder over our and the official .proto files, and against damaged bytes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AccessLogEntry, decodeAccessLogMessage } from "../../src/envoy/wire/access-log.ts";
import { WireError } from "../../src/envoy/wire/wire-error.ts";
import { official, ours } from "../envoy/wire/oracle.ts";
import { damage, damaged, text } from "./wire-arbitraries.ts";

const METHODS = [undefined, "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

const uint64 = fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const time = fc.record({ seconds: fc.integer({ min: 0, max: 4_000_000_000 }), nanos: fc.integer({ min: 0, max: 999_999_999 }) });

const entry = fc.record({
  common_properties: fc.record(
    {
      start_time: time,
      time_to_first_upstream_rx_byte: time,
      time_to_first_downstream_tx_byte: time,
      time_to_last_downstream_tx_byte: time,
      upstream_remote_address: fc.record({
        socket_address: fc.record({ address: fc.ipV4(), port_value: fc.integer({ min: 1, max: 65_535 }) }),
      }),
      upstream_cluster: text,
      response_flags: fc.record({ upstream_connection_failure: fc.boolean(), upstream_retry_limit_exceeded: fc.boolean() }),
      duration: time,
      upstream_request_attempt_count: uint32,
      stream_id: text,
      // Not ours to read.
      route_name: text,
      downstream_wire_bytes_sent: uint64,
    },
    { requiredKeys: [] },
  ),
  request: fc.record(
    {
      request_method: fc.integer({ min: 0, max: 9 }),
      path: text,
      request_id: text,
      request_body_bytes: uint64,
      request_headers: fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true }),
      user_agent: text, // not ours to read
    },
    { requiredKeys: [] },
  ),
  response: fc.record(
    {
      response_code: fc.record({ value: uint32 }),
      response_body_bytes: uint64,
      response_headers: fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true }),
      response_code_details: text,
    },
    { requiredKeys: [] },
  ),
});
type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never;

const message = fc.record(
  {
    identifier: fc.record({ node: fc.record({ id: text }), log_name: text }),
    http_logs: fc.record({ log_entry: fc.array(entry, { maxLength: 4 }) }),
  },
  { requiredKeys: ["http_logs"] },
);

function milliseconds(time: { readonly seconds: number; readonly nanos: number } | undefined): number | undefined {
  return time && time.seconds * 1000 + time.nanos / 1e6;
}

function expected({ common_properties: common, request, response }: Entry): AccessLogEntry {
  const upstream = common.upstream_remote_address?.socket_address;
  const flags = common.response_flags;
  return {
    requestId: request.request_id ?? "",
    streamId: common.stream_id ?? "",
    method: METHODS[request.request_method ?? 0],
    path: request.path ?? "",
    requestHeaders: new Map(Object.entries(request.request_headers ?? {})),
    requestBodyBytes: request.request_body_bytes ?? 0,
    responseCode: response.response_code?.value ?? 0,
    responseCodeDetails: response.response_code_details ?? "",
    responseBodyBytes: response.response_body_bytes ?? 0,
    responseHeaders: new Map(Object.entries(response.response_headers ?? {})),
    upstreamCluster: common.upstream_cluster ?? "",
    upstreamRemoteAddress: upstream === undefined ? "" : `${upstream.address}:${upstream.port_value}`,
    responseFlags: [...(flags?.upstream_connection_failure ? ["UF"] : []), ...(flags?.upstream_retry_limit_exceeded ? ["URX"] : [])],
    attempts: common.upstream_request_attempt_count ?? 0,
    startTimeMs: milliseconds(common.start_time) ?? 0,
    timeToFirstUpstreamRxByteMs: milliseconds(common.time_to_first_upstream_rx_byte),
    timeToFirstDownstreamTxByteMs: milliseconds(common.time_to_first_downstream_tx_byte),
    timeToLastDownstreamTxByteMs: milliseconds(common.time_to_last_downstream_tx_byte),
    durationMs: milliseconds(common.duration),
  };
}

describe("an access-log message", () => {
  it.each([
    ["our", ours],
    ["the official", official],
  ])("decodes to what protobufjs encoded from %s .proto files", (_, oracle) => {
    fc.assert(
      fc.property(message, (value) => {
        const { logName, nodeId, entries } = decodeAccessLogMessage(oracle.encodeAccessLogMessage(value));
        expect(logName ?? "").toBe(value.identifier?.log_name ?? "");
        expect(nodeId ?? "").toBe(value.identifier?.node.id ?? "");
        expect(entries).toEqual(value.http_logs.log_entry.map(expected));
      }),
      { numRuns: 500 },
    );
  });

  it("is a value or a WireError when damaged", () => {
    let values = 0;
    let errors = 0;
    fc.assert(
      fc.property(message, damage, (value, faults) => {
        try {
          decodeAccessLogMessage(damaged(ours.encodeAccessLogMessage(value), faults));
          values++;
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          errors++;
        }
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(values, errors)).toBeGreaterThan(100);
  });
});
