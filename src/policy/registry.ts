// Every policy type and what makes it. A new policy is one file beside this one and one line here.
import type { Policy } from "./policy.ts";
import { type ThresholdSettings, thresholdPolicy } from "./threshold.ts";

export type PolicySettings = { readonly type: "threshold" } & ThresholdSettings;

export function makePolicy(settings: PolicySettings): Policy {
  switch (settings.type) {
    case "threshold":
      return thresholdPolicy(settings);
  }
}
