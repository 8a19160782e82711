// What Envoy sends to sluice: the request's headers and its whole body, and nothing of the answer.
import { enumOf, objectOf } from "../envoy-json.ts";
import type { JsonObject } from "../envoy-wiring.ts";
import { type Finding, finding } from "../finding.ts";
import type { SluiceFilter, Wired } from "./sluice-filter.ts";

const HEADER_MODES = ["DEFAULT", "SEND", "SKIP"] as const;
const BODY_MODES = ["NONE", "STREAMED", "BUFFERED", "BUFFERED_PARTIAL", "FULL_DUPLEX_STREAMED", "GRPC"] as const;

type BodyMode = (typeof BODY_MODES)[number];

/** What sluice is left with in the modes that are not BUFFERED. */
const INSTEAD_OF_BUFFERED: Readonly<Record<Exclude<BodyMode, "BUFFERED">, string>> = {
  NONE: "no body ever comes",
  STREAMED: "the body comes in pieces, and the headers are forwarded before it is complete",
  BUFFERED_PARTIAL: "of a body over the buffer limit only the front comes, and such a request is not routed",
  FULL_DUPLEX_STREAMED: "the body can be routed by, but one with trailers (HTTP/2) reaches the model server twice on a route with retries",
  GRPC: "the body is taken for gRPC messages",
};

export function checkModes({ filter }: Wired): readonly Finding[] {
  if (filter === undefined) return [];
  const headers = enumOf(modesOf(filter)["request_header_mode"], HEADER_MODES);
  const request = headers === "SKIP" ? headersNotSent(filter) : checkRequestBody(filter);
  return [...request, ...checkResponse(filter)];
}

function modesOf({ config }: SluiceFilter): JsonObject {
  return objectOf(config["processing_mode"]);
}

function whereOf({ processor }: SluiceFilter): string {
  return `${processor.where} > processing_mode`;
}

/** Where nothing at all is sent, that is one mistake. */
function headersNotSent(filter: SluiceFilter): readonly Finding[] {
  const [body] = checkRequestBody(filter);
  const what = ["request_header_mode is SKIP.", ...(body === undefined ? [] : [body.what])].join(" ");
  const fix = "# in this filter's typed_config\nprocessing_mode:\n  request_header_mode: SEND\n  request_body_mode: BUFFERED";
  return [finding("request-headers-not-sent", { where: whereOf(filter), what, fix })];
}

function checkRequestBody(filter: SluiceFilter): readonly Finding[] {
  const mode = enumOf(modesOf(filter)["request_body_mode"], BODY_MODES);
  if (mode === "BUFFERED") return [];
  const worksMostly = mode === "BUFFERED_PARTIAL" || mode === "FULL_DUPLEX_STREAMED";
  return [
    finding("request-body-not-buffered", {
      where: whereOf(filter),
      what: `request_body_mode is ${mode}${mode === "NONE" ? ", as it is when it is not set" : ""}: ${INSTEAD_OF_BUFFERED[mode]}.`,
      fix: "# in this filter's typed_config\nprocessing_mode:\n  request_body_mode: BUFFERED",
      ...(worksMostly ? { severity: "warning" } : {}),
    }),
  ];
}

/** Header modes that are not set are SEND for answers, too; trailers then are skipped. */
function checkResponse(filter: SluiceFilter): readonly Finding[] {
  const modes = modesOf(filter);
  // Without any modes the body is missing, too: the lines that mend that bring the whole block.
  if (filter.config["processing_mode"] === undefined) return [];
  const body = enumOf(modes["response_body_mode"], BODY_MODES);
  const headers = enumOf(modes["response_header_mode"], HEADER_MODES);
  const trailers = enumOf(modes["response_trailer_mode"], HEADER_MODES);
  const isHeld = body === "BUFFERED" || body === "BUFFERED_PARTIAL";
  if (body === "NONE" && headers === "SKIP" && trailers !== "SEND") return [];
  const set = (field: string) => (modes[field] === undefined ? " (not set)" : "");
  const what = `Of answers, headers are ${headers}${set("response_header_mode")}, the body ${body}, trailers ${trailers}.`;
  const fix = `# in this filter's typed_config
processing_mode:
  response_header_mode: SKIP
  response_body_mode: NONE
  response_trailer_mode: SKIP`;
  return [finding(isHeld ? "response-body-buffered" : "response-processed", { where: whereOf(filter), what, fix })];
}
