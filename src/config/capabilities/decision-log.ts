// Where a line per finished request goes.
import { z } from "zod";
import { DECISION_LOG_TARGETS, type DecisionLogSettings } from "../../outcome/sinks/settings.ts";
import { type Capability, plain } from "./capability.ts";

const schema = z
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
    keep: z.int().min(0).max(1000).default(10).describe("older files to keep; 0: no new file is ever begun, as logrotate does it"),
  })
  .prefault({});

export const decisionLog: Capability<typeof schema, DecisionLogSettings> = {
  ...plain,
  schema,
};
