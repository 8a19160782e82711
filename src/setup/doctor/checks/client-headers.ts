// What clients send: their own x-sluice-tier must be gone before a route is chosen, and every request needs an id.
import { TIER_HEADER } from "../../../request/routing/decision.ts";
import { isObject, objectOf, objectsOf, textOf, typedConfig } from "../envoy-json.ts";
import type { JsonObject } from "../envoy-wiring.ts";
import { type Finding, finding } from "../finding.ts";
import { stringMatches } from "./header-match.ts";
import type { Wired } from "./sluice-filter.ts";

const STRIP = `# in the HttpConnectionManager: a filter would be too late, the route is chosen by then
early_header_mutation_extensions:
- name: strip_client_sent_sluice_headers
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation
    mutations:
    - remove_on_match: { key_matcher: { prefix: x-sluice- } }`;

export function checkClientHeaders({ manager }: Wired): readonly Finding[] {
  const extensions = objectsOf(manager.config["early_header_mutation_extensions"]);
  const mutations = extensions.flatMap((extension) => objectsOf(typedConfig(extension)["mutations"]));
  if (mutations.some(removesTier)) return [];
  const where = `${manager.where} > early_header_mutation_extensions`;
  const what = mutations.length === 0 ? "There are none." : `They remove other headers, but not ${TIER_HEADER}.`;
  return [finding("client-headers-kept", { where, what, fix: STRIP })];
}

function removesTier(mutation: JsonObject): boolean {
  if (textOf(mutation["remove"])?.toLowerCase() === TIER_HEADER) return true;
  const onMatch = mutation["remove_on_match"];
  return isObject(onMatch) && stringMatches(objectOf(onMatch["key_matcher"]), TIER_HEADER) === true;
}

export function checkRequestId({ manager }: Wired): readonly Finding[] {
  if (manager.config["generate_request_id"] !== false) return [];
  const where = `${manager.where} > generate_request_id`;
  return [finding("request-id-off", { where, what: "It is false.", fix: "# in the HttpConnectionManager\ngenerate_request_id: true" })];
}
