// Envoy Gateway's manifests as a GatewayWiring: policies for extensions, clients and backends, and EnvoyProxy; with the defaults of 1.9.
import { TIER_HEADER } from "../../../request/routing/decision.ts";
import { regexMatches } from "../checks/header-match.ts";
import { at, isObject, listOf, numberOf, objectOf, objectsOf, textOf } from "../envoy-json.ts";
import type { Json } from "../envoy-wiring.ts";
import { ENVOY_GATEWAY } from "./control-plane.ts";
import type { Asking, Entry, GatewayWiring, Reference, Retry, Rule, ServiceName } from "./gateway-wiring.ts";
import { fieldOf, type Manifest, mapped, type Path, whereIs } from "./manifest.ts";
import { byName, crossReference, type ManifestSet, ofKind, policiesFor, referred, type Target, targetOf } from "./manifest-set.ts";
import { gatewaysOf, type RuleOfRoute, routeTables, ruleBasics, ruleReferences } from "./route-rules.ts";
import { isSluice, serviceProtocol, theOneNamedSluice } from "./sluice-service.ts";
import { bodyMode, durationMs, quantityBytes } from "./values.ts";

const DEFAULT_BUFFER_BYTES = 32_768;
const DEFAULT_STREAM_WINDOW_BYTES = 65_536;
const DEFAULT_MESSAGE_TIMEOUT_MS = 200;
const DEFAULT_ROUTE_TIMEOUT_MS = 15_000; // Envoy's own: Envoy Gateway sets none
const DEFAULT_BREAKER = 1024;
const DEFAULT_RETRIES = 2;
const DEFAULT_TRIGGERS = ["connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes"];

/** An entry of a policy's list of external processors. */
interface Processor {
  readonly name: string; // its policy's
  readonly policy: Manifest;
  readonly path: Path;
}

export function readEnvoyGateway(set: ManifestSet): GatewayWiring {
  const policies = ofKind(set, ENVOY_GATEWAY, "EnvoyExtensionPolicy");
  const processors = policies.flatMap((policy) =>
    objectsOf(at(policy.body, "spec", "extProc")).map(
      (_, index): Processor => ({ name: policy.name, policy, path: ["spec", "extProc", index] }),
    ),
  );
  const ours = theOneNamedSluice(processors, (processor) => serviceOf(processor));
  const tables = routeTables(set, "envoy-gateway", (rule) => readRule(set, policies, ours, rule));
  return {
    gateway: "envoy-gateway",
    askings: ours.map((processor) => readAsking(set, processor)),
    entries: gatewaysOf(set, tables).flatMap(({ object, manifest }) => (manifest === undefined ? [] : readEntry(set, object, manifest))),
    tables,
    missingExtensions: [],
    references: [...ours.flatMap((processor) => backendReferences(set, processor)), ...logReferences(set), ...ruleReferences(tables)],
  };
}

/** `backendRefs`, or the older `backendRef`. */
function backendOf({ policy, path }: Processor): { value: Json | undefined; path: Path } {
  const first: Path = [...path, "backendRefs", 0];
  const older: Path = [...path, "backendRef"];
  const chosen = fieldOf(policy, first).value === undefined ? older : first;
  return { value: fieldOf(policy, chosen).value, path: chosen };
}

function serviceOf(processor: Processor): ServiceName {
  const reference = objectOf(backendOf(processor).value);
  return { ...referred(reference, processor.policy), port: numberOf(reference["port"]) };
}

function readAsking(set: ManifestSet, processor: Processor): Asking {
  const { kind, namespace, name } = processor.policy;
  const field = (...path: Path) => fieldOf(processor.policy, [...processor.path, ...path]);
  const service = serviceOf(processor);
  return {
    where: whereIs(processor.policy, processor.path),
    object: { kind, namespace, name },
    service,
    used: true, // a policy hands requests over by itself
    requestHeaders: mapped(field("processingMode", "request"), isObject),
    requestBody: mapped(field("processingMode", "request", "body"), (value) => bodyMode(value) ?? "NONE"),
    responseHeaders: mapped(field("processingMode", "response"), isObject),
    responseBody: mapped(field("processingMode", "response", "body"), (value) => bodyMode(value) ?? "NONE"),
    failOpen: mapped(field("failOpen"), (value) => (typeof value === "boolean" ? value : undefined)),
    messageTimeoutMs: mapped(field("messageTimeout"), (value) => durationMs(value) ?? DEFAULT_MESSAGE_TIMEOUT_MS),
    routeCacheKept: mapped(field(), () => false), // Envoy Gateway has no such field
    afterRouting: mapped(field(), () => false),
    onlyObserves: mapped(field("shadowMode"), (value) => value === true),
    retries: mapped(field("backendSettings", "retry"), (value) =>
      isObject(value) ? (numberOf(value["numRetries"]) ?? DEFAULT_RETRIES) : 0,
    ),
    // It speaks HTTP/2 to an external processor, unless the port says that it is something else.
    protocol: serviceProtocol(set, service, ({ appProtocol }) => !["kubernetes.io/ws", "kubernetes.io/wss"].includes(appProtocol ?? "")),
    maxRequests: mapped(field("backendSettings", "circuitBreaker", "maxParallelRequests"), (value) => numberOf(value) ?? DEFAULT_BREAKER),
    maxRequestsPerConnection: mapped(field("backendSettings", "circuitBreaker", "maxRequestsPerConnection"), numberOf),
  };
}

function backendReferences(set: ManifestSet, processor: Processor): readonly Reference[] {
  const { value, path } = backendOf(processor);
  return crossReference(set, processor.policy, path, value);
}

function readRule(set: ManifestSet, policies: readonly Manifest[], ours: readonly Processor[], rule: RuleOfRoute): Rule {
  const basics = ruleBasics(rule);
  // The policy nearest to the rule holds alone, unless it says that it is merged with the next.
  const extension = holding(policiesFor(policies, rule.targets));
  const traffic = holding(policiesFor(ofKind(set, ENVOY_GATEWAY, "BackendTrafficPolicy"), rule.targets));
  const own = (...path: Path) => fieldOf(rule.route, ["spec", "rules", rule.index, ...path]);
  const ofTraffic = (...path: Path) => {
    const settings = traffic.map((policy) => fieldOf(policy, ["spec", ...path]));
    return settings.find(({ value }) => value !== undefined) ?? { value: undefined, where: basics.where };
  };
  const ownTimeout = own("timeouts", "request");
  const ownRetry = own("retry");
  const first = ours[0];
  return {
    ...basics,
    asks: {
      value: ours.some(({ policy }) => extension.includes(policy)),
      where: first === undefined ? basics.where : whereIs(first.policy, ["spec", "targetRefs"]),
    },
    timeoutMs: mapped(
      ownTimeout.value === undefined ? ofTraffic("timeout", "http", "requestTimeout") : ownTimeout,
      (value) => durationMs(value) ?? DEFAULT_ROUTE_TIMEOUT_MS,
    ),
    retry: mapped(ownRetry.value === undefined ? ofTraffic("retry") : ownRetry, readRetry),
    backends: objectsOf(rule.body["backendRefs"]).map((reference, index) => {
      const path: Path = ["spec", "rules", rule.index, "backendRefs", index];
      return {
        where: whereIs(rule.route, path),
        object: referred(reference, rule.route),
        isFallback: at(byName(set, ENVOY_GATEWAY, referred(reference, rule.route))?.body ?? {}, "spec", "fallback") === true,
        retryRoom: mapped(ofTraffic("circuitBreaker", "maxParallelRetries"), (value) => numberOf(value) ?? DEFAULT_BREAKER),
        references: crossReference(set, rule.route, path, reference),
      };
    }),
  };
}

function holding(policies: readonly Manifest[]): readonly Manifest[] {
  const last = policies.findIndex(({ body }) => at(body, "spec", "mergeType") === undefined);
  return last === -1 ? policies : policies.slice(0, last + 1);
}

/** A BackendTrafficPolicy's form, and that of the HTTPRoute (experimental). */
function readRetry(value: Json | undefined): Retry | undefined {
  if (!isObject(value)) return undefined;
  if (value["codes"] !== undefined || value["attempts"] !== undefined) {
    return { attempts: numberOf(value["attempts"]) ?? 1, on: [], statusCodes: numbers(value["codes"]) };
  }
  const on = value["retryOn"];
  const triggers = listOf(at(value, "retryOn", "triggers")).flatMap((trigger) => textOf(trigger) ?? []);
  const effective = triggers.length > 0 ? triggers : DEFAULT_TRIGGERS;
  const codes = on === undefined ? [503] : numbers(at(value, "retryOn", "httpStatusCodes"));
  return {
    attempts: numberOf(value["numRetries"]) ?? DEFAULT_RETRIES,
    on: effective,
    statusCodes: effective.includes("retriable-status-codes") ? codes : [],
  };
}

function numbers(value: Json | undefined): readonly number[] {
  return listOf(value).flatMap((code) => numberOf(code) ?? []);
}

/** Once for each listener, which may have a policy of its own. */
function readEntry(set: ManifestSet, object: Entry["object"], gateway: Manifest): readonly Entry[] {
  const loggedHeaders = readLog(set, gateway);
  return objectsOf(at(gateway.body, "spec", "listeners")).map((listener) => {
    const target: Target = targetOf(gateway, textOf(listener["name"]));
    const policy = policiesFor(ofKind(set, ENVOY_GATEWAY, "ClientTrafficPolicy"), [target])[0];
    const field = (path: Path) =>
      policy === undefined ? { value: undefined, where: whereIs(gateway) } : fieldOf(policy, ["spec", ...path]);
    return {
      object,
      clientHeadersRemoved: mapped(field(["headers", "earlyRequestHeaders"]), removesTier),
      bufferLimitBytes: mapped(field(["connection", "bufferLimit"]), (value) => quantityBytes(value) ?? DEFAULT_BUFFER_BYTES),
      streamWindowBytes: mapped(
        field(["http2", "initialStreamWindowSize"]),
        (value) => quantityBytes(value) ?? DEFAULT_STREAM_WINDOW_BYTES,
      ),
      loggedHeaders,
    };
  });
}

function removesTier(value: Json | undefined): boolean {
  const modifier = objectOf(value);
  if (listOf(modifier["remove"]).some((name) => textOf(name)?.toLowerCase() === TIER_HEADER)) return true;
  return objectsOf(modifier["removeOnMatch"]).some((match) => {
    const text = textOf(match["value"]) ?? "";
    switch (match["type"]) {
      case "Prefix":
        return TIER_HEADER.startsWith(text.toLowerCase());
      case "Suffix":
        return TIER_HEADER.endsWith(text.toLowerCase());
      case "RegularExpression":
        return regexMatches({ regex: text }, TIER_HEADER) === true;
      default:
        return text.toLowerCase() === TIER_HEADER;
    }
  });
}

/** The EnvoyProxy that the Gateway names, or its class. */
function readLog(set: ManifestSet, gateway: Manifest): Entry["loggedHeaders"] {
  const className = textOf(at(gateway.body, "spec", "gatewayClassName"));
  const gatewayClass = set.find(({ kind, name }) => kind === "GatewayClass" && name === className);
  const own = at(gateway.body, "spec", "infrastructure", "parametersRef");
  const reference = objectOf(own ?? at(gatewayClass?.body ?? {}, "spec", "parametersRef"));
  const proxy = byName(set, ENVOY_GATEWAY, { ...referred(reference, gateway), kind: "EnvoyProxy" });
  if (proxy === undefined) return { value: undefined, where: whereIs(gateway, ["spec", "infrastructure", "parametersRef"]) };
  const log = logsOf(proxy).find(({ als }) => isSluice(...namesIn(als)));
  const headers = log && listOf(at(log.als, "http", "requestHeaders")).flatMap((name) => textOf(name)?.toLowerCase() ?? []);
  return {
    value: headers,
    where: whereIs(proxy, log === undefined ? ["spec", "telemetry", "accessLog"] : [...log.path, "http", "requestHeaders"]),
  };
}

function namesIn(als: Json): readonly (string | undefined)[] {
  const fields = objectOf(als);
  return [
    textOf(fields["logName"]),
    ...objectsOf(fields["backendRefs"]).map(({ name }) => textOf(name)),
    textOf(at(fields, "backendRef", "name")),
  ];
}

function logsOf(proxy: Manifest): readonly { als: Readonly<Record<string, Json | undefined>>; path: Path }[] {
  return objectsOf(at(proxy.body, "spec", "telemetry", "accessLog", "settings")).flatMap((setting, index) =>
    objectsOf(setting["sinks"]).flatMap((sink, at) => {
      const path: Path = ["spec", "telemetry", "accessLog", "settings", index, "sinks", at, "als"];
      return isObject(sink["als"]) ? [{ als: sink["als"], path }] : [];
    }),
  );
}

function logReferences(set: ManifestSet): readonly Reference[] {
  return ofKind(set, ENVOY_GATEWAY, "EnvoyProxy").flatMap((proxy) =>
    logsOf(proxy).flatMap(({ als, path }) =>
      objectsOf(als["backendRefs"]).flatMap((reference, index) => crossReference(set, proxy, [...path, "backendRefs", index], reference)),
    ),
  );
}
