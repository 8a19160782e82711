// How many requests or tokens may go to a tier, or to all, in a window of the calendar.
import { z } from "zod";
import type { Limit } from "../../request/guard/limits/limit.ts";
import { type Effective, note } from "../effective.ts";
import { type Capability, type CapabilityContext, plain } from "./capability.ts";
import { limitKeys, limitsOf, MAX_LIMITS } from "./limit-keys.ts";

type QuotasFile = z.output<typeof schema>;

const amount = z.int().min(1).max(1_000_000_000_000).optional();

const quota = z
  .strictObject({
    name: limitKeys.name,
    tier: limitKeys.tier,
    by: limitKeys.by,
    requests: amount.describe("so many requests; this or `tokens`"),
    tokens: amount.describe("so many tokens, of questions and answers together; this or `requests`"),
    per: limitKeys.per,
    hard: limitKeys.hard,
  })
  .check((context) => {
    const { requests, tokens } = context.value;
    if ((requests === undefined) !== (tokens === undefined)) return;
    context.issues.push({ code: "custom", message: "needs one of `requests` and `tokens`, such as requests: 1000", input: context.value });
  });

const schema = z
  .array(quota)
  .max(MAX_LIMITS)
  .default([])
  .describe("limits of requests or tokens: where a tier's is used up, requests go to the next tier that has room. Default: none");

export const quotas: Capability<typeof schema, readonly Limit[]> = { ...plain, schema, resolve, effective };

function resolve(file: QuotasFile, context: CapabilityContext): readonly Limit[] {
  return limitsOf("quotas", file, context, ({ requests, tokens }) => ({
    kind: "quota",
    measure: requests === undefined ? "tokens" : "requests",
    amount: requests ?? tokens ?? 0,
    warnAt: [],
    steering: "off",
  }));
}

function effective(file: QuotasFile, settings: readonly Limit[]): Effective<QuotasFile> {
  return file.map(({ tier, by, requests, tokens, per, hard }, index) => ({
    name: settings[index]?.name,
    tier: tier ?? note("all together"),
    by: by ?? note("everybody together"),
    requests: requests ?? note("not limited"),
    tokens: tokens ?? note("not limited"),
    per,
    hard,
  }));
}
