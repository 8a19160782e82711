// What holds for all requests of a Gateway: no tier of the client's own, bodies as large as sluice reads them, an access log for sluice.
import { POLICY_HEADER, REASON_HEADER, TIER_HEADER } from "../../../request/routing/decision.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import type { Entry } from "./gateway-wiring.ts";

const NEEDED = [TIER_HEADER, POLICY_HEADER, REASON_HEADER];

export function checkEntry(entry: Entry, { maxBodyBytes }: SluiceSettings): readonly Finding[] {
  const { clientHeadersRemoved, loggedHeaders, object } = entry;
  const gateway = `Gateway ${object.namespace}/${object.name}`;
  const missing = NEEDED.filter((name) => !loggedHeaders.value?.includes(name));
  return [
    ...(clientHeadersRemoved.value
      ? []
      : [
          finding("client-headers-kept", {
            where: clientHeadersRemoved.where,
            what: `${TIER_HEADER} passes ${gateway} as a client sent it.`,
            fix: "",
          }),
        ]),
    ...checkBodyLimit(entry, gateway, maxBodyBytes),
    ...(loggedHeaders.value === undefined
      ? [
          finding("access-log-missing", {
            where: loggedHeaders.where,
            what: `${gateway} has no gRPC access log that goes to sluice.`,
            fix: "",
          }),
        ]
      : missing.length > 0
        ? [finding("access-log-headers-missing", { where: loggedHeaders.where, what: `It lacks ${missing.join(", ")}.`, fix: "" })]
        : []),
  ];
}

/** A limit for all clients, else a smaller one for those of HTTP/2. */
function checkBodyLimit({ bufferLimitBytes, streamWindowBytes }: Entry, gateway: string, maxBodyBytes: number): readonly Finding[] {
  const limits = [
    { limit: bufferLimitBytes, of: "a body" },
    { limit: streamWindowBytes, of: "an HTTP/2 client's body" },
  ];
  const small = limits.find(({ limit }) => limit !== undefined && limit.value < maxBodyBytes);
  if (small?.limit === undefined) return [];
  const what = `${gateway} takes in ${small.limit.value} bytes of ${small.of}; limits.maxBodyBytes of sluice is ${maxBodyBytes}.`;
  return [finding("body-limit-small", { where: small.limit.where, what, fix: "" })];
}
