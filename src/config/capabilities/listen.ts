// Where sluice listens, and what speaks gRPC there.
import { z } from "zod";
import { listenAddressProblem } from "../../listen-address.ts";
import { checkedText } from "../fields.ts";
import { type Capability, plain } from "./capability.ts";

/** What speaks gRPC: src/envoy/grpc/http2, or @grpc/grpc-js. */
export const TRANSPORTS = ["http2", "grpc-js"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface ListenSettings {
  readonly extProc: string; // valid for parseListenAddress, as is the next
  readonly admin: string;
  readonly transport: Transport;
}

const listenAddress = checkedText(listenAddressProblem);

const schema = z
  .strictObject({
    extProc: listenAddress
      .default("127.0.0.1:9002")
      .describe("the gRPC port: ext_proc, access log and health. `host:port`, `[IPv6]:port` or `unix:/path`; port 0 takes a free one"),
    admin: listenAddress.default("127.0.0.1:9003").describe("the HTTP port for health, readiness, metrics and the effective configuration"),
    transport: z
      .enum(TRANSPORTS)
      .default("http2")
      .describe("what speaks gRPC on `extProc`: sluice's own `http2`, which takes half the CPU, or `grpc-js`, the common library"),
  })
  .prefault({});

export const listen: Capability<typeof schema, ListenSettings> = {
  ...plain,
  schema,
  atNextStart: ["extProc", "admin", "transport"],
};
