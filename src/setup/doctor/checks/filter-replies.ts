// What Envoy does with sluice's reply, and when there is none: the route is chosen again, the headers are taken, a failure lets requests
// pass, and a large body has its time.
import { POLICY_HEADER, REASON_HEADER, TIER_HEADER } from "../../../request/routing/decision.ts";
import { bodyTimeMs, MIB, MS_PER_MIB } from "../body-time.ts";
import { enumOf, isObject, millisecondsOf, objectOf } from "../envoy-json.ts";
import type { JsonObject } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { lettingIn } from "./body-limit.ts";
import { regexMatches } from "./header-match.ts";
import type { SluiceFilter, Wired } from "./sluice-filter.ts";

const DEFAULT_MESSAGE_TIMEOUT_MS = 200; // Envoy's

export function checkReplies(wired: Wired, settings: SluiceSettings): readonly Finding[] {
  const { filter } = wired;
  if (filter === undefined) return [];
  return [
    ...checkFailureMode(filter),
    ...checkMessageTimeout(filter, wired, settings),
    ...checkRouteCache(filter),
    ...checkMutationRules(filter),
  ];
}

function checkFailureMode({ processor, config }: SluiceFilter): readonly Finding[] {
  if (config["failure_mode_allow"] === true) return [];
  const what = "failure_mode_allow is false, as it is when it is not set.";
  const fix = "# in this filter's typed_config\nfailure_mode_allow: true";
  return [finding("fails-closed", { where: processor.where, what, fix })];
}

function checkMessageTimeout({ processor, config }: SluiceFilter, wired: Wired, { maxBodyBytes }: SluiceSettings): readonly Finding[] {
  const timeoutMs = millisecondsOf(config["message_timeout"]) ?? DEFAULT_MESSAGE_TIMEOUT_MS;
  const bytes = Math.min(lettingIn(wired).bytes, maxBodyBytes);
  const neededMs = bodyTimeMs(bytes);
  if (timeoutMs >= neededMs) return [];
  const set = config["message_timeout"] === undefined ? "not set, so 200 ms" : `${timeoutMs} ms`;
  const mib = Math.round(bytes / MIB);
  return [
    finding("message-timeout-short", {
      where: `${processor.where} > message_timeout`,
      what: `It is ${set}; a body of ${mib} MiB, which is let in, may take ${neededMs} ms (${MS_PER_MIB} ms a MiB).`,
      fix: "# in this filter's typed_config\nmessage_timeout: 2s",
      ...(timeoutMs === 0 ? { severity: "error" } : {}), // not "for ever": Envoy then gives up at once, on every request
    }),
  ];
}

const CACHE_ACTIONS = ["DEFAULT", "CLEAR", "RETAIN"] as const;

function checkRouteCache({ processor, config }: SluiceFilter): readonly Finding[] {
  const isRetained = enumOf(config["route_cache_action"], CACHE_ACTIONS) === "RETAIN";
  if (!isRetained && config["disable_clear_route_cache"] !== true) return [];
  const what = isRetained ? "route_cache_action is RETAIN." : "disable_clear_route_cache is true.";
  const line = isRetained ? "route_cache_action: DEFAULT" : "disable_clear_route_cache: false";
  return [finding("route-cache-kept", { where: processor.where, what, fix: `# in this filter's typed_config\n${line}` })];
}

/** What sluice sets: content-length where it changed the body. */
const HEADERS_SET = [TIER_HEADER, POLICY_HEADER, REASON_HEADER, "content-length"];

function checkMutationRules({ processor, config }: SluiceFilter): readonly Finding[] {
  if (!isObject(config["mutation_rules"])) return [];
  const rules = config["mutation_rules"];
  const refused = HEADERS_SET.filter((name) => isRefused(rules, name));
  if (refused.length === 0) return [];
  const fix = `# in this filter's typed_config
mutation_rules:
  disallow_all: false
  allow_expression: { regex: "x-sluice-.*|content-length" }`;
  return [
    finding("header-mutation-refused", { where: `${processor.where} > mutation_rules`, what: `They refuse ${refused.join(", ")}.`, fix }),
  ];
}

/** In Envoy's order: what is disallowed by name, all, allowed by name, system headers. */
function isRefused(rules: JsonObject, name: string): boolean {
  const isNamed = (field: string) => regexMatches(objectOf(rules[field]), name) === true;
  if (isNamed("disallow_expression")) return true;
  return !isNamed("allow_expression") && rules["disallow_all"] === true;
}
