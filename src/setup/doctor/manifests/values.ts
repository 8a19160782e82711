// Values as the Gateway API and Kubernetes write them: durations, quantities, names of body modes.
import { numberOf, textOf } from "../envoy-json.ts";
import type { Json } from "../envoy-wiring.ts";
import type { BodyMode } from "./gateway-wiring.ts";

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const UNIT_BYTES: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** Milliseconds of `1h30m`, `1500ms`, `1.5s`. */
export function durationMs(value: Json | undefined): number | undefined {
  const text = textOf(value) ?? "";
  if (!/^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNIT_MS[unit ?? ""] ?? 0), 0);
}

/** Bytes of `32Mi`, `50000`, 50000. */
export function quantityBytes(value: Json | undefined): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([kMG]|[KMG]i)?$/.exec(textOf(value) ?? "") ?? [];
  return number === undefined ? numberOf(value) : Number(number) * (UNIT_BYTES[unit ?? ""] ?? 1);
}

/** `FullDuplexStreamed` or `FULL_DUPLEX_STREAMED`: both gateways' names for Envoy's modes. */
export function bodyMode(value: Json | undefined): BodyMode | undefined {
  const name = textOf(value)
    ?.replace(/(?<=[a-z])(?=[A-Z])/g, "_")
    .toUpperCase();
  return MODES.find((mode) => mode === name);
}

const MODES: readonly BodyMode[] = ["NONE", "STREAMED", "BUFFERED", "BUFFERED_PARTIAL", "FULL_DUPLEX_STREAMED"];
