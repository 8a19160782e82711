// How much money may be spent at a tier, or at all, in a window of the calendar.
import { z } from "zod";
import { type Limit, MICRO_DOLLARS, STEERINGS } from "../../request/guard/limits/limit.ts";
import { type Effective, note } from "../effective.ts";
import { type Capability, type CapabilityContext, type CapabilityWarning, plain, type WarningContext } from "./capability.ts";
import { limitKeys, limitsOf, MAX_LIMITS } from "./limit-keys.ts";

type BudgetsFile = z.output<typeof schema>;

const MOST_MARKS = 8;

const marks = z
  .array(z.number().gt(0).lt(1))
  .max(MOST_MARKS)
  .check((context) => {
    const isRising = context.value.every((mark, index) => index === 0 || mark > (context.value[index - 1] ?? 0));
    if (!isRising) context.issues.push({ code: "custom", message: "must rise, as in [0.8, 0.9]", input: context.value });
  });

const budget = z.strictObject({
  name: limitKeys.name,
  tier: limitKeys.tier,
  by: limitKeys.by,
  usd: z.number().min(0.000001).max(1_000_000_000).describe("US dollars, by the tiers' `price`"),
  per: limitKeys.per,
  warnAt: marks.default([0.8, 0.9]).describe("shares of it at which a warning is logged and counted, once a window"),
  steer: z
    .enum(STEERINGS)
    .default("pace")
    .describe(
      "`pace`: as soon as more is forecast than is left, a share of the requests goes to cheaper tiers, those with the lowest scores " +
        "first, so that the window ends within the budget; `late`: the same, from the first of `warnAt` on; `off`: nothing until it is " +
        "used up",
    ),
  hard: limitKeys.hard,
});

const schema = z
  .array(budget)
  .max(MAX_LIMITS)
  .default([])
  .describe("limits of money: near the limit, requests shift to cheaper tiers step by step. Default: none");

export const budgets: Capability<typeof schema, readonly Limit[]> = { ...plain, schema, resolve, effective, warnings };

function resolve(file: BudgetsFile, context: CapabilityContext): readonly Limit[] {
  return limitsOf("budgets", file, context, ({ usd, warnAt, steer }) => ({
    kind: "budget",
    measure: "usd",
    amount: Math.round(usd * MICRO_DOLLARS),
    warnAt,
    steering: steer,
  }));
}

function effective(file: BudgetsFile, settings: readonly Limit[]): Effective<BudgetsFile> {
  return file.map(({ tier, by, usd, per, warnAt, steer, hard }, index) => ({
    name: settings[index]?.name,
    tier: tier ?? note("all together"),
    by: by ?? note("everybody together"),
    usd,
    per,
    warnAt,
    steer,
    hard,
  }));
}

/** What nobody knows the price of is in no budget. */
function warnings(limits: readonly Limit[], { unpriced }: WarningContext): readonly CapabilityWarning[] {
  return limits.flatMap(({ tier, name }, index) => {
    const lacking = tier === undefined ? [...unpriced] : unpriced.has(tier) ? [tier] : [];
    if (lacking.length === 0) return [];
    const message =
      `${name} does not see what ${lacking.join(" and ")} cost${lacking.length === 1 ? "s" : ""}: without \`price.inputPerMTok\` and ` +
      "`outputPerMTok` requests are counted as unpriced, and spend nothing of it";
    return [{ key: [index], message }];
  });
}
