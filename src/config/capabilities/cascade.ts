// The cascade: the tiers that are asked in turn until an answer is good enough, and how long an answer may be held to be judged.
import { z } from "zod";
import { CASCADE } from "../../request/policy/cascading.ts";
import type { TierName } from "../../request/policy/policy.ts";
import { note } from "../effective.ts";
import { share, tierName } from "../fields.ts";
import { requireKnown } from "../references.ts";
import { type Capability, type CapabilityContext, type CapabilityWarning, plain, type WarningContext } from "./capability.ts";

export interface CascadeConfig {
  readonly steps: readonly TierName[]; // cheap first; the last one's answers are not judged
  readonly hold: { readonly bytes: number; readonly tokens: number; readonly ms: number };
  readonly maxShare: number;
}

const MOST_STEPS = 3;

const hold = z.strictObject({
  bytes: z
    .int()
    .min(1)
    .max(1 << 20)
    .default(32_768)
    .describe("so many bytes at most"),
  tokens: z.int().min(1).max(10_000).default(64).describe("so many tokens at most, counted as one an event"),
  ms: z.int().min(1).max(60_000).default(2000).describe("milliseconds at most, from the answer's headers on"),
});

const schema = z
  .strictObject({
    steps: z
      .array(tierName)
      .min(2)
      .max(MOST_STEPS)
      .describe(
        "tiers, cheap first. Policies may name `cascade` in the place of a tier: then the first of these is asked, its answer judged on " +
          "its way, and the next asked where it is bad; docs/cascade.md. The last one's answers pass, whatever they are",
      ),
    hold: hold
      .prefault({})
      .describe(
        "of a streamed answer, how much is held until it is judged; then it passes, and goes on as it comes. Others are held whole",
      ),
    maxShare: share.default(0.5).describe("of the last 200 answers judged, so many at most are thrown away; then bad ones pass, too"),
  })
  .optional()
  .describe("tiers that are asked in turn until an answer is good enough. Default: none, no answer is judged");

type CascadeFile = NonNullable<z.output<typeof schema>>;

/** Undefined: no answer is judged. */
export const cascade: Capability<typeof schema, CascadeConfig | undefined> = {
  ...plain,
  schema,
  resolve,
  effective: (file) => file ?? note("none"),
  warnings,
};

function resolve(file: CascadeFile | undefined, { tiers, complain }: CapabilityContext): CascadeConfig | undefined {
  if (file === undefined) return undefined;
  const { steps } = file;
  for (const [index, step] of steps.entries()) {
    requireKnown(complain, ["cascade", "steps", index], step, tiers, "tier");
    if (steps.indexOf(step) !== index) complain(["cascade", "steps", index], `${step} is listed above`);
  }
  if (tiers.includes(CASCADE))
    complain(["cascade"], `a tier has the name ${CASCADE}: give it another, so that policies can name the cascade`);
  return file;
}

function warnings(cascade: CascadeConfig | undefined, { unpriced }: WarningContext): readonly CapabilityWarning[] {
  const unknown = cascade?.steps.filter((step) => unpriced.has(step)) ?? [];
  if (unknown.length === 0) return [];
  const message = `what thrown-away answers cost is not known: ${unknown.join(" and ")} lack${unknown.length === 1 ? "s" : ""} \`price\``;
  return [{ key: ["steps"], message }];
}
