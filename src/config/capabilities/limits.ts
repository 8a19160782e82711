// How much of a body is read, and of all bodies at once.
import { z } from "zod";
import { type Capability, type CapabilityContext, plain } from "./capability.ts";

export interface LimitsSettings {
  readonly maxBodyBytes: number;
  readonly bodyBudgetBytes: number;
}

const MAX_BODY_BYTES = 256 * 1024 * 1024;

const schema = z
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
      .describe(
        "bytes of all request bodies in flight, those beyond pass unread to the default tier; and of all that is held for Envoy, " +
          "beyond which calls are cut off",
      ),
  })
  .prefault({});

export const limits: Capability<typeof schema, LimitsSettings> = {
  ...plain,
  schema,
  resolve,
};

function resolve(file: LimitsSettings, { complain }: CapabilityContext): LimitsSettings {
  const { maxBodyBytes, bodyBudgetBytes } = file;
  if (bodyBudgetBytes < maxBodyBytes) complain(["limits", "bodyBudgetBytes"], `must be at least limits.maxBodyBytes, ${maxBodyBytes}`);
  return file;
}
