// Whether answers come as sluice can read them, where it is shown them for exact usage: a server compresses for a client that takes it.
import { enumOf, isOfType, listOf, objectOf, objectsOf, textOf, typedConfig } from "../envoy-json.ts";
import type { HttpManager, JsonObject } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { stringMatches } from "./header-match.ts";
import type { Route } from "./routes.ts";
import type { Wired } from "./sluice-filter.ts";
import { servingRoutes } from "./tier-routes.ts";

const HEADER = "accept-encoding";
const FIX = `# in the route configuration, in the virtual host, or in each of these routes
request_headers_to_remove: [${HEADER}]`;

const BODY_MODES = ["NONE", "STREAMED", "BUFFERED", "BUFFERED_PARTIAL", "FULL_DUPLEX_STREAMED"] as const;

export function checkAnswerEncoding(wired: Wired, settings: SluiceSettings): readonly Finding[] {
  const reader = readerOf(wired);
  if (reader === undefined || isPlainForAll(wired.manager, reader)) return [];
  const asking = servingRoutes(wired, settings).filter((route) => !asksPlain(route, wired.manager));
  const [first] = asking;
  if (first === undefined) return [];
  const where = asking.length === 1 ? first.where : first.virtualHost.where;
  const count = asking.length === 1 ? "This route passes" : `${asking.length} routes pass`;
  const what = `${reader} reads answers, and ${count} the client's ${HEADER} on to the servers.`;
  return [finding("answers-may-be-compressed", { where, what, fix: FIX })];
}

/** The name of the filter by which sluice reads answers: one that observes, or the one that decides. */
function readerOf({ filter, observing }: Wired): string | undefined {
  const observer = observing.find(({ config }) => bodyMode(config) === "STREAMED");
  if (observer !== undefined || filter === undefined) return observer?.name;
  const isStreamed = bodyMode(filter.config) === "STREAMED" || bodyMode(filter.config) === "FULL_DUPLEX_STREAMED";
  return isStreamed && modesOf(filter.config)["response_header_mode"] !== "SKIP" ? filter.processor.name : undefined;
}

function modesOf(config: JsonObject): JsonObject {
  return objectOf(config["processing_mode"]);
}

function bodyMode(config: JsonObject): (typeof BODY_MODES)[number] {
  return enumOf(modesOf(config)["response_body_mode"], BODY_MODES);
}

/** Before a route is chosen, by a filter on all, or undone by one: filters see answers in reverse, so that one behind ours comes first. */
function isPlainForAll({ config }: HttpManager, reader: string): boolean {
  const early = objectsOf(config["early_header_mutation_extensions"]).flatMap((extension) =>
    objectsOf(typedConfig(extension)["mutations"]),
  );
  const filters = objectsOf(config["http_filters"]);
  const behind = filters.slice(filters.findIndex(({ name }) => name === reader) + 1).map(typedConfig);
  return (
    early.some(makesPlain) || filters.map(typedConfig).some(mutatesToPlain) || behind.some((filter) => isOfType(filter, "Decompressor"))
  );
}

/** The route's own word, its virtual host's or that of all routes: Envoy applies them one after the other. */
function asksPlain({ config, virtualHost }: Route, manager: HttpManager): boolean {
  const levels = [config, virtualHost.config, manager.routes ?? {}];
  return levels.some((level) => {
    const removed = listOf(level["request_headers_to_remove"]).some((name) => textOf(name)?.toLowerCase() === HEADER);
    const added = objectsOf(level["request_headers_to_add"]).some(setsIdentity);
    return removed || added || Object.values(objectOf(level["typed_per_filter_config"])).some((filter) => mutatesToPlain(objectOf(filter)));
  });
}

/** A filter for header mutation, or what a route says to one. */
function mutatesToPlain(filter: JsonObject): boolean {
  const isMutation = isOfType(filter, "HeaderMutation") || isOfType(filter, "HeaderMutationPerRoute");
  return isMutation && objectsOf(objectOf(filter["mutations"])["request_mutations"]).some(makesPlain);
}

function makesPlain(mutation: JsonObject): boolean {
  if (textOf(mutation["remove"])?.toLowerCase() === HEADER) return true;
  const onMatch = objectOf(objectOf(mutation["remove_on_match"])["key_matcher"]);
  return stringMatches(onMatch, HEADER) === true || setsIdentity(objectOf(mutation["append"]));
}

/** Of a HeaderValueOption: any other action than one that overwrites leaves the client's beside it. */
function setsIdentity({ header, append_action: action }: JsonObject): boolean {
  const { key, value } = objectOf(header);
  const isOverwritten = ["OVERWRITE_IF_EXISTS_OR_ADD", "OVERWRITE_IF_EXISTS"].includes(textOf(action) ?? "");
  return isOverwritten && textOf(key)?.toLowerCase() === HEADER && textOf(value) === "identity";
}
