// How many decisions wait for Envoy's access log, and for how long.
import { z } from "zod";
import { type Capability, plain } from "./capability.ts";

export interface OutcomesSettings {
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

const schema = z
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
  .prefault({});

export const outcomes: Capability<typeof schema, OutcomesSettings> = {
  ...plain,
  schema,
  atNextStart: ["maxWaiting", "maxWaitMs"],
};
