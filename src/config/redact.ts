// The configuration as it may be shown: whatever looks like a secret is masked, by its key or inside a URL.
import type { Config, PolicyConfig } from "./config.ts";

const MASK = "[redacted]";
const SECRET_KEY = /password|passwd|secret|token|credential|authorization|api_?key|private_?key/i;
const URL_CREDENTIALS = /(?<=[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;

/** Of a trained model only what it is, not its weights. */
export function redacted(config: Config): unknown {
  return masked({
    ...config,
    traces: { ...config.traces, headers: hidden(config.traces.headers) },
    policies: Object.fromEntries(Object.entries(config.policies).map(([name, policy]) => [name, withoutWeights(policy)])),
  });
}

/** Of headers only their names: any of them may be a secret. */
function hidden(headers: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, MASK]));
}

function withoutWeights(policy: PolicyConfig): object {
  if (policy.type !== "learned" || policy.model === undefined) return policy;
  const { id, scope, weakShare, cut, summary } = policy.model;
  return { ...policy, model: { id, scope, weakShare, cut, summary } };
}

/** A copy of any JSON-like value with secrets masked. Never shows a value under a secret's key, of whatever type. */
export function masked(value: unknown): unknown {
  if (typeof value === "string") return value.replace(URL_CREDENTIALS, `${MASK}@`);
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, SECRET_KEY.test(key) ? MASK : masked(inner)]));
}
