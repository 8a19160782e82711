// How sluice is asked, as a gateway's manifests say: what it is sent, what comes of its reply or of its silence, and how Envoy reaches it.
import { bodyTimeMs, MIB } from "../body-time.ts";
import type { Gateway } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import type { Asking, BodyMode } from "./gateway-wiring.ts";

const FEW_REQUESTS = 1024; // Envoy's default, at a time
const RESETS_TAKEN = 1000; // in a burst on a connection, by servers that count them

/** `limitBytes`: the largest body that any Gateway lets in. `fix` is left to the gateway's own lines where it is empty. */
export function checkAsking(asking: Asking, gateway: Gateway, limitBytes: number, settings: SluiceSettings): readonly Finding[] {
  return [
    ...checkPlace(asking),
    ...checkModes(asking, gateway),
    ...checkFailureMode(asking, gateway),
    ...checkMessageTimeout(asking, Math.min(limitBytes, settings.maxBodyBytes)),
    ...checkService(asking, settings),
  ];
}

function checkPlace({ afterRouting, routeCacheKept, onlyObserves }: Asking): readonly Finding[] {
  return [
    ...(afterRouting.value
      ? [
          finding("route-stage-late", {
            where: afterRouting.where,
            what: "filterStage is Route, After: the filter belongs to the server's side of Envoy.",
            fix: LATE_FIX,
          }),
        ]
      : []),
    ...(routeCacheKept.value
      ? [finding("route-cache-kept", { where: routeCacheKept.where, what: "routeCacheAction is Retain.", fix: "" })]
      : []),
    ...(onlyObserves.value
      ? [
          finding("ext-proc-only-observes", {
            where: onlyObserves.where,
            what: "shadowMode is true.",
            fix: "# EnvoyExtensionPolicy\nspec:\n  extProc:\n  - shadowMode: false",
          }),
        ]
      : []),
  ];
}

const LATE_FIX =
  "# GatewayExtension: without filterStage, or with this one, it runs in time\nfilterStage: { stage: AuthZ, predicate: After }";

const ALL_MODES = `# GatewayExtension: all six
spec:
  extProc:
    processingMode:
      requestHeaderMode: SEND
      requestBodyMode: BUFFERED
      requestTrailerMode: SKIP
      responseHeaderMode: SKIP
      responseBodyMode: NONE
      responseTrailerMode: SKIP`;

const INSTEAD_OF_BUFFERED: Readonly<Record<Exclude<BodyMode, "BUFFERED">, string>> = {
  NONE: "no body ever comes",
  STREAMED: "the body comes in pieces, and the headers are forwarded before it is complete",
  BUFFERED_PARTIAL: "of a body over the buffer limit only the front comes, and such a request is not routed",
  FULL_DUPLEX_STREAMED: "the body can be routed by, but one with trailers (HTTP/2) reaches the model server twice on a route with retries",
};

/** One finding about the request: what mends the headers brings the body, too. */
function checkModes(asking: Asking, gateway: Gateway): readonly Finding[] {
  const { requestHeaders, requestBody } = asking;
  if (!requestHeaders.value) {
    const what = gateway === "kgateway" ? "requestHeaderMode is SKIP." : "processingMode has no `request`: nothing of it is sent.";
    return [finding("request-headers-not-sent", { where: requestHeaders.where, what, fix: "" }), ...checkResponse(asking)];
  }
  if (requestBody.value === undefined) {
    const what = "requestBodyMode is not set: kgateway sends no body then, and where responseHeaderMode is not set, the answers' headers.";
    return [finding("processing-mode-implicit", { where: requestBody.where, what, fix: ALL_MODES })];
  }
  return [...checkRequestBody(requestBody.value, requestBody.where), ...checkResponse(asking)];
}

function checkRequestBody(mode: BodyMode, where: string): readonly Finding[] {
  if (mode === "BUFFERED") return [];
  const worksMostly = mode === "BUFFERED_PARTIAL" || mode === "FULL_DUPLEX_STREAMED";
  const what = `The mode of the request's body is ${mode}: ${INSTEAD_OF_BUFFERED[mode]}.`;
  return [finding("request-body-not-buffered", { where, what, fix: "", ...(worksMostly ? { severity: "warning" } : {}) })];
}

function checkResponse({ responseHeaders, responseBody }: Asking): readonly Finding[] {
  if (!responseHeaders.value && responseBody.value === "NONE") return [];
  const isHeld = responseBody.value === "BUFFERED" || responseBody.value === "BUFFERED_PARTIAL";
  const where = responseBody.value === "NONE" ? responseHeaders.where : responseBody.where;
  const sent = responseHeaders.value ? "headers are sent" : "no headers are sent";
  const what = `Of answers, ${sent}; the mode of their body is ${responseBody.value}.`;
  return [finding(isHeld ? "response-body-buffered" : "response-processed", { where, what, fix: "" })];
}

function checkFailureMode({ failOpen: { value, where } }: Asking, gateway: Gateway): readonly Finding[] {
  if (value === true) return [];
  if (value === false) return [finding("fails-closed", { where, what: "failOpen is false.", fix: "" })];
  const isOpen = gateway === "kgateway";
  const consequence = isOpen ? "kgateway lets requests pass unrouted" : "Envoy Gateway lets every request fail";
  const what = `failOpen is not set: ${consequence} when sluice is gone.`;
  const fix = isOpen
    ? "# GatewayExtension\nspec:\n  extProc:\n    failOpen: true # or false"
    : "# EnvoyExtensionPolicy\nspec:\n  extProc:\n  - failOpen: true # or false";
  return [finding("failure-mode-implicit", { where, what, fix, severity: isOpen ? "note" : "warning" })];
}

function checkMessageTimeout({ messageTimeoutMs: { value, where } }: Asking, bytes: number): readonly Finding[] {
  const neededMs = bodyTimeMs(bytes);
  if (value >= neededMs) return [];
  const need = `a body of ${Math.round(bytes / MIB)} MiB may take ${neededMs} ms`;
  const what = `messageTimeout is ${value} ms (200 where it is not set); ${need}.`;
  return [finding("message-timeout-short", { where, what, fix: "" })];
}

function checkService(
  { service, protocol, maxRequests, maxRequestsPerConnection, retries }: Asking,
  settings: SluiceSettings,
): readonly Finding[] {
  const perConnection = maxRequestsPerConnection.value ?? 0;
  const isReset = perConnection === 0 || perConnection >= RESETS_TAKEN;
  const port = `# Service ${service.name} in namespace ${service.namespace}
spec:
  ports:
  - { name: grpc, port: ${service.port ?? 9002}, appProtocol: kubernetes.io/h2c }`;
  return [
    ...(protocol === undefined
      ? []
      : [finding("app-protocol-missing", { where: protocol.where, what: `The port ${service.port} ${protocol.value}.`, fix: port })]),
    ...(maxRequests.value > FEW_REQUESTS
      ? []
      : [finding("ext-proc-few-requests", { where: maxRequests.where, what: `It is ${maxRequests.value} at a time.`, fix: "" })]),
    ...(isReset
      ? [
          finding("rapid-reset", {
            where: maxRequestsPerConnection.where,
            what: `maxRequestsPerConnection is ${perConnection === 0 ? "not set" : perConnection}.`,
            fix: "",
            ...(settings.countsResets ? {} : { severity: "note" }),
          }),
        ]
      : []),
    ...(retries === undefined || retries.value > 0
      ? []
      : [finding("replica-not-retried", { where: retries.where, what: "backendSettings has no retry.", fix: "" })]),
  ];
}
