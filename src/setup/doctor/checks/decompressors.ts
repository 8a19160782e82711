// Compressed requests: whether a filter that unpacks them comes before sluice reads them, and whether it knows an end.
import { at, isOfType, objectOf, objectsOf, textOf, typedConfig } from "../envoy-json.ts";
import { isBefore138 } from "../envoy-version.ts";
import type { EnvoyWiring, JsonObject } from "../envoy-wiring.ts";
import { type Finding, finding } from "../finding.ts";
import type { Wired } from "./sluice-filter.ts";

const ORDER = "# in http_filters of the HttpConnectionManager: each decompressor first, then the filter that asks sluice";
const GZIP_ALONE = `# Envoy 1.38 or newer; else gzip alone, in this filter's typed_config
decompressor_library:
  name: gzip
  typed_config: { "@type": type.googleapis.com/envoy.extensions.compression.gzip.decompressor.v3.Gzip, max_inflate_ratio: 30 }`;

export function checkDecompressors({ manager, filter }: Wired, { version }: EnvoyWiring): readonly Finding[] {
  const filters = objectsOf(manager.config["http_filters"]);
  const asked = filters.findIndex(({ name }) => filter !== undefined && name === filter.processor.name);
  const placed = filters.map((entry, index) => ({ entry, index })).filter(({ entry }) => unpacksRequests(entry));
  const whereOf = (entry: JsonObject) => `${manager.where} > filter ${textOf(entry["name"]) ?? ""}`;
  const late = placed.find(({ index }) => asked >= 0 && index > asked);
  const endless = placed.find(({ entry }) => libraryIs(entry, "Zstd") && version !== undefined && isBefore138(version));
  return [
    ...(late === undefined
      ? []
      : [
          finding("decompressor-late", {
            where: whereOf(late.entry),
            what: `It stands behind ${filter?.processor.name}, which is asked before.`,
            fix: ORDER,
          }),
        ]),
    ...(endless === undefined
      ? []
      : [
          finding("decompressor-unbounded", {
            where: whereOf(endless.entry),
            what: `It unpacks zstd, for which Envoy ${version} has no limit.`,
            fix: GZIP_ALONE,
          }),
        ]),
  ];
}

/** Requests are unpacked unless that is switched off; where a runtime key decides, by its default. */
function unpacksRequests(entry: JsonObject): boolean {
  const config = typedConfig(entry);
  const isOn = at(config, "request_direction_config", "common_config", "enabled", "default_value") !== false;
  return isOn && isOfType(config, "Decompressor");
}

function libraryIs(entry: JsonObject, type: string): boolean {
  return isOfType(typedConfig(objectOf(typedConfig(entry)["decompressor_library"])), type);
}
