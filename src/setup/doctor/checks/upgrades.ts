// Clients that try a websocket first: what they are told decides whether they go on by HTTP at once.
import { objectOf, objectsOf, textOf } from "../envoy-json.ts";
import type { JsonObject } from "../envoy-wiring.ts";
import { type Finding, finding } from "../finding.ts";
import type { Route } from "./routes.ts";
import type { Wired } from "./sluice-filter.ts";

const FIX = `# in the HttpConnectionManager
upgrade_configs: [{ upgrade_type: websocket }]
# the first route
- match: { prefix: /, headers: [{ name: upgrade, string_match: { exact: websocket, ignore_case: true } }] }
  direct_response: { status: 426, body: { inline_string: "Websockets are not served here: use HTTP." } }
  typed_per_filter_config:
    envoy.filters.http.ext_proc:
      "@type": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute
      disabled: true`;

export function checkUpgrades({ manager, virtualHosts }: Wired): readonly Finding[] {
  if (takesWebsockets(objectsOf(manager.config["upgrade_configs"]))) return [];
  if (virtualHosts.some(({ routes }) => routes.some(takesThemItself))) return [];
  const where = `${manager.where} > upgrade_configs`;
  return [finding("websocket-refused", { where, what: "No upgrade_type is websocket.", fix: FIX })];
}

function takesWebsockets(upgrades: readonly JsonObject[]): boolean {
  return upgrades.some((upgrade) => textOf(upgrade["upgrade_type"])?.toLowerCase() === "websocket");
}

/** A route may have what its listener has not. */
function takesThemItself({ config }: Route): boolean {
  return takesWebsockets(objectsOf(objectOf(config["route"])["upgrade_configs"]));
}
