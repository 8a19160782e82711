// Where a line per finished request goes.
import { z } from "zod";
import { DECISION_LOG_TARGETS, type DecisionLogSettings } from "../../outcome/sinks/settings.ts";
import { note } from "../effective.ts";
import { filePath, headerName } from "../fields.ts";
import { type Capability, type CapabilityContext, plain } from "./capability.ts";

const MOST_HEADERS = 8;
/** What they hold opens doors. */
const SECRET_HEADERS = ["authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key"];

const schema = z
  .strictObject({
    to: z
      .enum(DECISION_LOG_TARGETS)
      .default("off")
      .describe("where one JSON line per finished request goes: nowhere, to standard output, or to `file`"),
    file: filePath
      .default("decisions.jsonl")
      .describe("path of that file, from the working directory; older ones beside it are `decisions.1.jsonl` and up"),
    maxMB: z.int().min(1).max(100_000).default(100).describe("megabytes after which a new file is begun; every day one is, too"),
    keep: z.int().min(0).max(1000).default(10).describe("older files to keep; 0: no new file is ever begun, as logrotate does it"),
    headers: z
      .array(headerName)
      .max(MOST_HEADERS)
      .default([])
      .describe(
        "request headers whose values stand in each line, in `facts.headers`, as `[x-team]`: `sluice compare` tells what a policy " +
          "changes for each value. Set them at your gateway; of a value the first 128 characters are kept",
      ),
    hashSalt: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe(
        "their values stand there as hashes with this salt, a secret: enough to tell them apart, where nobody is to read them. " +
          "Replicas need the same. Default: none, as they came",
      ),
  })
  .prefault({});

interface LoggedSettings extends DecisionLogSettings {
  readonly headers: readonly string[]; // whose values stand in a line, in lower case
  readonly hashSalt: string | undefined; // of their hashes; undefined: as they came
}

export const decisionLog: Capability<typeof schema, LoggedSettings> = {
  ...plain,
  schema,
  resolve,
  effective: (file) => ({ ...file, hashSalt: file.hashSalt ?? note("none, as they came") }),
  secrets: ["hashSalt"],
};

/** Names in lower case, each once. */
function resolve(file: z.output<typeof schema>, { complain }: CapabilityContext): LoggedSettings {
  const headers = [...new Set(file.headers.map((name) => name.toLowerCase()))];
  for (const [at, name] of file.headers.entries()) {
    if (SECRET_HEADERS.includes(name.toLowerCase())) complain(["decisionLog", "headers", at], "is a secret, which no log may hold");
  }
  return { ...file, headers, hashSalt: file.hashSalt };
}
