// How sluice ends: how long requests in flight get.
import { z } from "zod";
import { type Capability, plain } from "./capability.ts";

export interface ShutdownSettings {
  readonly graceMs: number;
}

const schema = z
  .strictObject({
    graceMs: z.int().min(0).max(3_600_000).default(30_000).describe("milliseconds that requests in flight get to finish after SIGTERM"),
  })
  .prefault({});

export const shutdown: Capability<typeof schema, ShutdownSettings> = {
  ...plain,
  schema,
};
