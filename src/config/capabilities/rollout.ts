// Rolling a policy out: the candidate, its stages, and the guards that watch it meanwhile.
import { z } from "zod";
import type { RolloutPlan, Watched } from "../../request/rollout/plan.ts";
import { DEFAULT_STAGES, GUARD_DEFAULTS, type Guard, ROLLOUT_DEFAULTS, type Stage } from "../../request/rollout/settings.ts";
import { note } from "../effective.ts";
import { filePath, policyName, share } from "../fields.ts";
import { requireKnown } from "../references.ts";
import { type Capability, type CapabilityContext, type CapabilityWarning, plain, type WarningContext } from "./capability.ts";

const HOUR_MS = 3_600_000;
const MOST_STAGES = 10;
const MOST_MS = 86_400_000;
const { event, amount } = GUARD_DEFAULTS;

const margin = z.number().gt(0).max(10).optional();
const milliseconds = z.number().gt(0).max(MOST_MS);

const guards = z
  .strictObject({
    failed: margin.describe(
      "no good answer: a status of 5xx or none, an answer that is or ends in an error or broke off, or no word of its end",
    ),
    slow: margin.describe("answers that end later than `slowMs`"),
    firstByte: margin.describe("answers that begin later than `firstByteMs`"),
    signals: margin.describe("misroute signals, but for ratings"),
    lowRatings: margin.describe("ratings of 1 or 2"),
    cost: margin.describe("what a unit's first request costs, by the tiers' `price`; over 0.1, as a tenth dearer is no harm"),
    slowMs: milliseconds.default(15_000).describe("milliseconds until the answer's end"),
    firstByteMs: milliseconds.default(5000).describe("milliseconds until the model server's first byte"),
    costCapUsd: z
      .number()
      .gt(0)
      .max(1_000_000)
      .default(1)
      .describe("US dollars: what costs more counts as this; about ten times the mean is a good one"),
    negligible: share.default(event.negligible).describe("a rate of harms under which no margin matters"),
  })
  .prefault({ failed: event.margin, slow: event.margin, signals: event.margin })
  .describe(
    "what is watched, each with its margin: a stage ends only when it is proven that it does not happen so much more often than with the " +
      "active policy (0.5: half as often again). Only what is named is watched. Default: `{ failed: 0.5, slow: 0.5, signals: 0.5 }`",
  );

const stage = z.strictObject({
  share: share.describe("of the units, that get the candidate: 0, it is asked and not heard; 1, all"),
  hours: z.number().min(0).max(8760).describe("the least time of the stage; 0.5 is half an hour. A day sees the daily cycle"),
});

const schema = z
  .strictObject({
    candidate: policyName.describe("the policy to roll out; the active one is what it is compared with"),
    name: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe("of the rollout: another name deals sessions to the arms anew, and begins anew. Default: the candidate's"),
    stages: z
      .array(stage)
      .min(1)
      .max(MOST_STAGES)
      .default(DEFAULT_STAGES.map(({ share, atLeastMs }) => ({ share, hours: atLeastMs / HOUR_MS })))
      .check((context) => {
        const rises = context.value.every(({ share }, at) => at === 0 || share > (context.value[at - 1]?.share ?? 0));
        if (!rises) context.issues.push({ code: "custom", message: "their shares must rise, as in 0, 0.1, 0.5, 1", input: context.value });
      })
      .describe(
        "how its share grows: one after the other, as soon as harm is excluded. Default: shadow for 1 h, 10 % 48 h, 50 % 48 h, all",
      ),
    by: z
      .enum(["session", "user", "request"])
      .default("session")
      .describe("what stays with one policy and is counted once: a session (else a user, else a request), a user, or each request"),
    guards,
    onHarm: z
      .enum(["rollback", "hold"])
      .default(ROLLOUT_DEFAULTS.onHarm)
      .describe("where a guard proves harm: `rollback`, the candidate has no share any more, at once; `hold`, it stays at its share"),
    settleMs: z
      .int()
      .min(0)
      .max(MOST_MS)
      .default(ROLLOUT_DEFAULTS.settleMs)
      .describe("milliseconds after which a request's outcome is known: younger ones do not count when the split is looked at"),
    file: filePath
      .optional()
      .describe("a file that keeps its state over a restart. Default: none, a restart begins anew, even after a rollback"),
  })
  .optional()
  .describe("a new policy gets a growing share of the traffic while guards watch what it does. Default: none");

type RolloutFile = NonNullable<z.output<typeof schema>>;

/** Undefined: nothing is rolled out. */
export const rollout: Capability<typeof schema, RolloutPlan | undefined> = {
  ...plain,
  schema,
  resolve,
  effective: (file) =>
    file === undefined ? note("none") : { ...file, name: file.name ?? note("the candidate's"), file: file.file ?? note("none") },
  warnings,
};

function resolve(file: RolloutFile | undefined, { policies, complain }: CapabilityContext): RolloutPlan | undefined {
  if (file === undefined) return undefined;
  const { candidate, name = candidate, by, onHarm, settleMs } = file;
  requireKnown(complain, ["rollout", "candidate"], candidate, policies, "policy");
  const watching = guardsOf(file.guards);
  if (watching.length === 0) complain(["rollout", "guards"], "must name at least one, such as failed: 0.5");
  const { cost } = file.guards;
  if (cost !== undefined && cost <= amount.allowed) complain(["rollout", "guards", "cost"], `must be over ${amount.allowed}`);
  const stages = file.stages.map(({ share, hours }): Stage => ({ share, atLeastMs: hours * HOUR_MS }));
  const settings = { name, stages, by, guards: watching.map(({ guard }) => guard), onHarm, alpha: ROLLOUT_DEFAULTS.alpha, settleMs };
  return { candidate, settings, watched: watching.map(({ watched }) => watched), file: file.file };
}

interface Watching {
  readonly guard: Guard;
  readonly watched: Watched;
}

function guardsOf(guards: RolloutFile["guards"]): readonly Watching[] {
  const { slowMs, firstByteMs, costCapUsd: cap, negligible } = guards;
  const events: readonly Watched[] = [
    { what: "failed" },
    { what: "slow", overMs: slowMs },
    { what: "firstByte", overMs: firstByteMs },
    { what: "signals" },
    { what: "lowRatings" },
    { what: "cost" },
  ];
  return events.flatMap((watched) => {
    const { what: name } = watched;
    const margin = guards[name];
    if (margin === undefined) return [];
    const { allowed } = name === "cost" ? amount : event;
    return [
      {
        watched,
        guard: name === "cost" ? { kind: "amount", name, allowed, margin, cap } : { kind: "event", name, allowed, margin, negligible },
      },
    ];
  });
}

function warnings(plan: RolloutPlan | undefined, { unpriced }: WarningContext): readonly CapabilityWarning[] {
  if (plan === undefined) return [];
  const forgetful = "its state is in memory only: after a restart a candidate that was rolled back begins anew; name a `file`";
  const unseen = `the guard does not see what ${[...unpriced].join(" and ")} cost${unpriced.size === 1 ? "s" : ""}: \`price\` is missing`;
  return [
    ...(plan.file === undefined ? [{ key: [], message: forgetful }] : []),
    ...(unpriced.size > 0 && plan.watched.some(({ what }) => what === "cost") ? [{ key: ["guards", "cost"], message: unseen }] : []),
  ];
}
