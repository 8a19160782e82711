// Where sluice listens, and what speaks gRPC there.
import { z } from "zod";
import { listenAddressProblem } from "../../listen-address.ts";
import { note } from "../effective.ts";
import { checkedText } from "../fields.ts";
import { type Capability, plain } from "./capability.ts";

/** What speaks gRPC: src/envoy/grpc/http2, or @grpc/grpc-js. */
export const TRANSPORTS = ["http2", "grpc-js"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface ListenSettings {
  readonly extProc: string; // valid for parseListenAddress, as is the next
  readonly admin: string;
  readonly adminHosts: readonly string[]; // names, without port
  readonly adminTokenFile?: string | undefined;
  readonly transport: Transport;
}

const listenAddress = checkedText(listenAddressProblem);

/** What is wrong with it, as the end of a sentence; undefined when nothing is. */
function hostNameProblem(name: string): string | undefined {
  return /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/i.test(name) ? undefined : "write a host's name, without scheme and port";
}

const schema = z
  .strictObject({
    extProc: listenAddress
      .default("127.0.0.1:9002")
      .describe("the gRPC port: ext_proc, access log and health. `host:port`, `[IPv6]:port` or `unix:/path`; port 0 takes a free one"),
    admin: listenAddress.default("127.0.0.1:9003").describe("the HTTP port for health, readiness, metrics and the effective configuration"),
    adminHosts: z
      .array(checkedText(hostNameProblem))
      .default([])
      .describe(
        [
          "names by which a browser may ask the admin port for its page, beside `localhost`, any IP address and the host in `admin`:",
          "another name may be an attacker's that resolves to here",
        ].join(" "),
      ),
    adminTokenFile: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe(
        [
          "a file with a token: `/v1/feedback` then takes only what brings it, as `authorization: Bearer TOKEN`; read anew each time.",
          "Without it `SLUICE_ADMIN_TOKEN` of the environment counts, if it is set",
        ].join(" "),
      ),
    transport: z
      .enum(TRANSPORTS)
      .default("http2")
      .describe("what speaks gRPC on `extProc`: sluice's own `http2`, which takes half the CPU, or `grpc-js`, the common library"),
  })
  .prefault({});

export const listen: Capability<typeof schema, ListenSettings> = {
  ...plain,
  schema,
  effective: ({ adminTokenFile, ...others }) => ({
    ...others,
    adminTokenFile: adminTokenFile ?? note("SLUICE_ADMIN_TOKEN's; else no token"),
  }),
  atNextStart: ["extProc", "admin", "adminHosts", "adminTokenFile", "transport"],
};
