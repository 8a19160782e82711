// The rules of HTTPRoutes with the Gateways they belong to, and what their matches ask for. Leaves policies to each gateway's reader.
import { TIER_HEADER } from "../../../request/routing/decision.ts";
import { at, listOf, objectOf, objectsOf, textOf } from "../envoy-json.ts";
import type { Gateway, Json, JsonObject } from "../envoy-wiring.ts";
import { controlPlaneOf } from "./control-plane.ts";
import type { Match, ObjectName, Reference, RouteTable, Rule } from "./gateway-wiring.ts";
import { type Manifest, whereIs } from "./manifest.ts";
import { byName, GATEWAY_API, type ManifestSet, ofKind, type Target, targetOf } from "./manifest-set.ts";

/** A rule of a route as one of the route's Gateways has it. */
export interface RuleOfRoute {
  readonly gateway: ObjectName;
  readonly route: Manifest;
  readonly index: number;
  readonly body: JsonObject;
  /** What policies may be attached to, from the widest: Gateway, then route and rule. */
  readonly targets: readonly Target[];
}

/** The rules' tables that have to do with sluice: with a rule for a tier, or with one that a policy of sluice's is attached to. */
export function routeTables(set: ManifestSet, gateway: Gateway, read: (rule: RuleOfRoute) => Rule): readonly RouteTable[] {
  const tables = new Map<string, [RuleOfRoute, ...RuleOfRoute[]]>();
  for (const route of ofKind(set, GATEWAY_API, "HTTPRoute")) {
    for (const rule of rulesOf(set, route).filter((each) => controlPlaneOf(set, each.gateway) === gateway)) {
      const key = `${rule.gateway.namespace}/${rule.gateway.name} ${JSON.stringify(at(route.body, "spec", "hostnames"))}`;
      const table = tables.get(key);
      if (table === undefined) tables.set(key, [rule]);
      else table.push(rule);
    }
  }
  const all = [...tables.values()].map((rules): RouteTable => {
    return { gateway: rules[0].gateway, rules: rules.map(read) };
  });
  const forTiers = all.filter(({ rules }) => rules.some(({ matches }) => matches.some(({ tier }) => tier !== undefined)));
  return forTiers.length > 0 ? forTiers : all.filter(({ rules }) => rules.some(({ asks }) => asks.value));
}

function rulesOf(set: ManifestSet, route: Manifest): readonly RuleOfRoute[] {
  const parents = objectsOf(at(route.body, "spec", "parentRefs")).filter((parent) => (textOf(parent["kind"]) ?? "Gateway") === "Gateway");
  const rules = objectsOf(at(route.body, "spec", "rules"));
  return parents.flatMap((parent) => {
    const gateway = { kind: "Gateway", namespace: textOf(parent["namespace"]) ?? route.namespace, name: textOf(parent["name"]) ?? "" };
    const manifest = byName(set, GATEWAY_API, gateway);
    const section = textOf(parent["sectionName"]);
    const whole = manifest === undefined ? { ...gateway, labels: {}, section } : targetOf(manifest, section);
    return rules.map((body, index) => ({ gateway, route, index, body, targets: [whole, targetOf(route, textOf(body["name"]))] }));
  });
}

/** The Gateways of tables, each once. */
export function gatewaysOf(
  set: ManifestSet,
  tables: readonly RouteTable[],
): readonly { object: ObjectName; manifest: Manifest | undefined }[] {
  const names = new Map(tables.map(({ gateway }) => [`${gateway.namespace}/${gateway.name}`, gateway]));
  return [...names.values()].map((object) => ({ object, manifest: byName(set, GATEWAY_API, object) }));
}

/** The rules' references to servers in other namespaces. */
export function ruleReferences(tables: readonly RouteTable[]): readonly Reference[] {
  return tables.flatMap(({ rules }) => rules.flatMap(({ backends }) => backends.flatMap(({ references }) => references)));
}

/** What of a rule is the same for every gateway. */
export function ruleBasics({ route, index, body }: RuleOfRoute): Pick<Rule, "route" | "name" | "where" | "matches" | "plainAnswers"> {
  const { kind, namespace, name } = route;
  return {
    route: { kind, namespace, name },
    name: textOf(body["name"]) ?? `rules[${index}]`,
    where: whereIs(route, ["spec", "rules", index]),
    matches: matchesOf(route, index, body),
    plainAnswers: objectsOf(body["filters"]).some(({ requestHeaderModifier }) => makesAnswersPlain(objectOf(requestHeaderModifier))),
  };
}

/** Of an HTTPHeaderFilter, in a rule or a gateway's policy. */
export function makesAnswersPlain({ remove, set }: JsonObject): boolean {
  const is = (name: Json | undefined) => textOf(name)?.toLowerCase() === "accept-encoding";
  return listOf(remove).some(is) || objectsOf(set).some(({ name, value }) => is(name) && value === "identity");
}

function matchesOf(route: Manifest, index: number, body: JsonObject): readonly Match[] {
  const matches = objectsOf(body["matches"]);
  return (matches.length > 0 ? matches : [{}]).map((match, at) => {
    const path = objectOf(match["path"]);
    const headers = objectsOf(match["headers"]);
    const isTier = (header: JsonObject) => textOf(header["name"])?.toLowerCase() === TIER_HEADER;
    const tier = headers.find(isTier);
    const others = [...headers.filter((header) => !isTier(header)), ...objectsOf(match["queryParams"])].map((other) =>
      JSON.stringify(other),
    );
    const method = textOf(match["method"]);
    return {
      where: whereIs(route, ["spec", "rules", index, "matches", at]),
      path: { type: textOf(path["type"]) ?? "PathPrefix", value: textOf(path["value"]) ?? "/" },
      tier: tier && { type: textOf(tier["type"]) ?? "Exact", value: textOf(tier["value"]) ?? "" },
      others: method === undefined ? others : [...others, method],
    };
  });
}
