// What the check on answers that are to be kept must find, and must not: changes to the shipped envoy.yaml with its filter for usage.
import { MANAGER, type Mistake } from "./edited-config.ts";
import { remove, set } from "./places.ts";

const FILTERS = [...MANAGER, "http_filters"];
const USAGE_MODES = [...FILTERS, 1, "typed_config", "processing_mode"];
const settings = { keepsAnswers: true };
const found = "answers-not-shown";

/** All with the filter for usage. */
export const KEPT_MISTAKES: readonly Mistake[] = [
  { name: "answers are kept, and shown", edits: [], settings },
  { name: "answers are not kept, nor shown", edits: [remove([...FILTERS, 1])] },
  { name: "no filter shows them", edits: [remove([...FILTERS, 1])], settings, found, what: /no filter shows sluice the bodies/ },
  { name: "their bodies are not sent", edits: [set([...USAGE_MODES, "response_body_mode"], "NONE")], settings, found },
  {
    name: "their headers are not sent",
    edits: [set([...USAGE_MODES, "response_header_mode"], "SKIP")],
    settings,
    found,
    what: /response_header_mode: SKIP/,
  },
  { name: "Envoy's own default sends headers", edits: [remove([...USAGE_MODES, "response_header_mode"])], settings },
  {
    name: "the filter stands in front of the one that decides",
    edits: [set(FILTERS, ([first, second, ...rest]: object[]) => [second, first, ...rest])],
    settings,
    found,
    what: /stands in front/,
  },
];
