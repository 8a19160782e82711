// The cheapest policy in the configuration: who predicts, and how good an answer must be.
import { z } from "zod";
import { CHEAPEST_REASON, type CheapestSettings, cheapestPolicy } from "../../request/policy/cheapest.ts";
import { policyName, share } from "../fields.ts";
import { fingerprint } from "../versions.ts";
import { none, type PolicyDescriptor } from "./descriptor.ts";

type CheapestPolicy = { readonly type: "cheapest" } & CheapestSettings;

const MAX_LINKS = 32;
const ENOUGH = 0.8;

const schema = z.strictObject({
  type: z.literal("cheapest").describe("the cheapest tier whose answer is predicted to be good enough, by what others predict"),
  by: z
    .array(policyName)
    .min(1)
    .max(MAX_LINKS)
    .describe(
      "the policies that predict. A learned one with a model: `under`, and what is between, is good enough with 1 less its probability, " +
        "`over` for sure. Any other: its tier is good enough, and none below it. Their thresholds and `params` do not count",
    ),
  atLeast: share.default(ENOUGH).describe("the predicted probability, 0 to 1, that a tier's answer is good, from which it is good enough"),
});

const example = `main: { type: cheapest, by: [sure], atLeast: 0.9 }
sure: { type: threshold }`;

export const cheapest: PolicyDescriptor<typeof schema, CheapestPolicy> = {
  type: "cheapest",
  schema,
  example,
  reasons: [{ name: CHEAPEST_REASON, meaning: "the cheapest tier that is predicted to be good enough (`atLeast`)" }],
  resolve({ type, by, atLeast }, { name, idOf, tiers }) {
    return { type, by, atLeast, tiers, id: `${name}@${fingerprint({ by: by.map(idOf), atLeast, tiers })}` };
  },
  make: (settings, { linkOf }) => cheapestPolicy(settings, settings.by.map(linkOf)),
  tiers: ({ tiers }) => tiers,
  mayAbstain: ({ by }, others) => by.every((link) => others.mayAbstain(link)),
  links: ({ by }) => by.map((name, index) => ({ name, key: ["by", index] })),
  keywords: none,
  regexes: none,
  insideWords: none,
  params: none,
  outlivesReload: false,
  summary: ({ by, atLeast }, others) => [
    `the cheapest tier that is good enough with a probability of ${atLeast}, by ${by.map((name) => others.id(name)).join(", ")}`,
  ],
  warnings: none,
  shown: (settings) => settings,
  effective: (file) => file,
  shorthand: undefined,
  thresholds: () => undefined,
  scoreIsProbability: false,
};
