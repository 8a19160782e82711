// The random policy in the configuration: the tiers' shares.
import { z } from "zod";
import { type RandomSettings, randomPolicy, type SplitBy } from "../../request/policy/random.ts";
import { checkedText, count, tierName } from "../fields.ts";
import { knownTier, type PolicyContext, versioned } from "./context.ts";
import { baseline, type PolicyDescriptor } from "./descriptor.ts";
import { percent } from "./words.ts";

type RandomPolicy = { readonly type: "random" } & RandomSettings;

const SPLIT_BY = /^(?:(request|user|session)|header +([A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}))$/;

const splitBy = checkedText((text) =>
  SPLIT_BY.test(text) ? undefined : "must be request, user, session, or the word header and a name, such as `header x-team`",
);

const schema = z.strictObject({
  type: z.literal("random").describe("each tier with its share of the requests; the same request, user or session always to the same tier"),
  shares: z
    .record(tierName, z.number().min(0).max(1_000_000))
    .optional()
    .describe("the tiers' shares, such as `{ weak: 7, strong: 3 }`; only their ratios count. Default: equal ones"),
  by: splitBy
    .default("request")
    .describe(
      "what goes together: `request`, each by its `x-request-id`, of which Envoy makes a new one each time; `user` or `session`, as the " +
        "request names them; or `header NAME`, by that header's value. A request without one is drawn by its id, and its reason has the " +
        "detail `no-user`, `no-session` or `no-header`",
    ),
  seed: count.default(0).describe("another number deals them anew"),
});

export const random: PolicyDescriptor<typeof schema, RandomPolicy> = {
  ...baseline,
  type: "random",
  schema,
  example: "coin: { type: random, shares: { weak: 0.7, strong: 0.3 }, seed: 1 }",
  reasons: [{ name: "random", meaning: "drawn by lot, the same for the same request, user, session or header" }],
  resolve: (file, context) => versioned(context, settingsOf(file, context)),
  make: (settings, { random }) => randomPolicy(settings, random),
  tiers: ({ shares }) => shares.filter(({ share }) => share > 0).map(({ tier }) => tier),
  effective: ({ type, seed, by }, { shares }) => ({
    type,
    shares: Object.fromEntries(shares.map(({ tier, share }) => [tier, share])),
    seed,
    by,
  }),
  summary: (settings) => [`${sharesText(settings)}, by ${byText(settings)}; seed ${settings.seed}`],
};

function settingsOf({ type, shares, seed, by }: z.output<typeof schema>, context: PolicyContext): RandomPolicy {
  const given = shares ?? Object.fromEntries(context.tiers.map((tier) => [tier, 1]));
  const resolved = Object.entries(given).map(([tier, share]) => ({ tier: knownTier(context, tier, "shares", tier), share }));
  if (resolved.every(({ share }) => share === 0)) context.complain([...context.path, "shares"], "at least one must be over 0");
  const split = splitOf(by);
  return { type, shares: resolved, seed, ...(split === undefined ? {} : { by: split }) };
}

/** Undefined: by request. The version of such a policy is what it was before it could be said. */
function splitOf(text: string): SplitBy | undefined {
  const [, kind, header] = SPLIT_BY.exec(text) ?? [];
  if (header !== undefined) return { kind: "header", name: header.toLowerCase() };
  return kind === "user" || kind === "session" ? { kind } : undefined;
}

function byText({ by }: RandomSettings): string {
  if (by === undefined) return "x-request-id";
  return by.kind === "header" ? by.name : by.kind;
}

function sharesText({ shares }: RandomSettings): string {
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  return shares.map(({ tier, share }) => `${percent(share / total)} to ${tier}`).join(", ");
}
