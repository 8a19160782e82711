// What mends a live sign where a gateway wrote Envoy's configuration: the manifests' lines of the fault that is most often behind it.
import type { FindingId } from "./catalogue.ts";
import { inGatewaysWords } from "./checks/gateway-lines.ts";
import type { Gateway } from "./envoy-wiring.ts";
import type { Finding } from "./finding.ts";

const MENDED_LIKE: Partial<Readonly<Record<FindingId, FindingId>>> = {
  "sluice-unreachable": "ext-proc-not-http2",
  "sluice-not-asked": "ext-proc-off-on-route",
  "passed-unrouted": "replica-not-retried",
  "requests-failed": "replica-not-retried",
  "message-timeouts": "message-timeout-short",
  "spurious-messages": "request-body-not-buffered",
  "route-cache-clear-ignored": "route-cache-kept",
  "header-mutations-rejected": "header-mutation-refused",
  "ext-proc-overflow": "ext-proc-few-requests",
  "control-flood": "rapid-reset",
  goaways: "rapid-reset",
  "retries-refused": "retry-room-small",
};

/** Its remarks stay; Envoy's own lines go, also where the gateway has none for it. */
export function mendedInGateway(sign: Finding, gateway: Gateway): Finding {
  const like = MENDED_LIKE[sign.id];
  const [mended] = like === undefined ? [] : inGatewaysWords([{ ...sign, id: like }], gateway);
  const remarks = sign.fix.split("\n").filter((line) => line.startsWith("#"));
  return { ...sign, fix: [...remarks, ...(mended === undefined || mended.fix === sign.fix ? [] : [mended.fix])].join("\n") };
}
