// Finished requests without an Envoy: entries sent to sluice's access log service, as Envoy's workers send them.
import { Client, credentials } from "@grpc/grpc-js";
import { ACCESS_LOG_METHOD } from "../../src/envoy/wire/methods.ts";
import { ours } from "../envoy/wire/oracle.ts";

export interface AccessLogClient {
  /** Each entry gives an outcome, of a request that went unrouted; resolves when they are on their way. */
  send(requestIds: readonly string[]): Promise<void>;
  /** What is no message: a warning in the log. */
  sendUnreadable(): Promise<void>;
  close(): void;
}

export function accessLogClient(address: string): AccessLogClient {
  const client = new Client(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const call = client.makeClientStreamRequest(
    ACCESS_LOG_METHOD,
    (message: Buffer) => message,
    (bytes) => bytes,
    () => {}, // its end is sluice's
  );
  call.on("error", () => {});
  const write = (message: Buffer) => new Promise<void>((resolve) => void call.write(message, () => resolve()));
  return {
    send: (requestIds) => {
      const entries = requestIds.map(entryOf);
      return write(ours.encodeAccessLogMessage({ identifier: { log_name: "sluice" }, http_logs: { log_entry: entries } }));
    },
    sendUnreadable: () => write(UNREADABLE),
    close() {
      call.end();
      client.close();
    },
  };
}

/** A field of five bytes that ends after two. */
const UNREADABLE = Buffer.from([0x12, 0x05, 0x01, 0x02]);

function entryOf(requestId: string): object {
  return {
    common_properties: { start_time: { seconds: 1_780_000_000 }, upstream_cluster: "strong" },
    request: { request_method: "POST", scheme: "http", authority: "gateway", path: "/v1/chat/completions", request_id: requestId },
    response: { response_code: { value: 200 }, response_body_bytes: 100 },
  };
}
