// kgateway's manifests as a GatewayWiring: GatewayExtension, TrafficPolicy, ListenerPolicy, BackendConfigPolicy, with the defaults of 2.4.
import { TIER_HEADER } from "../../../request/routing/decision.ts";
import { at, isObject, listOf, numberOf, objectOf, objectsOf, textOf } from "../envoy-json.ts";
import type { Json } from "../envoy-wiring.ts";
import { KGATEWAY } from "./control-plane.ts";
import type { Asking, Entry, GatewayWiring, Retry, Rule, RuleBackend, ServiceName } from "./gateway-wiring.ts";
import { fieldOf, type Manifest, mapped, type Path, type Setting, whereIs } from "./manifest.ts";
import { byName, crossReference, type ManifestSet, ofKind, policiesFor, referred, type Target, targetOf } from "./manifest-set.ts";
import { gatewaysOf, makesAnswersPlain, type RuleOfRoute, routeTables, ruleBasics, ruleReferences } from "./route-rules.ts";
import { isSluice, serviceProtocol, theOneNamedSluice } from "./sluice-service.ts";
import { bodyMode, durationMs } from "./values.ts";

const DEFAULT_BUFFER_BYTES = 1_048_576;
const DEFAULT_MESSAGE_TIMEOUT_MS = 200;
const DEFAULT_ROUTE_TIMEOUT_MS = 15_000;
const DEFAULT_MAX_RETRIES = 3;
const DEFAULT_MAX_REQUESTS = 1024;
/** What a port may say, or be named, for kgateway to speak HTTP/2 to it. */
const HTTP2 = ["kubernetes.io/h2c", "http2", "grpc", "grpc-web"];

const BACKEND: Path = ["spec", "extProc", "grpcService", "backendRef"];
const REMOVED: Path = ["httpSettings", "earlyRequestHeaderModifier", "remove"];

export function readKgateway(set: ManifestSet): GatewayWiring {
  const extensions = ofKind(set, KGATEWAY, "GatewayExtension").filter(({ body }) => isObject(at(body, "spec", "extProc")));
  const askings = theOneNamedSluice(extensions, (extension) => referred(objectOf(fieldOf(extension, BACKEND).value), extension));
  const policies = ofKind(set, KGATEWAY, "TrafficPolicy");
  const ours = policies.filter((policy) => {
    const named = extensionOf(policy);
    return named !== undefined && (askings.some(({ namespace, name }) => named === `${namespace}/${name}`) || !isThere(extensions, named));
  });
  const tables = routeTables(set, "kgateway", (rule) => readRule(set, policies, ours, rule));
  return {
    gateway: "kgateway",
    askings: askings.map((extension) => readAsking(set, extension, ours)),
    entries: gatewaysOf(set, tables).flatMap((gateway) => readEntry(set, gateway)),
    tables,
    missingExtensions: policies.flatMap((policy) => {
      const named = extensionOf(policy);
      return named === undefined || isThere(extensions, named)
        ? []
        : [{ value: named, where: whereIs(policy, ["spec", "extProc", "extensionRef", "name"]) }];
    }),
    references: [
      ...askings.flatMap((extension) => crossReference(set, extension, BACKEND, fieldOf(extension, BACKEND).value)),
      ...listenerPolicies(set).flatMap((policy) => logReferences(set, policy)),
      ...ruleReferences(tables),
    ],
  };
}

/** The extension that a policy names, as `namespace/name`. */
function extensionOf(policy: Manifest): string | undefined {
  const reference = at(policy.body, "spec", "extProc", "extensionRef");
  if (!isObject(reference)) return undefined;
  const { namespace, name } = referred(reference, policy);
  return `${namespace}/${name}`;
}

function isThere(extensions: readonly Manifest[], named: string): boolean {
  return extensions.some(({ namespace, name }) => named === `${namespace}/${name}`);
}

function readAsking(set: ManifestSet, extension: Manifest, ours: readonly Manifest[]): Asking {
  const { kind, namespace, name } = extension;
  const field = (...path: Path) => fieldOf(extension, ["spec", "extProc", ...path]);
  const backend = field("grpcService", "backendRef");
  const service: ServiceName = { ...referred(objectOf(backend.value), extension), port: numberOf(objectOf(backend.value)["port"]) };
  const users = ours.filter((policy) => extensionOf(policy) === `${namespace}/${name}`);
  const toSluice = backendPolicy(set, service);
  const stage = field("filterStage");
  return {
    where: whereIs(extension),
    object: { kind, namespace, name },
    service,
    used: users.length > 0,
    ...readModes(extension, users),
    failOpen: mapped(field("failOpen"), (value) => (typeof value === "boolean" ? value : undefined)),
    messageTimeoutMs: mapped(field("messageTimeout"), (value) => durationMs(value) ?? DEFAULT_MESSAGE_TIMEOUT_MS),
    routeCacheKept: mapped(field("routeCacheAction"), (value) => value === "Retain"),
    afterRouting: mapped(stage, (value) => objectOf(value)["stage"] === "Route" && objectOf(value)["predicate"] === "After"),
    onlyObserves: mapped(field(), () => false), // kgateway has no such field
    retries: undefined, // its `retry` reaches Envoy without a word on when, so that nothing is retried
    protocol: serviceProtocol(set, service, ({ appProtocol, name: port }) => HTTP2.includes(appProtocol ?? port ?? "")),
    maxRequests: toSluice(["circuitBreakers", "maxRequests"], (value) => numberOf(value) ?? DEFAULT_MAX_REQUESTS, backend.where),
    maxRequestsPerConnection: toSluice(["commonHttpProtocolOptions", "maxRequestsPerConnection"], numberOf, backend.where),
  };
}

/** A policy's own modes replace the extension's. Where only some are given the CRD fills in SEND, NONE and, for trailers, SKIP. */
function readModes(
  extension: Manifest,
  users: readonly Manifest[],
): Pick<Asking, "requestHeaders" | "requestBody" | "responseHeaders" | "responseBody"> {
  const override = users.find((policy) => isObject(at(policy.body, "spec", "extProc", "processingMode")));
  const field = (name: string) => fieldOf(override ?? extension, ["spec", "extProc", "processingMode", name]);
  return {
    requestHeaders: mapped(field("requestHeaderMode"), (value) => value !== "SKIP"),
    requestBody: mapped(field("requestBodyMode"), bodyMode),
    responseHeaders: mapped(field("responseHeaderMode"), (value) => value !== "SKIP"),
    responseBody: mapped(field("responseBodyMode"), (value) => bodyMode(value) ?? "NONE"),
  };
}

function readRule(set: ManifestSet, policies: readonly Manifest[], ours: readonly Manifest[], rule: RuleOfRoute): Rule {
  const basics = ruleBasics(rule);
  const attached = policiesFor(policies, rule.targets);
  const attachedField = (path: Path) => attached.map((policy) => fieldOf(policy, path)).find(({ value }) => value !== undefined);
  const own = (...path: Path) => fieldOf(rule.route, ["spec", "rules", rule.index, ...path]);
  const extProc = attached.find((policy) => isObject(at(policy.body, "spec", "extProc", "disable")) || ours.includes(policy));
  const isDisabled = extProc !== undefined && !ours.includes(extProc);
  const timeout = [own("timeouts", "request"), attachedField(["spec", "timeouts", "request"])].find(
    (setting) => setting?.value !== undefined,
  );
  const ownRetry = own("retry");
  const retry = ownRetry.value === undefined ? attachedField(["spec", "retry"]) : ownRetry;
  const elsewhere = ours[0] === undefined ? basics.where : whereIs(ours[0], ["spec", "targetRefs"]);
  return {
    ...basics,
    plainAnswers:
      basics.plainAnswers || attached.some(({ body }) => makesAnswersPlain(objectOf(at(body, "spec", "headerModifiers", "request")))),
    asks: { value: extProc !== undefined && !isDisabled, where: isDisabled ? whereIs(extProc, ["spec", "extProc", "disable"]) : elsewhere },
    timeoutMs: mapped(timeout ?? { value: undefined, where: basics.where }, (value) => durationMs(value) ?? DEFAULT_ROUTE_TIMEOUT_MS),
    retry: mapped(retry ?? { value: undefined, where: basics.where }, readRetry),
    backends: objectsOf(rule.body["backendRefs"]).flatMap((reference, index) => readBackend(set, rule, reference, index)),
  };
}

/** Both forms: a TrafficPolicy's, and that of the HTTPRoute (experimental), which replaces it whole. */
function readRetry(value: Json | undefined): Retry | undefined {
  if (!isObject(value)) return undefined;
  const codes = listOf(value["statusCodes"] ?? value["codes"]).flatMap((code) => numberOf(code) ?? []);
  return { attempts: numberOf(value["attempts"]) ?? 1, on: listOf(value["retryOn"]).flatMap((on) => textOf(on) ?? []), statusCodes: codes };
}

function readBackend(set: ManifestSet, rule: RuleOfRoute, reference: Json, index: number): readonly RuleBackend[] {
  const path: Path = ["spec", "rules", rule.index, "backendRefs", index];
  const to = referred(objectOf(reference), rule.route);
  if (to.kind !== "Service" && to.kind !== "Backend") return [];
  const retryRoom = backendPolicy(set, { ...to, port: undefined })(
    ["circuitBreakers", "maxRetries"],
    (value) => numberOf(value) ?? DEFAULT_MAX_RETRIES,
    whereIs(rule.route, path),
  );
  const where = whereIs(rule.route, path);
  return [{ where, object: to, isFallback: false, retryRoom, references: crossReference(set, rule.route, path, reference) }];
}

/** Reads a field of the BackendConfigPolicy for a Service or Backend. Without one the field would stand nowhere: `otherwise` then. */
function backendPolicy(set: ManifestSet, service: ServiceName) {
  const manifest = byName(set, service.kind === "Service" ? "" : KGATEWAY, service);
  const target: Target = manifest === undefined ? { ...service, labels: {} } : targetOf(manifest);
  const policies = policiesFor(ofKind(set, KGATEWAY, "BackendConfigPolicy"), [target]);
  return <T>(path: Path, read: (value: Json | undefined) => T, otherwise: string): Setting<T> => {
    const settings = policies.map((policy) => fieldOf(policy, ["spec", ...path]));
    const setting = settings.find(({ value }) => value !== undefined) ?? settings[0] ?? { value: undefined, where: otherwise };
    return mapped(setting, read);
  };
}

function listenerPolicies(set: ManifestSet): readonly Manifest[] {
  return [...ofKind(set, KGATEWAY, "ListenerPolicy"), ...ofKind(set, KGATEWAY, "HTTPListenerPolicy")];
}

/** Once for each port, which may have settings of its own. Nothing is known of a Gateway that is not there and has no policy here. */
function readEntry(set: ManifestSet, gateway: { object: Entry["object"]; manifest: Manifest | undefined }): readonly Entry[] {
  const { object, manifest } = gateway;
  const listeners = objectsOf(at(manifest?.body ?? {}, "spec", "listeners"));
  const target: Target = manifest === undefined ? { ...object, labels: {} } : targetOf(manifest);
  const sections = listeners.length === 0 ? [{}] : listeners;
  return sections.flatMap((listener) => {
    const policies = policiesFor(listenerPolicies(set), [{ ...target, section: textOf(listener["name"]) }]);
    if (manifest === undefined && policies.length === 0) return [];
    const places = policies.flatMap((policy) => settingsFor(policy, numberOf(listener["port"])));
    const nowhere = manifest === undefined ? `Gateway ${object.namespace}/${object.name}` : whereIs(manifest);
    const field = (path: Path) => {
      const settings = places.map(({ policy, base }) => fieldOf(policy, base(path)));
      return settings.find(({ value }) => value !== undefined) ?? settings[0] ?? { value: undefined, where: nowhere };
    };
    return [
      {
        object,
        clientHeadersRemoved: mapped(field(REMOVED), (value) => listOf(value).some((name) => textOf(name)?.toLowerCase() === TIER_HEADER)),
        bufferLimitBytes: mapped(field(["perConnectionBufferLimitBytes"]), (value) => numberOf(value) ?? DEFAULT_BUFFER_BYTES),
        streamWindowBytes: undefined, // Envoy's own, of 16 MiB
        loggedHeaders: readLog(field(["httpSettings", "accessLog"])),
      },
    ];
  });
}

/** Where a policy's settings for a port stand. The older HTTPListenerPolicy has those of `httpSettings` directly in its spec. */
function settingsFor(policy: Manifest, port: number | undefined): readonly { policy: Manifest; base(path: Path): Path }[] {
  if (policy.kind === "HTTPListenerPolicy") {
    return [{ policy, base: (path) => ["spec", ...(path[0] === "httpSettings" ? path.slice(1) : path)] }];
  }
  const index = objectsOf(at(policy.body, "spec", "perPort")).findIndex((entry) => numberOf(entry["port"]) === port);
  if (index !== -1) return [{ policy, base: (path) => ["spec", "perPort", index, "listener", ...path] }];
  return [{ policy, base: (path) => ["spec", "default", ...path] }];
}

function readLog({ value, where }: Setting<Json | undefined>): Entry["loggedHeaders"] {
  const logs = objectsOf(value).map((log) => objectOf(log["grpcService"]));
  const ours = logs.find((log) => isSluice(textOf(at(log, "backendRef", "name")), textOf(log["logName"])));
  return { value: ours && listOf(ours["additionalRequestHeadersToLog"]).flatMap((name) => textOf(name)?.toLowerCase() ?? []), where };
}

function logReferences(set: ManifestSet, policy: Manifest) {
  const bases = [["spec"], ["spec", "default", "httpSettings"]];
  return bases.flatMap((base) =>
    objectsOf(fieldOf(policy, [...base, "accessLog"]).value).flatMap((log, index) =>
      crossReference(set, policy, [...base, "accessLog", index, "grpcService", "backendRef"], at(log, "grpcService", "backendRef")),
    ),
  );
}
