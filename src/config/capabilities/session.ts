// What of a session stays with the tier of its last action, whatever the policy says of a request on its own.
import { z } from "zod";
import { SESSION_DEFAULTS } from "../../request/guard/session-rule.ts";
import { note } from "../effective.ts";
import { type Capability, plain } from "./capability.ts";

export const PROTECTIONS = ["full", "locks", "off"] as const;

export interface SessionConfig {
  readonly protect?: (typeof PROTECTIONS)[number] | undefined; // undefined: full where all prices are known, else locks
  readonly cacheLivesMs: number;
  readonly leastGainUsd: number;
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
  })
  .prefault({});

export const session: Capability<typeof schema, SessionConfig> = {
  ...plain,
  schema,
  effective: ({ protect, cacheLivesMs, leastGainUsd }) => ({
    protect: protect ?? note("full where every tier has inputPerMTok, else locks"),
    cacheLivesMs,
    leastGainUsd,
  }),
};
