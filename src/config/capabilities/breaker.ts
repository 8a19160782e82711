// When a tier, or a provider with several, counts as failing, so that its requests go to a substitute, and how it is tried again.
import { z } from "zod";
import type { CircuitSettings } from "../../request/guard/health/circuit.ts";
import { note } from "../effective.ts";
import { type Capability, plain } from "./capability.ts";

/** What need not be set: who knows better than these has not been met. */
const FIXED = { windowMs: 30_000, opensAtMostMs: 300_000, probeOneIn: 10, closesAfter: 5 } as const;
const DEFAULTS = { least: 20, failedShare: 0.5, opensForMs: 15_000 } as const;

/** As where `breaker: {}` stands. */
export const BREAKER_DEFAULTS: CircuitSettings = { ...FIXED, ...DEFAULTS };

const schema = z
  .strictObject({
    least: z.int().min(5).max(100_000).default(DEFAULTS.least).describe("outcomes of the last 30 s before anything is concluded"),
    failedShare: z
      .number()
      .min(0.05)
      .max(1)
      .default(DEFAULTS.failedShare)
      .describe("the share of them, 0 to 1, that failed: from it on requests go to the substitute"),
    opensForMs: z
      .int()
      .min(100)
      .max(FIXED.opensAtMostMs)
      .default(DEFAULTS.opensForMs)
      .describe(
        "milliseconds before the tier is tried again, with one in ten of its requests, until five in a row succeed; twice as many each " +
          "time that one does not, up to 5 minutes",
      ),
  })
  .optional()
  .describe(
    "requests for a tier that fails go to its substitute at once; docs/breakers.md. It learns of failures from Envoy's access log, " +
      "and does nothing without. Default: off; `{}` turns it on, as does a tier's `substitute`",
  );

export const breaker: Capability<typeof schema, CircuitSettings | undefined> = {
  ...plain,
  schema,
  resolve: (file) => file && { ...FIXED, ...file },
  effective: (file) => file ?? note("off, but where a tier has a substitute"),
};
