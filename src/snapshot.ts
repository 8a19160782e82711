// From a configuration to what a request is decided with. Made once per configuration; on reload a new one replaces it whole.
import { isUtf8 } from "node:buffer";
import { ChatScanner } from "./chat/scanner.ts";
import { activePolicy, type Config } from "./config/config.ts";
import { makePolicy } from "./policy/registry.ts";
import type { Routing } from "./routing/routing.ts";

export function routingOf(config: Config): Routing {
  const active = activePolicy(config);
  const policy = makePolicy(active);
  const { maxBodyBytes } = config.limits;
  return {
    tiers: new Map(config.tiers.map((tier) => [tier.name, tier])),
    defaultTier: config.defaultTier,
    policyId: active.id,
    policy,
    scanner: new ChatScanner({ ...policy.needs, maxBodyBytes, isUtf8 }),
    refuseUnreadable: config.unreadable === "refuse",
    maxBodyBytes,
  };
}
