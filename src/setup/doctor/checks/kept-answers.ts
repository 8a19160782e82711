// Whether sluice is shown the answers that it is to keep (`cache`): by a filter that observes behind its own, or by its own.
import { enumOf, objectOf } from "../envoy-json.ts";
import type { JsonObject, Processor } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import type { Wired } from "./sluice-filter.ts";

const FIX = `# behind sluice's own filter in http_filters, as sluice_usage in envoy.yaml
- name: sluice_usage
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor
    observability_mode: true
    failure_mode_allow: true
    processing_mode:
      request_header_mode: SEND
      response_header_mode: SEND
      response_body_mode: STREAMED
      response_trailer_mode: SEND
    grpc_service: { envoy_grpc: { cluster_name: sluice_usage }, timeout: 0s }`;

const BODY_MODES = ["NONE", "STREAMED", "BUFFERED", "BUFFERED_PARTIAL", "FULL_DUPLEX_STREAMED"] as const;

export function checkKeptAnswers({ manager, filter, observing }: Wired, { keepsAnswers }: SluiceSettings): readonly Finding[] {
  if (keepsAnswers !== true || filter === undefined) return [];
  const found = (what: string, where = manager.where) => [finding("answers-not-shown", { where, what, fix: FIX })];
  const shown = [...observing, { ...filter.processor, config: filter.config }].filter(({ config }) => showsBodies(config));
  if (shown.length === 0) return found("`cache` is on, and no filter shows sluice the bodies of answers.");
  const whole = shown.filter(({ config }) => modesOf(config)["response_header_mode"] !== "SKIP");
  const [first] = shown;
  if (whole.length === 0)
    return found("`cache` is on, and response_header_mode: SKIP hides the status and the type of answers.", first?.where);
  const order = (processor: Pick<Processor, "name">) => manager.processors.findIndex(({ name }) => name === processor.name);
  if (whole.some((processor) => order(processor) >= order(filter.processor))) return [];
  return found("`cache` is on, and the filter that shows answers stands in front of the one that decides.", whole[0]?.where);
}

function modesOf(config: JsonObject): JsonObject {
  return objectOf(config["processing_mode"]);
}

function showsBodies(config: JsonObject): boolean {
  const mode = enumOf(modesOf(config)["response_body_mode"], BODY_MODES);
  return mode === "STREAMED" || mode === "FULL_DUPLEX_STREAMED";
}
