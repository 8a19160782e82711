// What a configuration says of a rollout: its settings, and of each guard what it watches.
import type { RolloutSettings } from "./settings.ts";

export interface RolloutPlan {
  readonly candidate: string; // a policy's name
  readonly settings: RolloutSettings;
  readonly watched: readonly Watched[]; // of each guard, in the order of the settings
  readonly file: string | undefined; // where its state is kept; undefined: a restart begins anew
}

/** What must happen to a request to be a harm; of cost, what is added up. */
export type Watched =
  | { readonly what: "failed" } // no good answer: a status of 5xx or none, a good one that broke off, or nothing was ever heard of it
  | { readonly what: "slow"; readonly overMs: number } // from the request's start to the answer's end
  | { readonly what: "firstByte"; readonly overMs: number } // to the model server's first byte
  | { readonly what: "signals" } // of a misroute, but for ratings
  | { readonly what: "lowRatings" }
  | { readonly what: "cost" }; // US dollars
