// What the check on answers that sluice is shown must find, and must not: changes to the shipped envoy.yaml with its filter for usage.
import { HOST, MANAGER, type Mistake } from "./edited-config.ts";
import { CATCH_ALL, EARLY, IN_HOST, LAST_ROUTE, remove, STRONG_ALONE, STRONG_ROUTE, set, WEAK_ALONE, WEAK_ROUTE } from "./places.ts";

const REMOVED = [...MANAGER, "route_config", "request_headers_to_remove"];
const IDENTITY = { header: { key: "Accept-Encoding", value: "identity" }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" };
const FILTERS = "type.googleapis.com/envoy.extensions.filters.http";
const withoutRemoval = remove(REMOVED);
const withFilter = (typed_config: object, at: number) =>
  set([...MANAGER, "http_filters"], (filters: object[]) => filters.toSpliced(at, 0, { name: "another", typed_config }));
const DECOMPRESSOR = {
  "@type": `${FILTERS}.decompressor.v3.Decompressor`,
  request_direction_config: { common_config: { enabled: { default_value: false, runtime_key: "x" } } },
};
const MUTATION = {
  "@type": `${FILTERS}.header_mutation.v3.HeaderMutation`,
  mutations: { request_mutations: [{ remove: "accept-encoding" }] },
};

/** All with the filter for usage. */
export const USAGE_MISTAKES: readonly Mistake[] = [
  {
    name: "clients say how answers may be encoded",
    edits: [withoutRemoval],
    found: "answers-may-be-compressed",
    where: IN_HOST,
    what: /sluice_usage reads answers, and 5 routes pass/,
  },
  {
    name: "one of the routes lets it pass",
    edits: [
      withoutRemoval,
      ...[WEAK_ALONE, STRONG_ALONE, WEAK_ROUTE, STRONG_ROUTE].map((route) =>
        set([...route, "request_headers_to_remove"], ["Accept-Encoding"]),
      ),
    ],
    found: "answers-may-be-compressed",
    where: LAST_ROUTE,
  },
  {
    name: "all routes remove it by themselves",
    edits: [withoutRemoval, ...[WEAK_ALONE, STRONG_ALONE, WEAK_ROUTE, STRONG_ROUTE, CATCH_ALL].map(removing)],
  },
  { name: "the virtual host removes it", edits: [withoutRemoval, removing(HOST)] },
  { name: "it is overwritten", edits: [withoutRemoval, set([...HOST, "request_headers_to_add"], [IDENTITY])] },
  {
    name: "another value is put beside the client's",
    edits: [withoutRemoval, set([...HOST, "request_headers_to_add"], [{ header: IDENTITY.header }])],
    found: "answers-may-be-compressed",
  },
  {
    name: "it is overwritten by what is compressed, too",
    edits: [withoutRemoval, set([...HOST, "request_headers_to_add"], [{ ...IDENTITY, header: { key: "accept-encoding", value: "br" } }])],
    found: "answers-may-be-compressed",
  },
  {
    name: "it goes before a route is chosen",
    edits: [withoutRemoval, set([...EARLY, 0, "typed_config", "mutations", 1], { remove: "accept-encoding" })],
  },
  {
    name: "it goes by a pattern",
    edits: [
      withoutRemoval,
      set([...EARLY, 0, "typed_config", "mutations", 1], { remove_on_match: { key_matcher: { prefix: "accept-" } } }),
    ],
  },
  { name: "a filter removes it", edits: [withoutRemoval, withFilter(MUTATION, 0)] },
  {
    name: "a filter removes it on the route",
    edits: [
      withoutRemoval,
      set([...HOST, "typed_per_filter_config"], {
        another: { "@type": `${FILTERS}.header_mutation.v3.HeaderMutationPerRoute`, mutations: MUTATION.mutations },
      }),
    ],
  },
  { name: "answers are decompressed before sluice sees them", edits: [withoutRemoval, withFilter(DECOMPRESSOR, 2)] },
  {
    name: "answers are decompressed after sluice has seen them",
    edits: [withoutRemoval, withFilter(DECOMPRESSOR, 0)],
    found: "answers-may-be-compressed",
  },
];

function removing(place: Mistake["edits"][number]["at"]) {
  return set([...place, "request_headers_to_remove"], ["x-secret", "accept-encoding"]);
}
