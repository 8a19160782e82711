// The cascade: the tiers that are asked in turn until an answer is good enough, and how long an answer may be held to be judged.
import { z } from "zod";
import { CHECKS, type CheckSettings, DISTINCT } from "../../answer/checks/list.ts";
import { CASCADE } from "../../request/policy/cascading.ts";
import type { TierName } from "../../request/policy/policy.ts";
import { note } from "../effective.ts";
import { share, tierName } from "../fields.ts";
import { requireKnown } from "../references.ts";
import { type Capability, type CapabilityContext, type CapabilityWarning, plain, type WarningContext } from "./capability.ts";

export interface CascadeConfig {
  readonly steps: readonly TierName[]; // cheap first; the last one's answers are not judged
  readonly accept: readonly CheckSettings[]; // what speaks against an answer
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

const check = (meaning: string) => z.boolean().default(true).describe(`not accepted: ${meaning}`);

const accept = z.strictObject({
  error: check(CHECKS.error),
  cutShort: check(CHECKS["cut-short"]),
  truncated: check(CHECKS.truncated),
  empty: check(CHECKS.empty),
  tool: check(CHECKS.tool),
  form: check(CHECKS.form),
  refusal: check(CHECKS.refusal),
  language: check(CHECKS.language),
  repetition: share
    .default(DISTINCT)
    .describe(`not accepted: ${CHECKS.repetition}; the share of different ones that is asked for. 0: this is not looked at`),
  logprob: z
    .number()
    .max(0)
    .optional()
    .describe(`not accepted: ${CHECKS.logprob}; the least that is accepted, such as -0.7. Default: this is not looked at`),
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
    accept: accept.prefault({}).describe("what speaks against an answer"),
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
  effective: (file) =>
    file === undefined
      ? note("none")
      : { ...file, accept: { ...file.accept, logprob: file.accept.logprob ?? note("none: this is not looked at") } },
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
  const accepted = checksOf(file.accept);
  if (accepted.length === 0) complain(["cascade", "accept"], "nothing would speak against an answer: leave one of the checks on");
  return { ...file, accept: accepted };
}

function checksOf({ repetition, logprob, cutShort, ...plainChecks }: CascadeFile["accept"]): readonly CheckSettings[] {
  const plainNames = ["error", "truncated", "empty", "tool", "form", "refusal", "language"] as const;
  return [
    ...plainNames.filter((name) => plainChecks[name]).map((name): CheckSettings => ({ check: name })),
    ...(cutShort ? [{ check: "cut-short" } as const] : []),
    ...(repetition > 0 ? [{ check: "repetition", distinct: repetition } as const] : []),
    ...(logprob === undefined ? [] : [{ check: "logprob", least: logprob } as const]),
  ];
}

function warnings(cascade: CascadeConfig | undefined, { unpriced }: WarningContext): readonly CapabilityWarning[] {
  const unknown = cascade?.steps.filter((step) => unpriced.has(step)) ?? [];
  if (unknown.length === 0) return [];
  const message = `what thrown-away answers cost is not known: ${unknown.join(" and ")} lack${unknown.length === 1 ? "s" : ""} \`price\``;
  return [{ key: ["steps"], message }];
}
