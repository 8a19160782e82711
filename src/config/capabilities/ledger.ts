// How what quotas and budgets count is kept: in which calendar, in which file, for how many scopes; and where requests go without room.
import { z } from "zod";
import { AWAY_MODES, type AwayMode, type DegradeOrder, ORDERS } from "../../request/guard/limits/limit.ts";
import { note } from "../effective.ts";
import { checkedText, filePath } from "../fields.ts";
import { type Capability, plain } from "./capability.ts";

export interface LedgerConfig {
  readonly timeZone: string;
  readonly order: DegradeOrder;
  readonly maxScopes: number;
  readonly away: AwayMode;
  readonly file?: string | undefined; // undefined: what was used is forgotten at the end of the process
}

const schema = z
  .strictObject({
    timeZone: checkedText(zoneProblem).default("UTC").describe("the time zone of days, weeks and months, such as `Europe/Berlin`"),
    order: z
      .enum(ORDERS)
      .default("cheaper-first")
      .describe(
        "where a request goes whose tier has no room: `cheaper-first`, the nearest cheaper tier that has, else the nearest dearer; " +
          "`dearer-first`, the other way round; `cheaper-only`, never a dearer one",
      ),
    maxScopes: z
      .int()
      .min(1)
      .max(100_000)
      .default(1000)
      .describe("values of `by` that each limit counts apart; those beyond count together"),
    away: z
      .enum(AWAY_MODES)
      .default("open")
      .describe(
        "where replicas share a store and it is away: `open`, each takes what was left when it was last heard of; `local`, the slice " +
          "that it holds of it; `closed`, nothing",
      ),
    file: filePath
      .optional()
      .describe(
        "a file that keeps what was used over a restart, written every second where something has changed; of a process that is killed " +
          "the last second is lost. Default: none, a restart begins with nothing used",
      ),
  })
  .prefault({});

export const ledger: Capability<typeof schema, LedgerConfig> = {
  ...plain,
  schema,
  effective: ({ timeZone, order, maxScopes, away, file }) => ({ timeZone, order, maxScopes, away, file: file ?? note("none") }),
  atNextStart: ["file"],
};

function zoneProblem(text: string): string | undefined {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: text });
    return undefined;
  } catch {
    return `is no time zone that is known here: names are such as Europe/Berlin, Asia/Kolkata and UTC`;
  }
}
