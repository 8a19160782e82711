// The configuration as it may be shown: what a capability calls a secret and whatever looks like one is masked, and of a trained model
// there is only what it is.
import { CAPABILITIES, type CapabilityKey } from "./capabilities/list.ts";
import type { Config } from "./config.ts";
import { Note } from "./effective.ts";
import { MASK, masked } from "./mask.ts";
import type { ConfigFile } from "./schema.ts";

export function redacted(config: Config): unknown {
  return masked(collected((key, capability) => hidden(capability.shown(config[key]), capability.secrets)));
}

/** The file's keys as they take effect, those it leaves out too, as they may be shown. */
export function redactedFile(file: ConfigFile, config: Config): unknown {
  const parts = collected((key, capability) => hidden(capability.effective(file[key], config[key]), capability.secrets));
  return masked({ $schema: file.$schema, ...parts });
}

function collected(of: (key: CapabilityKey, capability: (typeof CAPABILITIES)[number][1]) => unknown): object {
  return Object.fromEntries(CAPABILITIES.map(([key, capability]) => [key, of(key, capability)]));
}

/** Of a map under a secret's key the names stay: any of its values may be secret. */
function hidden(value: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0 || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, secrets.includes(key) ? withoutValues(inner) : inner]));
}

function withoutValues(value: unknown): unknown {
  if (value === undefined || value instanceof Note) return value; // there is none
  if (typeof value !== "object" || value === null || Array.isArray(value)) return MASK;
  return Object.fromEntries(Object.keys(value).map((name) => [name, MASK]));
}
