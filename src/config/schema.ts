// What may stand in the configuration file: every key with its type, default and meaning. The reference documentation and the JSON schema
// for editors are made from this; what a key's value must agree with elsewhere in the file is checked in resolve.ts.
import { z } from "zod";
import { listenAddressProblem } from "../envoy/grpc/listen-address.ts";
import { DECISION_LOG_TARGETS } from "../outcome/sinks/settings.ts";
import { checkClose, checkOpen, DEFAULT_ENVELOPES, MAX_ENVELOPES } from "../request/chat/envelopes.ts";
import { LOG_LEVELS, TRANSPORTS } from "./config.ts";
import { checkedText, headerName, httpUrl, policyName, tierName } from "./fields.ts";
import { policySchema } from "./policies/list.ts";

const MAX_BODY_BYTES = 256 * 1024 * 1024;
const MAX_TIERS = 32;

const listenAddress = checkedText(listenAddressProblem);
const dollars = z.number().min(0).max(1_000_000);

const price = z.strictObject({
  inputPerMTok: dollars.optional().describe("US dollars for a million input tokens"),
  outputPerMTok: dollars.optional().describe("US dollars for a million output tokens"),
  perHour: dollars.optional().describe("US dollars for an hour of the tier's servers, where they are rented by time"),
});

const tier = z.strictObject({
  name: tierName.describe("what `x-sluice-tier` says; Envoy's routes match it. Unique"),
  model: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe("the request's `model` is set to this. Default: `model` is dropped, and the server uses its own"),
  cluster: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe(
      "the Envoy cluster that serves it, as the access log names it, or as the response header `x-sluice-served-by` does where " +
        "it is logged; `*` stands for anything. Default: the name, alone, as a Service's under kgateway (`kube_*_NAME_*`) or " +
        "as a host's (`NAME.*`)",
    ),
  price: price.prefault({}).describe("what the tier costs"),
});

export const configSchema = z.strictObject({
  $schema: z.string().optional().describe("where an editor finds the schema of this file; sluice itself ignores it"),
  listen: z
    .strictObject({
      extProc: listenAddress
        .default("127.0.0.1:9002")
        .describe("the gRPC port: ext_proc, access log and health. `host:port`, `[IPv6]:port` or `unix:/path`; port 0 takes a free one"),
      admin: listenAddress
        .default("127.0.0.1:9003")
        .describe("the HTTP port for health, readiness, metrics and the effective configuration"),
      transport: z
        .enum(TRANSPORTS)
        .default("http2")
        .describe("what speaks gRPC on `extProc`: sluice's own `http2`, which takes half the CPU, or `grpc-js`, the common library"),
    })
    .prefault({}),
  tiers: z
    .array(tier)
    .min(1)
    .max(MAX_TIERS)
    .default([
      { name: "weak", price: {} },
      { name: "strong", price: {} },
    ])
    .describe("the model servers to choose from, cheap first. Default: `weak` and `strong`"),
  defaultTier: tierName.optional().describe("the tier for a request that cannot be read. Default: the last, dearest"),
  active: z.string().optional().describe("the policy that decides. Default: `main`, or the only one"),
  policies: z
    .record(policyName, policySchema)
    .default({ main: { type: "threshold", preset: "v7", countTurns: "messages", scope: "all" } })
    .describe("policies by name. Default: one, `main`, of type `threshold` with the preset `v7`"),
  envelopes: z
    .array(
      z.strictObject({
        open: checkedText(checkOpen).describe("the mark it begins with, in this very spelling, such as `<system-reminder>`"),
        close: checkedText(checkClose).optional().describe("the mark it ends with. Default: it takes the rest of its message"),
      }),
    )
    .max(MAX_ENVELOPES)
    .default([...DEFAULT_ENVELOPES])
    .describe(
      "how text is marked that agents put into the user's messages; the scopes `user`, `last_user` and `prompt` leave it out. " +
        "Default: that of Claude Code, Codex, Cline and aider, which docs/coding-agents.md lists; an own list replaces it",
    ),
  unreadable: z
    .enum(["pass", "refuse"])
    .default("pass")
    .describe("a body that is not readable JSON: `pass` it on to the default tier, or `refuse` it with 400 and an error in OpenAI's shape"),
  limits: z
    .strictObject({
      maxBodyBytes: z
        .int()
        .min(1024)
        .max(MAX_BODY_BYTES)
        .default(16_777_216)
        .describe("bytes of one request body; a larger one passes unread to the default tier"),
      bodyBudgetBytes: z
        .int()
        .min(1024)
        .max(64 * MAX_BODY_BYTES)
        .default(268_435_456)
        .describe("bytes of all request bodies in flight; those beyond pass unread to the default tier"),
    })
    .prefault({}),
  outcomes: z
    .strictObject({
      maxWaiting: z
        .int()
        .min(1)
        .max(10_000_000)
        .default(100_000)
        .describe(
          "decisions that may wait for Envoy's access log (4096 until its first entry); beyond that the oldest is given up as unknown",
        ),
      maxWaitMs: z
        .int()
        .min(1000)
        .max(86_400_000)
        .default(900_000)
        .describe("milliseconds that a decision waits: longer than the longest answer, since Envoy logs a request at its end"),
    })
    .prefault({}),
  decisionLog: z
    .strictObject({
      to: z
        .enum(DECISION_LOG_TARGETS)
        .default("off")
        .describe("where one JSON line per finished request goes: nowhere, to standard output, or to `file`"),
      file: z
        .string()
        .min(1)
        .max(4096)
        .default("decisions.jsonl")
        .describe("path of that file, from the working directory; older ones beside it are `decisions.1.jsonl` and up"),
      maxMB: z.int().min(1).max(100_000).default(100).describe("megabytes after which a new file is begun; every day one is, too"),
      keep: z.int().min(1).max(1000).default(10).describe("older files to keep"),
    })
    .prefault({}),
  traces: z
    .strictObject({
      endpoint: httpUrl
        .optional()
        .describe(
          "where spans go, by OTLP over HTTP; `/v1/traces` when it has no path. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`'s; else no spans",
        ),
      headers: z
        .record(headerName, z.string().max(8192))
        .default({})
        .describe("sent along, such as `authorization`; secrets are better given in `OTEL_EXPORTER_OTLP_HEADERS`. Never shown"),
      sampleShare: z
        .number()
        .min(0)
        .max(1)
        .default(1)
        .describe("share of the requests that get a span; a request that belongs to a trace follows that trace's own sampling"),
    })
    .prefault({}),
  capturePrompts: z
    .boolean()
    .default(false)
    .describe("the text of the user's last message, at most 4000 characters of it, goes into decision log and spans"),
  shutdown: z
    .strictObject({
      graceMs: z.int().min(0).max(3_600_000).default(30_000).describe("milliseconds that requests in flight get to finish after SIGTERM"),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS).default("info").describe("the least severe messages to log, as JSON lines on standard error"),
    })
    .prefault({}),
});

/** The file's content, its own defaults filled in. */
export type ConfigFile = z.output<typeof configSchema>;
