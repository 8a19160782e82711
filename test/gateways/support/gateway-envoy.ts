// The Envoy that each gateway runs, by the releases the tests build (scripts/gateway-tools.ts). Known outside a test, too.
import { findEnvoy } from "../../../src/setup/stack/find-envoy.ts";

export const KGATEWAY_ENVOY = "1.38.3"; // kgateway 2.4.0
export const ENVOY_GATEWAY_ENVOY = "1.39.3"; // Envoy Gateway 1.9.1

/** Path of the binary, fetched where it is not in the cache. */
export function gatewayEnvoy(version: typeof KGATEWAY_ENVOY | typeof ENVOY_GATEWAY_ENVOY): Promise<string> {
  return findEnvoy({ env: process.env, version, onProgress: (line) => process.stderr.write(`${line}\n`) });
}
