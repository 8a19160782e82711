// What quotas and budgets have in common in the configuration.
import { z } from "zod";
import { BY_USER, type Limit, PERIODS } from "../../request/guard/limits/limit.ts";
import { checkedText, tierName } from "../fields.ts";
import { requireKnown } from "../references.ts";
import type { CapabilityContext } from "./capability.ts";

export const MAX_LIMITS = 64;

export const limitKeys = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "must be 1 to 63 of A-Z, a-z, 0-9, -, _ and ., and begin with a letter or digit")
    .optional()
    .describe("what reasons, metrics and logs call it. Unique. Default: made from the other keys, such as `strong-requests-day`"),
  tier: tierName.optional().describe("the tier it counts for: that which serves. Default: all tiers together"),
  by: checkedText((text) =>
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(text) ? undefined : "must be `user`, or the name of a request header such as x-team",
  )
    .optional()
    .describe(
      "each value of this request header, set by your gateway, has the whole of it for itself; `user`: whom the body names. Requests " +
        "without it count together, as `none`; beyond `ledger.maxScopes` values the rest do, as `other`. Default: everybody together",
    ),
  per: z
    .enum(PERIODS)
    .describe("the window: a minute, an hour, a day, a week (from Monday) or a month of the calendar, in `ledger.timeZone`"),
  hard: z
    .boolean()
    .default(false)
    .describe(
      "where no tier has room: true, the client is refused (429 with Retry-After), and what may only go to this tier is, too; false, the " +
        "limit is passed, and that is counted",
    ),
};

export interface LimitFile {
  readonly name?: string | undefined;
  readonly tier?: string | undefined;
  readonly by?: string | undefined;
  readonly per: Limit["per"];
  readonly hard: boolean;
}

/** What the file says, for its place in the list; complains of unknown tiers and of names used twice. */
export function limitsOf<File extends LimitFile>(
  key: "quotas" | "budgets",
  file: readonly File[],
  { tiers, complain }: CapabilityContext,
  own: (file: File) => Pick<Limit, "kind" | "measure" | "amount" | "warnAt" | "steering">,
): readonly Limit[] {
  const seen = new Set<string>();
  return file.map((limit, index) => {
    const { tier, by, per, hard } = limit;
    const settings = own(limit);
    const name = limit.name ?? madeName(limit, settings.measure);
    if (seen.has(name)) complain([key, index, "name"], `there is one named ${name} above: give each a name of its own`);
    seen.add(name);
    if (tier !== undefined) requireKnown(complain, [key, index, "tier"], tier, tiers, "tier");
    return { name, tier, by: by === BY_USER ? by : by?.toLowerCase(), per, isHard: hard, ...settings };
  });
}

function madeName({ tier, by, per }: LimitFile, measure: Limit["measure"]): string {
  return [tier, measure, per, by === undefined ? undefined : `by-${by.toLowerCase()}`].filter((part) => part !== undefined).join("-");
}
