// Configurations of Envoy for the doctor's tests: the shipped one and what real gateways made, with single values changed.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { FindingId } from "../../../src/setup/doctor/catalogue.ts";
import { checkWiring } from "../../../src/setup/doctor/check-wiring.ts";
import type { EnvoyWiring } from "../../../src/setup/doctor/envoy-wiring.ts";
import type { Finding, SluiceSettings } from "../../../src/setup/doctor/finding.ts";
import { readConfigDump, readEnvoyFile } from "../../../src/setup/doctor/read-envoy.ts";
import { readEnvoyYaml } from "../../../src/setup/stack/envoy-config.ts";
import { withCascade } from "../../../src/setup/stack/optional-lines.ts";
import { withUsageFilter } from "../../support/optional-lines.ts";

export type Path = readonly (string | number)[];

/** `to` a function: of what is there. `to` undefined: it is taken out. */
export interface Edit {
  readonly at: Path;
  readonly to: unknown;
}

/** One mistake: what is changed, and what must be found, where. Nothing: it is no mistake. */
export interface Mistake {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly found?: FindingId;
  readonly where?: string;
  readonly severity?: Finding["severity"];
  readonly what?: RegExp;
  readonly settings?: Partial<SluiceSettings>;
  readonly version?: string; // of Envoy; not known when not given
}

/** Tiers that differ in `model`. */
export const NAMED = [
  { name: "weak", model: "qwen3:4b", clusters: ["weak", "weak_[0-9]*"] },
  { name: "strong", model: "glm-5", clusters: ["strong"] },
] as const;

export const SETTINGS: SluiceSettings = { tiers: ["weak", "strong"], maxBodyBytes: 16_777_216, countsResets: false };

export const LISTENER: Path = ["static_resources", "listeners", 0];
export const MANAGER: Path = [...LISTENER, "filter_chains", 0, "filters", 0, "typed_config"];
export const FILTER: Path = [...MANAGER, "http_filters", 0, "typed_config"];
export const HOST: Path = [...MANAGER, "route_config", "virtual_hosts", 0];
export const CLUSTERS: Path = ["static_resources", "clusters"];
export const PER_ROUTE = "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute";

const SHIPPED: unknown = parse(readEnvoyYaml());
const SHIPPED_WITH_CASCADE: unknown = parse(withCascade(readEnvoyYaml()));
const SHIPPED_WITH_USAGE: unknown = parse(withUsageFilter(readEnvoyYaml()));

export function shipped(edits: readonly Edit[] = []): EnvoyWiring {
  return readEnvoyFile(JSON.stringify(edits.reduce(edited, SHIPPED)), "envoy.yaml");
}

export function shippedWithCascade(edits: readonly Edit[] = []): EnvoyWiring {
  return readEnvoyFile(JSON.stringify(edits.reduce(edited, SHIPPED_WITH_CASCADE)), "envoy.yaml");
}

export function shippedWithUsageFilter(edits: readonly Edit[] = []): EnvoyWiring {
  return readEnvoyFile(JSON.stringify(edits.reduce(edited, SHIPPED_WITH_USAGE)), "envoy.yaml");
}

/** What a real Envoy said under a real gateway: test/doctor/fixtures, without what has nothing to do with sluice. */
export function fromGateway(gateway: "kgateway" | "envoy-gateway", edits: readonly Edit[] = []): EnvoyWiring {
  const text = readFileSync(new URL(`fixtures/${gateway}-config-dump.json`, import.meta.url), "utf8");
  return readConfigDump(edits.reduce(edited, JSON.parse(text)), undefined);
}

export function findingsOf({ edits, settings, version }: Pick<Mistake, "edits" | "settings" | "version">, configured = shipped) {
  return checkWiring({ ...configured(edits), version }, { ...SETTINGS, ...settings });
}

/** A copy with the one value changed. A place that is not there, and an edit that changes nothing, are mistakes of the test. */
export function edited(config: unknown, { at, to }: Edit): unknown {
  const copy: unknown = structuredClone(config);
  const last = at.at(-1) ?? "";
  const parent = at.slice(0, -1).reduce<unknown>((value, key) => membersOf(value, at)[key], copy);
  const members = membersOf(parent, at);
  const before = members[last];
  const after: unknown = typeof to === "function" ? to(before) : to;
  if (JSON.stringify(before) === JSON.stringify(after)) throw new Error(`nothing changes at ${at.join(".")}`);
  if (after !== undefined) members[last] = after;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete members[last];
  return copy;
}

function membersOf(value: unknown, path: Path): Record<string | number, unknown> {
  if (typeof value !== "object" || value === null) throw new Error(`there is no ${path.join(".")}`);
  return value as Record<string | number, unknown>;
}
