// The audit slice: which share of the sessions gets a tier at random, so that any policy can be judged on logged traffic.
import { z } from "zod";
import type { AuditSettings } from "../../request/guard/audit.ts";
import { note } from "../effective.ts";
import { type Capability, type CapabilityContext, plain } from "./capability.ts";

const MOST = 0.5;

const schema = z
  .strictObject({
    share: z
      .number()
      .min(0)
      .max(MOST)
      .default(0)
      .describe(
        "of the sessions (else users, else requests), the share that gets a tier at random for a day: 0.002 is a good one. The chance of " +
          "the tier taken is in the decision log, misroute signals as lines of their own, as ratings always are; nothing " +
          "is drawn where a lock, the prompt cache or an ability holds a request",
      ),
    nearThreshold: z
      .number()
      .min(0)
      .max(MOST)
      .optional()
      .describe("the same where a learned score is within 0.05 of its threshold, as 0.02; at least `share`. Default: `share`"),
    salt: z
      .string()
      .max(256)
      .default("")
      .describe("another text draws other sessions; replicas need the same. A secret where clients choose their sessions' ids"),
  })
  .prefault({});

/** Undefined: nothing is drawn. */
export const audit: Capability<typeof schema, AuditSettings | undefined> = {
  ...plain,
  schema,
  resolve,
  effective: ({ share, nearThreshold, salt }) => ({ share, nearThreshold: nearThreshold ?? note("as share"), salt }),
  secrets: ["salt"],
};

function resolve({ share, nearThreshold = share, salt }: z.output<typeof schema>, { complain }: CapabilityContext) {
  if (nearThreshold < share) complain(["audit", "nearThreshold"], `must be at least share, ${share}`);
  return nearThreshold === 0 ? undefined : { share, nearThreshold, salt };
}
