// Every capability that the configuration speaks of, by its key. A new one is its import and its line in this list; schema, effective
// configuration and all that is shown are derived from it.
import type { z } from "zod";
import { active } from "./active.ts";
import { audit } from "./audit.ts";
import { breaker } from "./breaker.ts";
import { budgets } from "./budgets.ts";
import { cache } from "./cache.ts";
import type { Capability } from "./capability.ts";
import { capturePrompts } from "./capture-prompts.ts";
import { cascade } from "./cascade.ts";
import { continued } from "./continued.ts";
import { decisionLog } from "./decision-log.ts";
import { defaultTier } from "./default-tier.ts";
import { envelopes } from "./envelopes.ts";
import { history } from "./history.ts";
import { ledger } from "./ledger.ts";
import { limits } from "./limits.ts";
import { listen } from "./listen.ts";
import { log } from "./log.ts";
import { outcomes } from "./outcomes.ts";
import { policies } from "./policies.ts";
import { quotas } from "./quotas.ts";
import { ratings } from "./ratings.ts";
import { rollout } from "./rollout.ts";
import { session } from "./session.ts";
import { shutdown } from "./shutdown.ts";
import { state } from "./state.ts";
import { takeover } from "./takeover.ts";
import { tiers } from "./tiers.ts";
import { traces } from "./traces.ts";
import { unreadable } from "./unreadable.ts";
import { voter } from "./voter.ts";

/** In the order of the reference. */
const DESCRIBED = {
  listen,
  tiers,
  defaultTier,
  active,
  policies,
  cascade,
  rollout,
  takeover,
  history,
  envelopes,
  continued,
  session,
  breaker,
  audit,
  voter,
  ratings,
  unreadable,
  limits,
  quotas,
  budgets,
  ledger,
  cache,
  outcomes,
  decisionLog,
  traces,
  capturePrompts,
  state,
  shutdown,
  log,
};

type Described = typeof DESCRIBED;
export type CapabilityKey = keyof Described;

/** Of each key its schema. */
export type CapabilitySchemas = { readonly [Key in CapabilityKey]: Described[Key]["schema"] };
/** Of each key what it comes to. */
export type CapabilitySettings = { readonly [Key in CapabilityKey]: ReturnType<Described[Key]["resolve"]> };
/** Any of them: what takes settings of one takes them of that one only. */
export type AnyCapability = Capability<z.ZodType, unknown>;

export const CAPABILITIES = Object.entries(DESCRIBED) as readonly (readonly [CapabilityKey, AnyCapability])[];
