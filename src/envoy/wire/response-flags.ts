// The access log's response flags: a message of booleans on the wire, the short names operators know from text logs for us.
import { delimited, type FieldReader, varint } from "./protobuf.ts";

/** ResponseFlags by tag. Names as in Envoy's %RESPONSE_FLAGS%. */
const FLAG_NAMES: ReadonlyMap<number, string> = new Map([
  [varint(1), "LH"], // failed_local_healthcheck
  [varint(2), "UH"], // no_healthy_upstream
  [varint(3), "UT"], // upstream_request_timeout
  [varint(4), "LR"], // local_reset
  [varint(5), "UR"], // upstream_remote_reset
  [varint(6), "UF"], // upstream_connection_failure
  [varint(7), "UC"], // upstream_connection_termination
  [varint(8), "UO"], // upstream_overflow
  [varint(9), "NR"], // no_route_found
  [varint(10), "DI"], // delay_injected
  [varint(11), "FI"], // fault_injected
  [varint(12), "RL"], // rate_limited
  [varint(14), "RLSE"], // rate_limit_service_error
  [varint(15), "DC"], // downstream_connection_termination
  [varint(16), "URX"], // upstream_retry_limit_exceeded
  [varint(17), "SI"], // stream_idle_timeout
  [varint(18), "IH"], // invalid_envoy_request_headers
  [varint(19), "DPE"], // downstream_protocol_error
  [varint(20), "UMSDR"], // upstream_max_stream_duration_reached
  [varint(21), "RFCF"], // response_from_cache_filter
  [varint(22), "NFCF"], // no_filter_config_found
  [varint(23), "DT"], // duration_timeout
  [varint(24), "UPE"], // upstream_protocol_error
  [varint(25), "NC"], // no_cluster_found
  [varint(26), "OM"], // overload_manager
  [varint(27), "DF"], // dns_resolution_failure
  [varint(28), "DR"], // downstream_remote_reset
]);
const UNAUTHORIZED_DETAILS = delimited(13); // the one flag that is a message: its presence counts
const UNAUTHORIZED = "UAEX";

/** Adds the flags of one ResponseFlags message; a flag sent again as false is taken back. */
export function readResponseFlags(into: Set<string>, reader: FieldReader): void {
  while (reader.nextField()) {
    const name = FLAG_NAMES.get(reader.tag);
    if (name !== undefined) {
      if (reader.readBool()) into.add(name);
      else into.delete(name);
    } else {
      if (reader.tag === UNAUTHORIZED_DETAILS) into.add(UNAUTHORIZED);
      reader.skipField();
    }
  }
}
