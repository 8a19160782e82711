// Which of several external processors is sluice, and what the port of its Service says it speaks.
import { at, numberOf, objectsOf, textOf } from "../envoy-json.ts";
import type { ObjectName, ServiceName } from "./gateway-wiring.ts";
import { type Setting, whereIs } from "./manifest.ts";
import { byName, type ManifestSet } from "./manifest-set.ts";

/** By the names it goes by, as nothing else tells it from another external processor. */
export function isSluice(...names: readonly (string | undefined)[]): boolean {
  return names.some((name) => name?.includes("sluice"));
}

/** Those named sluice, by their own name or their Service's; else the only one, if there is but one. */
export function theOneNamedSluice<T extends { readonly name: string }>(all: readonly T[], serviceOf: (one: T) => ObjectName): readonly T[] {
  const named = all.filter((one) => isSluice(one.name, serviceOf(one).name));
  return named.length === 0 && all.length === 1 ? all : named;
}

interface PortWords {
  readonly appProtocol: string | undefined;
  readonly name: string | undefined;
}

/** What the port says, when that is not HTTP/2; undefined when it is, or when the Service is not among the files. */
export function serviceProtocol(
  set: ManifestSet,
  service: ServiceName,
  isHttp2: (port: PortWords) => boolean,
): Setting<string> | undefined {
  const manifest = service.kind === "Service" ? byName(set, "", service) : undefined;
  const ports = objectsOf(at(manifest?.body ?? {}, "spec", "ports"));
  const index = ports.findIndex((port) => numberOf(port["port"]) === service.port);
  const port = ports[index];
  if (manifest === undefined || port === undefined) return undefined;
  const words = { appProtocol: textOf(port["appProtocol"]), name: textOf(port["name"]) };
  if (isHttp2(words)) return undefined;
  const where = whereIs(manifest, ["spec", "ports", index, "appProtocol"]);
  return { value: words.appProtocol === undefined ? "has no appProtocol" : `has appProtocol ${words.appProtocol}`, where };
}
