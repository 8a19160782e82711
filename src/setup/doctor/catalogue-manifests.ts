// The catalogue of findings, continued: what only a gateway's manifests show.
import type { FindingKind } from "./finding-kind.ts";

export const MANIFEST_FINDINGS = {
  "app-protocol-missing": {
    severity: "error",
    title: "the Service of sluice does not say that it is HTTP/2",
    why:
      "kgateway speaks HTTP/1 to it, and every call fails: with failOpen true no request is routed, in silence, and the policy " +
      "still says Accepted.",
  },
  "extension-missing": {
    severity: "error",
    title: "a policy names a GatewayExtension that is not there",
    why: "The policy is Accepted=False, and its routes answer 500, whatever failOpen says.",
  },
  "processing-mode-implicit": {
    severity: "error",
    title: "processing modes are left to the gateway's defaults",
    why: "kgateway fills in SEND for headers, of answers, too, and NONE for bodies: no request is routed by what it says.",
  },
  "reference-not-granted": {
    severity: "error",
    title: "a reference to another namespace has no ReferenceGrant",
    why: "kgateway then answers 500 on the routes behind it, whatever failOpen says, and leaves out all that the referring policy sets.",
  },
  "route-stage-late": {
    severity: "error",
    title: "the filter runs after the route is final",
    why: "It runs for the server that was chosen already: the request says x-sluice-tier: weak, and strong serves it.",
  },
  "fallback-shares": {
    severity: "error",
    title: "a fallback gets a share of all requests",
    why:
      "Envoy Gateway makes two clusters of equal weight of a Service and a Backend: every other request goes to the other tier, nothing " +
      "falls back, and the route still says Accepted.",
  },
  "unknown-kind": {
    severity: "error",
    title: "a manifest is of a kind that no gateway knows",
    why: "The API server refuses it (no matches for kind), so nothing of it holds.",
  },
} as const satisfies Readonly<Record<string, FindingKind>>;
