// Which route a chat request takes, as Envoy chooses: the first of its virtual host whose match fits. Conditions on anything but path,
// method and the headers that sluice sets may fit or not.
import { CANNOT_HEADER, CASCADE_HEADER, TIER_HEADER } from "../../../request/routing/decision.ts";
import { at, isObject, listOf, objectOf, objectsOf, textOf } from "../envoy-json.ts";
import type { HttpManager, JsonObject } from "../envoy-wiring.ts";
import { headerMatches, matcherText, regexMatches } from "./header-match.ts";

export interface Route {
  readonly where: string; // `listener llm > virtual host llm > route 1 (prefix /, x-sluice-tier exact weak)`
  readonly config: JsonObject; // the Route message
  readonly virtualHost: VirtualHost;
}

export interface VirtualHost {
  readonly where: string;
  readonly config: JsonObject; // the VirtualHost message
  readonly routes: readonly Route[];
}

export interface ChatRequest {
  readonly path: string;
  readonly tier?: string; // what x-sluice-tier says, where it is there
  readonly cannot?: string; // what x-sluice-cannot says, likewise
  readonly cascade?: string; // and x-sluice-cascade
}

/** What sluice decides on, by the paths clients know. */
const CHAT_PATHS = ["/v1/chat/completions", "/v1/messages", "/v1/completions", "/v1/responses"] as const;

/** Of virtual hosts that choose by an own matcher tree or get their routes on demand nothing is said. */
export function virtualHostsOf(manager: HttpManager): readonly VirtualHost[] {
  return objectsOf(manager.routes?.["virtual_hosts"])
    .filter((config) => config["matcher"] === undefined)
    .map((config) => {
      const where = `${manager.where} > virtual host ${textOf(config["name"]) ?? ""}`;
      const routes: Route[] = [];
      const virtualHost = { where, config, routes };
      for (const [index, route] of objectsOf(config["routes"]).entries()) {
        routes.push({ where: `${where} > route ${index + 1} (${matchText(route)})`, config: route, virtualHost });
      }
      return virtualHost;
    });
}

export function hasTierRoutes(virtualHost: VirtualHost): boolean {
  return virtualHost.routes.some((route) => tierMatchers(route).length > 0);
}

/** The conditions of a route on the tier. */
export function tierMatchers(route: Route): readonly JsonObject[] {
  return headerMatchers(route.config).filter((matcher) => textOf(matcher["name"])?.toLowerCase() === TIER_HEADER);
}

/** Whether it is for requests alone that some tier cannot take. */
export function asksCannot(route: Route): boolean {
  return headerMatchers(route.config).some((matcher) => textOf(matcher["name"])?.toLowerCase() === CANNOT_HEADER);
}

export function takesTier(route: Route, tier: string): boolean {
  return tierMatchers(route).every((matcher) => headerMatches(matcher, tier) !== false);
}

/** The route that such a request takes for certain, if those before it that may take it do not. */
export function routeOf(virtualHost: VirtualHost, request: ChatRequest): Route | undefined {
  return virtualHost.routes.find((route) => matches(route.config, request) === true);
}

export function mayBeRouted(virtualHost: VirtualHost, request: ChatRequest): boolean {
  return virtualHost.routes.some((route) => matches(route.config, request) !== false);
}

/** Paths by which clients may reach the tiers of a virtual host. */
export function chatPathsOf(virtualHost: VirtualHost): readonly string[] {
  const tierRoutes = virtualHost.routes.filter((route) => tierMatchers(route).length > 0);
  if (tierRoutes.length === 0) return CHAT_PATHS.filter((path) => mayBeRouted(virtualHost, { path }));
  return [...new Set(tierRoutes.flatMap((route) => pathsOf(objectOf(route.config["match"]))))];
}

function pathsOf(match: JsonObject): readonly string[] {
  const exact = textOf(match["path"]);
  if (exact !== undefined) return [exact];
  const known = CHAT_PATHS.filter((path) => pathMatches(match, path) === true);
  const prefix = textOf(match["prefix"]) ?? textOf(match["path_separated_prefix"]);
  return known.length > 0 || prefix === undefined ? known : [`${prefix.replace(/\/$/, "")}${CHAT_PATHS[0]}`];
}

/** The routes that such a request may take, the last for certain, as far as there is one. */
export function routesFor(virtualHost: VirtualHost, request: ChatRequest): readonly Route[] {
  const possible = virtualHost.routes.filter((route) => matches(route.config, request) !== false);
  const certain = possible.findIndex((route) => matches(route.config, request) === true);
  return certain < 0 ? possible : possible.slice(0, certain + 1);
}

function matches(route: JsonObject, { path, tier, cannot, cascade }: ChatRequest): boolean | undefined {
  const match = objectOf(route["match"]);
  const conditions = [
    pathMatches(match, path),
    ...headerMatchers(route).map((matcher) => headerFits(matcher, { tier, cannot, cascade })),
    ...otherConditions(match),
  ];
  if (conditions.includes(false)) return false;
  return conditions.every((fits) => fits === true) ? true : undefined;
}

function pathMatches(match: JsonObject, path: string): boolean | undefined {
  const fold = (text: string | undefined) => (match["case_sensitive"] === false ? text?.toLowerCase() : text);
  const [asked, exact, prefix, segments] = [
    fold(path) ?? "",
    ...["path", "prefix", "path_separated_prefix"].map((field) => fold(textOf(match[field]))),
  ];
  if (exact !== undefined) return asked === exact;
  if (prefix !== undefined) return asked.startsWith(prefix);
  if (segments !== undefined) return asked === segments || asked.startsWith(`${segments}/`);
  return match["connect_matcher"] === undefined ? regexMatches(match["safe_regex"], path) : false;
}

/** Of the headers that sluice sets; undefined: there is none. */
interface Values {
  readonly tier: string | undefined;
  readonly cannot: string | undefined;
  readonly cascade: string | undefined;
}

function headerFits(matcher: JsonObject, { tier, cannot, cascade }: Values): boolean | undefined {
  const name = textOf(matcher["name"])?.toLowerCase();
  if (name === TIER_HEADER) return headerMatches(matcher, tier);
  if (name === CANNOT_HEADER) return headerMatches(matcher, cannot);
  if (name === CASCADE_HEADER) return headerMatches(matcher, cascade);
  if (name === "upgrade") return headerMatches(matcher, undefined); // a chat request is none
  return name === ":method" ? headerMatches(matcher, "POST") : undefined;
}

function headerMatchers(route: JsonObject): readonly JsonObject[] {
  return objectsOf(at(route, "match", "headers"));
}

function otherConditions(match: JsonObject): readonly (boolean | undefined)[] {
  const lists = ["query_parameters", "dynamic_metadata", "filter_state", "cookies"].filter((field) => listOf(match[field]).length > 0);
  const messages = ["runtime_fraction", "tls_context", "grpc"].filter((field) => isObject(match[field]));
  return [...lists, ...messages].map((field) => (field === "grpc" ? false : undefined));
}

function matchText(route: JsonObject): string {
  const match = objectOf(route["match"]);
  const form = ["prefix", "path", "path_separated_prefix"].find((field) => textOf(match[field]) !== undefined);
  const path = form === undefined ? `regex ${textOf(at(match, "safe_regex", "regex")) ?? "?"}` : `${form} ${textOf(match[form])}`;
  const headers = headerMatchers(route).map((matcher) => `${textOf(matcher["name"])} ${matcherText(matcher)}`);
  return [path, ...headers].join(", ");
}
