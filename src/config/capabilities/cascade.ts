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
  readonly consensus: { readonly similarity: number; readonly ms: number } | undefined; // undefined: each answer is judged by itself
}

const MOST_STEPS = 3;
const CONSENSUS_STEPS = 3; // two that are compared, and the one behind

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
  verifier: z
    .strictObject({
      model: z.string().min(1).describe("the file that `sluice train --answers` has made; its path is from the configuration's folder"),
      threshold: share
        .optional()
        .describe("the least probability of being right that is accepted. Default: the one that the file was made for"),
      weighing: z
        .enum(["plain", "weighed"])
        .default("plain")
        .describe("weighed: an answer that is dear to ask again must be more surely wrong"),
    })
    .optional()
    .describe(`not accepted: ${CHECKS.verifier}; docs/answer-checks.md. Default: none is asked`),
  logprob: z
    .number()
    .max(0)
    .optional()
    .describe(`not accepted: ${CHECKS.logprob}; the least that is accepted, such as -0.7. Default: this is not looked at`),
});

const agreement = z.strictObject({
  similarity: share
    .default(0.8)
    .describe(
      "of two answers' words, from which on they agree that have no calls, JSON, lettered choice, code or number to be compared by",
    ),
  ms: z.int().min(1).max(600_000).default(30_000).describe("so long each of both streams is held; then the last tier is asked"),
});

const schema = z
  .strictObject({
    type: z
      .enum(["checks", "consensus"])
      .default("checks")
      .describe(
        "checks: the next tier is asked where something speaks against an answer. consensus: of three steps the first two are asked, and " +
          "the second's answer passes where both say the same and nothing speaks against either; else the third's",
      ),
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
    agreement: agreement.prefault({}).describe("of a consensus: when two answers say the same"),
    maxShare: share
      .optional()
      .describe(
        "of the last 200 answers judged, so many at most are thrown away; then bad ones pass, too. A consensus' first answers do not " +
          "count. Default: 0.5, of a consensus 1",
      ),
  })
  .optional()
  .describe("tiers that are asked in turn until an answer is good enough. Default: none, no answer is judged");

type CascadeFile = NonNullable<z.output<typeof schema>>;

/** Undefined: no answer is judged. */
export const cascade: Capability<typeof schema, CascadeConfig | undefined> = {
  ...plain,
  schema,
  resolve,
  effective: (file) => (file === undefined ? note("none") : { ...file, accept: effectiveAccept(file.accept), maxShare: maxShareOf(file) }),
  shown,
  warnings,
};

function resolve(file: CascadeFile | undefined, { tiers, readModel, complain }: CapabilityContext): CascadeConfig | undefined {
  if (file === undefined) return undefined;
  const { type, steps, agreement: consensus, ...rest } = file;
  for (const [index, step] of steps.entries()) {
    requireKnown(complain, ["cascade", "steps", index], step, tiers, "tier");
    if (steps.indexOf(step) !== index) complain(["cascade", "steps", index], `${step} is listed above`);
  }
  if (type === "consensus" && steps.length !== CONSENSUS_STEPS)
    complain(["cascade", "steps"], "a consensus has three: two whose answers are compared, and one that is asked where they differ");
  if (tiers.includes(CASCADE))
    complain(["cascade"], `a tier has the name ${CASCADE}: give it another, so that policies can name the cascade`);
  const verifier = verifierOf(file.accept.verifier, readModel, complain);
  const accepted = [...checksOf(file.accept), ...(verifier === undefined ? [] : [verifier])];
  if (accepted.length === 0) complain(["cascade", "accept"], "nothing would speak against an answer: leave one of the checks on");
  return { ...rest, steps, accept: accepted, maxShare: maxShareOf(file), consensus: type === "consensus" ? consensus : undefined };
}

/** Where two answers differ there is no better one to pass than the last tier's. */
function maxShareOf({ type, maxShare }: CascadeFile): number {
  return maxShare ?? (type === "consensus" ? 1 : 0.5);
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

function effectiveAccept({ logprob, verifier, ...rest }: CascadeFile["accept"]): object {
  const unasked = note("none: this is not looked at");
  const asked = verifier && { ...verifier, threshold: verifier.threshold ?? note("the one that the file was made for") };
  return { ...rest, verifier: asked ?? unasked, logprob: logprob ?? unasked };
}

/** Undefined: none is asked, or it cannot be read. */
function verifierOf(
  file: CascadeFile["accept"]["verifier"],
  readModel: CapabilityContext["readModel"],
  complain: CapabilityContext["complain"],
): CheckSettings | undefined {
  if (file === undefined) return undefined;
  const { model, threshold, weighing } = file;
  const read = readModel.verifier?.(model);
  if (read === undefined) return undefined;
  if (read.kind === "problem") {
    complain(["cascade", "accept", "verifier", "model"], read.message);
    return undefined;
  }
  const { verifier } = read;
  const own = weighing === "plain" ? verifier.threshold : verifier.weighedThreshold;
  return { check: "verifier", verifier, threshold: threshold ?? own, weighing };
}

/** Of a verifier what it is, without its trees. */
function shown(cascade: CascadeConfig | undefined): unknown {
  const brief = (each: CheckSettings) =>
    each.check === "verifier" ? { ...each, verifier: { id: each.verifier.id, summary: each.verifier.summary } } : each;
  return cascade && { ...cascade, accept: cascade.accept.map(brief) };
}

function warnings(cascade: CascadeConfig | undefined, { unpriced }: WarningContext): readonly CapabilityWarning[] {
  const unknown = cascade?.steps.filter((step) => unpriced.has(step)) ?? [];
  if (unknown.length === 0) return [];
  const message = `what thrown-away answers cost is not known: ${unknown.join(" and ")} lack${unknown.length === 1 ? "s" : ""} \`price\``;
  return [{ key: ["steps"], message }];
}
