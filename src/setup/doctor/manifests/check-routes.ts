// Where requests go: each tier has a rule, requests without a tier one at which sluice is asked; answers and retries have what they need.
import { TIER_HEADER } from "../../../request/routing/decision.ts";
import { DIFFERENT_NAMES } from "../checks/gateway-lines.ts";
import { regexMatches } from "../checks/header-match.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { codeList, codesNotRetried, lackSeverity } from "../retried-codes.ts";
import { differingEdits } from "../tier-edits.ts";
import { checkUnable } from "./check-unable.ts";
import type { Asking, GatewayWiring, Match, Retry, RouteTable, Rule } from "./gateway-wiring.ts";
import type { Setting } from "./manifest.ts";

/** As for Envoy's own configuration: who allows an answer ten minutes has thought about it; one of a minute is surely short. */
const PATIENCE_MS = 600_000;
const SURELY_SHORT_MS = 60_000;
const FEW_RETRIES = 16;

export function checkRoutes({ gateway, askings }: GatewayWiring, table: RouteTable, settings: SluiceSettings): readonly Finding[] {
  const { tiers, models = [] } = settings;
  const serving = table.rules.filter((rule) => rule.matches.some((match) => match.tier !== undefined || isFirst(match, table)));
  const retried = serving.filter(({ retry }) => (retry.value?.attempts ?? 0) > 0);
  return [
    ...checkTiers(table, tiers),
    ...checkCatchAll(table),
    ...(askings.some(({ used }) => used) ? checkAsked(table, askings[0]?.object.name ?? "sluice", gateway === "kgateway") : []),
    ...checkTimeouts(serving),
    ...checkRetryMissing(serving.filter((rule) => !retried.includes(rule))),
    ...checkStatusCodes(retried),
    ...checkRetryRoom(retried),
    ...checkFallbacks(serving),
    ...checkNames(retried, differingEdits(models)),
    ...checkUnable(retried, models, takesTier),
    ...(askings.some(readsAnswers) ? checkEncodings(serving.filter(({ plainAnswers }) => !plainAnswers)) : []),
  ];
}

function tierMatchesOf({ rules }: RouteTable): readonly Match[] {
  return rules.flatMap(({ matches }) => matches.filter(({ tier }) => tier !== undefined));
}

function takesTier({ tier }: Match, name: string): boolean {
  if (tier?.type === "RegularExpression") return regexMatches({ regex: tier.value }, name) === true;
  return tier?.value === name;
}

function checkTiers(table: RouteTable, tiers: readonly string[]): readonly Finding[] {
  const matches = tierMatchesOf(table);
  const without = tiers.filter((name) => !matches.some((match) => takesTier(match, name)));
  const foreign = matches.filter((match) => !tiers.some((name) => takesTier(match, name)));
  const known = `sluice's tiers are ${tiers.join(", ")}`;
  const wrong = foreign[0];
  if (without.length > 0) {
    const instead = wrong === undefined ? "" : ` There is one for ${wrong.tier?.value}, which no tier is called.`;
    const what = `No rule matches ${TIER_HEADER}: ${without.join(", ")}; ${known}.${instead}`;
    const rules = without.map(
      (name) => `  - name: ${name}
    matches:
    - { path: { type: PathPrefix, value: / }, headers: [{ name: ${TIER_HEADER}, value: ${name} }] }
    backendRefs:
    - { name: ${name}, port: 80 }`,
    );
    return [
      finding("tier-without-route", {
        where: wrong?.where ?? table.rules[0]?.where ?? "",
        what,
        fix: `# HTTPRoute\nspec:\n  rules:\n${rules.join("\n")}`,
      }),
    ];
  }
  return foreign.map(({ where, tier }) => {
    const fix = "# sluice's configuration: add the tier to `tiers`, or take the rule away (sluice doctor --config FILE reads it)";
    return finding("route-without-tier", { where, what: `It is for the tier ${tier?.value}; ${known}.`, fix });
  });
}

/** Whether requests meet this match first, as long as they have no tier. */
function isFirst(match: Match, table: RouteTable): boolean {
  const forTiers = tierMatchesOf(table);
  return match.tier === undefined && (forTiers.length === 0 || forTiers.some((tierMatch) => covers(match, tierMatch)));
}

/** Whether a request that `special` takes fits `general`, too, but for its tier. */
function covers(general: Match, special: Match): boolean {
  return pathCovers(general.path, special.path) && general.others.every((condition) => special.others.includes(condition));
}

function pathCovers(general: Match["path"], special: Match["path"]): boolean {
  if (general.type === special.type && general.value === special.value) return true;
  const prefix = general.value.replace(/\/$/, "");
  const isUnder = special.value === prefix || special.value.startsWith(`${prefix}/`);
  if (general.type === "PathPrefix") return prefix === "" || (special.type !== "RegularExpression" && isUnder);
  // Of a regular expression it cannot be told, unless it is asked about one path.
  return (
    general.type === "RegularExpression" && (special.type !== "Exact" || regexMatches({ regex: general.value }, special.value) !== false)
  );
}

function checkCatchAll(table: RouteTable): readonly Finding[] {
  const undecided = table.rules.flatMap(({ matches }) => matches.filter(({ tier }) => tier === undefined));
  const alone = tierMatchesOf(table).find((match) => !undecided.some((other) => covers(other, match)));
  const last = table.rules.at(-1);
  if (alone === undefined || last === undefined) return [];
  const fix = `# HTTPRoute ${last.route.namespace}/${last.route.name}
spec:
  rules:
  - name: undecided
    matches:
    - { path: { type: ${alone.path.type}, value: ${alone.path.value} } }
    backendRefs:
    - { name: strong, port: 80 } # the tier that can answer everything`;
  return [finding("catch-all-missing", { where: alone.where, what: `Without ${TIER_HEADER} nothing matches ${alone.path.value}.`, fix })];
}

function checkAsked(table: RouteTable, extension: string, isKgateway: boolean): readonly Finding[] {
  const silent = table.rules.filter(({ asks, matches }) => !asks.value && matches.some((match) => isFirst(match, table)));
  const [rule] = silent;
  if (rule === undefined) return [];
  const section = rule.name.startsWith("rules[") ? "" : `, sectionName: ${rule.name}`;
  const target = `  targetRefs:
  - { group: gateway.networking.k8s.io, kind: HTTPRoute, name: ${rule.route.name}${section} }`;
  const fix = isKgateway
    ? `# TrafficPolicy in namespace ${rule.route.namespace}\nspec:\n${target}\n  extProc:\n    extensionRef: { name: ${extension} }`
    : `# EnvoyExtensionPolicy ${extension} in namespace ${rule.route.namespace}\nspec:\n${target}`;
  const what = `At rule ${rule.name} of HTTPRoute ${rule.route.namespace}/${rule.route.name} sluice is not asked.`;
  return [finding("ext-proc-off-on-route", { where: rule.asks.where, what, fix })];
}

function checkTimeouts(rules: readonly Rule[]): readonly Finding[] {
  const cut = rules.filter(({ timeoutMs }) => timeoutMs.value > 0 && timeoutMs.value < PATIENCE_MS);
  return grouped(cut, ({ timeoutMs }) => timeoutMs).map(({ where, of }) => {
    const least = Math.min(...of.map(({ timeoutMs }) => timeoutMs.value));
    const what = `An answer may take ${least / 1000} s on ${namesOf(of)}${least === 15_000 ? " (15 s where nothing is set)" : ""}.`;
    return finding("route-timeout-cuts-streams", { where, what, fix: "", ...(least >= SURELY_SHORT_MS ? { severity: "warning" } : {}) });
  });
}

function checkRetryMissing(rules: readonly Rule[]): readonly Finding[] {
  return grouped(rules, ({ retry }) => retry).map(({ where, of }) =>
    finding("retry-missing", { where, what: `Nothing is retried on ${namesOf(of)}.`, fix: "" }),
  );
}

function checkStatusCodes(rules: readonly Rule[]): readonly Finding[] {
  const lacking = rules.filter(({ retry }) => missingCodes(retry.value).length > 0);
  return grouped(lacking, ({ retry }) => retry).map(({ where, of }) => lackOfCodes(where, missingCodes(of[0]?.retry.value), namesOf(of)));
}

function lackOfCodes(where: string, codes: readonly number[], routes: string): Finding {
  const what = `${codeList(codes)} ${codes.length === 1 ? "is" : "are"} not retried on ${routes}.`;
  return finding("retry-without-429", { where, what, fix: "", ...lackSeverity(codes) });
}

function missingCodes(retry: Retry | undefined): readonly number[] {
  return codesNotRetried({ codes: retry?.statusCodes ?? [], conditions: retry?.on ?? [] });
}

/** One finding for all servers that lack room in the same place, or in none. */
function checkRetryRoom(rules: readonly Rule[]): readonly Finding[] {
  const small = rules.flatMap(({ backends }) => backends.filter(({ retryRoom }) => retryRoom.value < FEW_RETRIES));
  return grouped(small, ({ retryRoom }) => retryRoom).map(({ where, of }) => {
    const names = [...new Set(of.map(({ object }) => `${object.kind} ${object.namespace}/${object.name}`))].join(", ");
    return finding("retry-room-small", { where, what: `Retries at a time to ${names}: ${of[0]?.retryRoom.value}.`, fix: "" });
  });
}

/** Envoy Gateway makes priorities of Backends alone: anything else beside a fallback is a cluster of its own, of the same weight. */
function checkFallbacks(rules: readonly Rule[]): readonly Finding[] {
  return rules.flatMap(({ name, backends }) => {
    const fallback = backends.find(({ isFallback }) => isFallback);
    const other = backends.find(({ object }) => object.kind !== "Backend");
    if (fallback === undefined || other === undefined) return [];
    const { kind, namespace, name: server } = other.object;
    const what = `Rule ${name} has ${kind} ${namespace}/${server} beside the fallback ${fallback.object.name}.`;
    const fix = `# in place of the ${kind}, and named in backendRefs
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: ${server}, namespace: ${namespace} }
spec:
  endpoints:
  - fqdn: { hostname: ${server}.${namespace}.svc.cluster.local, port: 80 }`;
    return [finding("fallback-shares", { where: other.where, what, fix })];
  });
}

/** The servers of a fallback get the body as it was made for the tier that was decided. */
/** For exact usage. */
function readsAnswers({ used, responseHeaders, responseBody: { value } }: Asking): boolean {
  return used && responseHeaders.value && (value === "STREAMED" || value === "FULL_DUPLEX_STREAMED");
}

function checkEncodings(rules: readonly Rule[]): readonly Finding[] {
  const [first] = rules;
  if (first === undefined) return [];
  const what = `Sluice reads answers, and ${rules.length === 1 ? "this rule passes" : `${rules.length} rules pass`} accept-encoding on.`;
  return [finding("answers-may-be-compressed", { where: first.where, what, fix: "" })];
}

function checkNames(rules: readonly Rule[], differing: string | undefined): readonly Finding[] {
  if (differing === undefined) return [];
  return rules.flatMap(({ name, backends }) => {
    const fallback = backends.find(({ isFallback }) => isFallback);
    if (fallback === undefined || backends.length < 2) return [];
    const what = `Rule ${name} falls back to ${fallback.object.name}, and sluice's tiers differ in ${differing}.`;
    return [finding("fallback-keeps-model", { where: fallback.where, what, fix: DIFFERENT_NAMES })];
  });
}

/** By where the setting stands. What is set nowhere has as many places as rules: it is one mistake, at the first of them. */
function grouped<T extends { readonly where: string }>(
  all: readonly T[],
  settingOf: (one: T) => Setting<unknown>,
): readonly { where: string; of: readonly T[] }[] {
  const places = new Map<string, { where: string; of: T[] }>();
  for (const one of all) {
    const { where } = settingOf(one);
    const place = where === one.where ? "nowhere" : where;
    const group = places.get(place);
    if (group === undefined) places.set(place, { where, of: [one] });
    else group.of.push(one);
  }
  return [...places.values()];
}

function namesOf(rules: readonly Rule[]): string {
  return rules.length === 1 ? `rule ${rules[0]?.name}` : `rules ${rules.map(({ name }) => name).join(", ")}`;
}
