// The configuration as it may be shown: whatever looks like a secret is masked, and of a trained model there is only what it is.
import type { Config } from "./config.ts";
import { MASK, masked } from "./mask.ts";
import { descriptorOf } from "./policies/list.ts";
import type { ConfigFile } from "./schema.ts";

export function redacted(config: Config): unknown {
  return masked({
    ...config,
    traces: { ...config.traces, headers: hidden(config.traces.headers) },
    policies: Object.fromEntries(Object.entries(config.policies).map(([name, policy]) => [name, descriptorOf(policy).shown(policy)])),
  });
}

/** The file with its defaults filled in, as it may be shown. */
export function redactedFile(file: ConfigFile): unknown {
  return masked({ ...file, traces: { ...file.traces, headers: hidden(file.traces.headers) } });
}

/** Of headers only their names: any of them may be a secret. */
function hidden(headers: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, MASK]));
}
