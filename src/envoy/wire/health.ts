// The two messages of grpc.health.v1.
import { delimited, FieldReader, readText } from "./protobuf.ts";

export type HealthStatus = "serving" | "not-serving" | "service-unknown";

/** HealthCheckResponse { status = 1 } */
const ENCODED: Readonly<Record<HealthStatus, Uint8Array>> = {
  serving: Uint8Array.of(0x08, 1),
  "not-serving": Uint8Array.of(0x08, 2),
  "service-unknown": Uint8Array.of(0x08, 3),
};

export function encodeHealthResponse(status: HealthStatus): Uint8Array {
  return ENCODED[status];
}

/** The service named in a HealthCheckRequest { service = 1 }; empty for the server as a whole. Malformed bytes throw. */
export function decodeHealthRequest(message: Uint8Array): string {
  const reader = new FieldReader(message);
  let service = "";
  while (reader.nextField()) {
    if (reader.tag === delimited(1)) service = readText(reader);
    else reader.skipField();
  }
  return service;
}
