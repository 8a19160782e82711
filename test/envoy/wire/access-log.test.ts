import { describe, expect, it } from "vitest";
import { decodeAccessLogEntry, decodeAccessLogMessage } from "../../../src/envoy/wire/access-log.ts";
import { WireError } from "../../../src/envoy/wire/wire-error.ts";
import { ours, ourTypes } from "./oracle.ts";
import { delimitedField, numberField, UNKNOWN_FIELDS } from "./raw-fields.ts";

const HTTP_LOGS = 2;
const TCP_LOGS = 3;

/** The short names of Envoy's access-log documentation, by the name of the flag's field. */
const FLAGS: Readonly<Record<string, string>> = {
  failed_local_healthcheck: "LH",
  no_healthy_upstream: "UH",
  upstream_request_timeout: "UT",
  local_reset: "LR",
  upstream_remote_reset: "UR",
  upstream_connection_failure: "UF",
  upstream_connection_termination: "UC",
  upstream_overflow: "UO",
  no_route_found: "NR",
  delay_injected: "DI",
  fault_injected: "FI",
  rate_limited: "RL",
  unauthorized_details: "UAEX",
  rate_limit_service_error: "RLSE",
  downstream_connection_termination: "DC",
  upstream_retry_limit_exceeded: "URX",
  stream_idle_timeout: "SI",
  invalid_envoy_request_headers: "IH",
  downstream_protocol_error: "DPE",
  upstream_max_stream_duration_reached: "UMSDR",
  response_from_cache_filter: "RFCF",
  no_filter_config_found: "NFCF",
  duration_timeout: "DT",
  upstream_protocol_error: "UPE",
  no_cluster_found: "NC",
  overload_manager: "OM",
  dns_resolution_failure: "DF",
  downstream_remote_reset: "DR",
};

function entryOf(...fields: Buffer[]) {
  const [entry] = decodeAccessLogMessage(delimitedField(HTTP_LOGS, delimitedField(1, ...fields))).entries;
  if (entry === undefined) throw new Error("no entry");
  return entry;
}

describe("reading a StreamAccessLogsMessage", () => {
  it("reads who logs, and nothing else from a first message without entries", () => {
    const message = ours.encodeAccessLogMessage({ identifier: { node: { id: "envoy-1" }, log_name: "sluice" } });
    expect(decodeAccessLogMessage(message)).toEqual({ logName: "sluice", nodeId: "envoy-1", entries: [], spans: [] });
  });

  it("says where each entry stands, so that it can be read alone: also behind unknown fields and in more than one list", () => {
    const entry = (id: string) => delimitedField(1, delimitedField(3, delimitedField(9, Buffer.from(id))));
    const lists = [
      [...UNKNOWN_FIELDS, entry("one"), entry("two")],
      [entry("three"), ...UNKNOWN_FIELDS],
    ].map((fields) => delimitedField(HTTP_LOGS, ...fields));
    const message = Buffer.concat([delimitedField(TCP_LOGS), ...lists]);
    const { entries, spans } = decodeAccessLogMessage(message);
    expect(entries.map(({ requestId }) => requestId)).toEqual(["one", "two", "three"]);
    const alone = entries.map((_, index) => decodeAccessLogEntry(message.subarray(spans[2 * index], spans[2 * index + 1])));
    expect(alone).toEqual(entries);
  });

  it("refuses what is no entry when it reads one alone", () => {
    expect(() => decodeAccessLogEntry(Buffer.alloc(0))).toThrow(WireError);
    expect(() => decodeAccessLogEntry(delimitedField(1, Buffer.from([0x0a, 0x7f])))).toThrow(WireError);
  });

  it("leaves absent what a request that never got an answer does not have", () => {
    const message = ours.encodeAccessLogMessage({
      http_logs: { log_entry: [{ common_properties: { response_flags: { downstream_connection_termination: true } } }] },
    });
    const [entry] = decodeAccessLogMessage(message).entries;
    expect(entry).toMatchObject({ responseCode: 0, upstreamRemoteAddress: "", attempts: 0, responseFlags: ["DC"] });
    expect(entry?.method).toBeUndefined();
    expect(entry?.timeToFirstUpstreamRxByteMs).toBeUndefined();
    expect(entry?.durationMs).toBeUndefined();
  });

  it("knows every response flag by its short name", () => {
    const fields = ourTypes()
      .lookupType("envoy.data.accesslog.v3.ResponseFlags")
      .fieldsArray.map((field) => field.name);
    expect(fields.sort()).toEqual(Object.keys(FLAGS).sort());
    for (const [field, name] of Object.entries(FLAGS)) {
      const response_flags = { [field]: field === "unauthorized_details" ? {} : true };
      const message = ours.encodeAccessLogMessage({ http_logs: { log_entry: [{ common_properties: { response_flags } }] } });
      expect(decodeAccessLogMessage(message).entries[0]?.responseFlags).toEqual([name]);
    }
  });

  it.each([
    [{ socket_address: { address: "10.0.0.7", port_value: 8000 } }, "10.0.0.7:8000"],
    [{ socket_address: { address: "::1", port_value: 8000 } }, "[::1]:8000"],
    [{ pipe: { path: "/run/model.sock" } }, ""],
    [{}, ""],
  ])("prints the upstream address %j as '%s'", (upstream_remote_address, printed) => {
    const message = ours.encodeAccessLogMessage({ http_logs: { log_entry: [{ common_properties: { upstream_remote_address } }] } });
    expect(decodeAccessLogMessage(message).entries[0]?.upstreamRemoteAddress).toBe(printed);
  });

  it("adds up split parts, takes the last of repeated values and steps over unknown fields", () => {
    const request = delimitedField(3, delimitedField(9, "first"), ...UNKNOWN_FIELDS, delimitedField(9, "id"));
    const moreRequest = delimitedField(3, numberField(12, 7), delimitedField(13, delimitedField(1, "x-tier"), delimitedField(2, "weak")));
    const common = delimitedField(1, delimitedField(5, numberField(1, 10)), delimitedField(16, numberField(6, 1), numberField(2, 1)));
    const moreCommon = delimitedField(1, delimitedField(5, numberField(2, 5_000_000)), delimitedField(16, numberField(2, 0)));
    const entry = entryOf(...UNKNOWN_FIELDS, request, common, moreRequest, moreCommon);
    expect(entry).toMatchObject({ requestId: "id", requestBodyBytes: 7, startTimeMs: 10_005, responseFlags: ["UF"] });
    expect([...entry.requestHeaders]).toEqual([["x-tier", "weak"]]);
  });

  it("forgets an address when another kind of address follows", () => {
    const socket = delimitedField(1, delimitedField(2, "10.0.0.7"), numberField(3, 80));
    expect(entryOf(delimitedField(1, delimitedField(13, socket, delimitedField(2)))).upstreamRemoteAddress).toBe("");
    expect(entryOf(delimitedField(1, delimitedField(13, delimitedField(3), socket))).upstreamRemoteAddress).toBe("10.0.0.7:80");
  });

  it("gathers entries from split batches, and none once TCP entries follow", () => {
    const batch = delimitedField(HTTP_LOGS, delimitedField(1), delimitedField(1));
    expect(decodeAccessLogMessage(Buffer.concat([batch, batch])).entries).toHaveLength(4);
    expect(
      decodeAccessLogMessage(Buffer.concat([batch, delimitedField(TCP_LOGS), delimitedField(HTTP_LOGS, delimitedField(1))])).entries,
    ).toHaveLength(1);
  });

  it("throws a WireError on malformed bytes", () => {
    expect(() => decodeAccessLogMessage(Buffer.from([0x12, 5, 1]))).toThrow(WireError);
    expect(() => decodeAccessLogMessage(Buffer.from([0x12, 5, 1]))).toThrow(/^not a StreamAccessLogsMessage: ./);
  });
});
