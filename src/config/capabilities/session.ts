// What of a session stays with the tier of its last action, whatever the policy says of a request on its own.
import { z } from "zod";
import { SESSION_DEFAULTS } from "../../request/guard/session-rule.ts";
import { note } from "../effective.ts";
import { type Capability, type CapabilityWarning, plain } from "./capability.ts";

export const PROTECTIONS = ["full", "locks", "off"] as const;

export const TOOL_LOOPS = ["stay", "up"] as const;

export interface SessionConfig {
  readonly protect?: (typeof PROTECTIONS)[number] | undefined; // undefined: full where all prices are known, else locks
  readonly cacheLivesMs: number;
  readonly leastGainUsd: number;
  readonly toolLoops: (typeof TOOL_LOOPS)[number];
  readonly upAfterBad: number; // questions; 0: none
}

const schema = z
  .strictObject({
    protect: z
      .enum(PROTECTIONS)
      .optional()
      .describe(
        "what keeps a session with the tier of its last action: `locks`, what another would answer with an error: results of tools that " +
          "it asked for, and what its servers keep; `full`, its prompt cache too, as long as a switch down costs more than it saves " +
          "(where prices are not known, as long as it lives); `off`, nothing. " +
          "Default: `full` where every tier has `inputPerMTok`, else `locks`",
      ),
    cacheLivesMs: z
      .int()
      .min(0)
      .max(86_400_000)
      .default(SESSION_DEFAULTS.cacheLivesMs)
      .describe("milliseconds that a server's prompt cache lives after its last use; then nothing is lost by a switch"),
    leastGainUsd: z
      .number()
      .min(0)
      .max(1000)
      .default(SESSION_DEFAULTS.leastGainUsd)
      .describe("US dollars that a switch down must save, over the actions expected of the question"),
    toolLoops: z
      .enum(TOOL_LOOPS)
      .default("stay")
      .describe(
        "where results of tools may go: `stay`, to the tier that asked for them; `up`, to a stronger one too where the policy says so, " +
          "as a rule does for an agent that stalls. Never where the request carries what one server keeps, such as signed thinking. The " +
          "stronger tier then gets calls that another model made: most servers take them, but try yours",
      ),
    upAfterBad: z
      .int()
      .min(0)
      .max(100)
      .default(0)
      .describe(
        "so many of a session's questions go at least one tier above the one that gave a bad answer: cut off, an error in its place, out " +
          "of tokens, empty, refused, or the same again and again. All but the first two are seen where answers are read (the filter for " +
          "exact usage). Not with `protect: off`. 0: none",
      ),
  })
  .prefault({});

export const session: Capability<typeof schema, SessionConfig> = {
  ...plain,
  schema,
  effective: ({ protect, cacheLivesMs, leastGainUsd, toolLoops, upAfterBad }) => ({
    protect: protect ?? note("full where every tier has inputPerMTok, else locks"),
    cacheLivesMs,
    leastGainUsd,
    toolLoops,
    upAfterBad,
  }),
  warnings,
};

function warnings({ protect, upAfterBad }: SessionConfig): readonly CapabilityWarning[] {
  if (protect !== "off" || upAfterBad === 0) return [];
  return [{ key: ["upAfterBad"], message: "nothing goes up: no session is remembered with `protect: off`" }];
}
