// All checks on how Envoy is wired to sluice. Pure: configuration in, findings out.
import { checkAccessLog } from "./checks/access-log.ts";
import { checkAnswerEncoding } from "./checks/answer-encoding.ts";
import { checkRouteTimeouts } from "./checks/answer-time.ts";
import { checkAttempts } from "./checks/attempts.ts";
import { checkBodyLimit } from "./checks/body-limit.ts";
import { checkCascade } from "./checks/cascade.ts";
import { checkClientHeaders, checkRequestId } from "./checks/client-headers.ts";
import { checkDecompressors } from "./checks/decompressors.ts";
import { checkFallbackOrder } from "./checks/fallback-order.ts";
import { checkModes } from "./checks/filter-modes.ts";
import { checkReplies } from "./checks/filter-replies.ts";
import { inGatewaysWords } from "./checks/gateway-lines.ts";
import { checkAnyFilter, checkFilterOn, checkFilterPresent } from "./checks/presence.ts";
import { checkRetries } from "./checks/retries.ts";
import { checkSluiceClusters } from "./checks/sluice-cluster.ts";
import { type Wired, wiredManagers } from "./checks/sluice-filter.ts";
import { checkTierRoutes } from "./checks/tier-routes.ts";
import { checkUnableFallback } from "./checks/unable-fallback.ts";
import { checkUpgrades } from "./checks/upgrades.ts";
import type { EnvoyWiring } from "./envoy-wiring.ts";
import type { Finding, SluiceSettings } from "./finding.ts";

/** In the order a request meets them: the filter, listener and routes, the way to sluice, the access log. */
export function checkWiring(wiring: EnvoyWiring, settings: SluiceSettings): readonly Finding[] {
  const wired = wiredManagers(wiring, settings);
  const each = (check: (manager: Wired) => readonly Finding[]) => wired.flatMap(check);
  const findings = [
    ...checkAnyFilter(wiring, wired),
    ...each(checkFilterPresent),
    ...each(checkFilterOn),
    ...each(checkModes),
    ...each((manager) => checkReplies(manager, settings)),
    ...each((manager) => checkDecompressors(manager, wiring)),
    ...each(checkClientHeaders),
    ...each(checkUpgrades),
    ...each((manager) => checkBodyLimit(manager, wiring, settings)),
    ...each((manager) => checkTierRoutes(manager, settings)),
    ...each((manager) => checkRouteTimeouts(manager, settings)),
    ...each((manager) => checkRetries(manager, wiring, settings)),
    ...each((manager) => checkFallbackOrder(manager, wiring, settings)),
    ...each((manager) => checkAttempts(manager, wiring, settings)),
    ...each((manager) => checkUnableFallback(manager, wiring, settings)),
    ...each((manager) => checkCascade(manager, wiring, settings)),
    ...each((manager) => checkAnswerEncoding(manager, settings)),
    ...checkSluiceClusters(wired, wiring, settings),
    ...each((manager) => checkAccessLog(manager, wiring)),
    ...each(checkRequestId),
  ];
  return inGatewaysWords(findings, wiring.gateway);
}
