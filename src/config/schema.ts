// What may stand in the configuration file: every key with its type, default and meaning. The reference documentation and the JSON schema
// for editors are made from this; what a key's value must agree with elsewhere in the file is checked in resolve.ts.
import { z } from "zod";
import { SCOPES } from "../chat/facts.ts";
import { checkKeyword, MAX_KEYWORDS } from "../chat/keywords.ts";
import { listenAddressProblem } from "./address.ts";
import { LOG_LEVELS, TRANSPORTS } from "./config.ts";
import { PRESET_NAMES } from "./presets.ts";

const MAX_COUNT = 2 ** 31 - 1;
const MAX_BODY_BYTES = 256 * 1024 * 1024;
const MAX_TIERS = 32;

const listenAddress = z.string().check((context) => {
  const problem = listenAddressProblem(context.value);
  if (problem !== undefined) context.issues.push({ code: "custom", message: problem, input: context.value });
});

const keyword = z.string().check((context) => {
  const problem = context.value.trim() === "" ? "must not be empty" : checkKeyword(context.value.toLowerCase());
  if (problem !== undefined) context.issues.push({ code: "custom", message: problem, input: context.value });
});

const tierName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "must be 1 to 63 of a-z, 0-9 and -, and not begin or end with -");
const policyName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, "must be 1 to 63 of A-Z, a-z, 0-9, - and _, and begin with a letter or digit");
const count = z.int().min(0).max(MAX_COUNT);
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
  price: price.prefault({}).describe("what the tier costs"),
});

const thresholdPolicy = z.strictObject({
  type: z
    .literal("threshold")
    .describe("over when the text holds a keyword or is longer than `maxChars` or `maxBytes`, or there are more than `maxTurns` messages"),
  preset: z.enum(PRESET_NAMES).default("v7").describe("where the keywords and thresholds that are not given come from"),
  keywords: z
    .array(keyword)
    .max(MAX_KEYWORDS)
    .optional()
    .describe("words that ask for the tier `over`, found in any case and inside words too. Default: the preset's; an own list replaces it"),
  maxChars: count.optional().describe("code points of the text. Default: the preset's"),
  maxBytes: count.optional().describe("UTF-8 bytes of the text, for mixed scripts. Default: not asked"),
  maxTurns: count.optional().describe("messages of the conversation. Default: the preset's"),
  scope: z.enum(SCOPES).default("all").describe("which messages' text is read: `all`, those of the role `user`, or the last of these"),
  under: tierName.optional().describe("the tier for a request under every threshold. Default: the first tier"),
  over: tierName.optional().describe("the tier for a request over one. Default: the last tier"),
});

export const configSchema = z.strictObject({
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
    .record(policyName, z.discriminatedUnion("type", [thresholdPolicy]))
    .default({ main: { type: "threshold", preset: "v7", scope: "all" } })
    .describe("policies by name. Default: one, `main`, of type `threshold` with the preset `v7`"),
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
