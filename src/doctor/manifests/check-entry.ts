// What holds for all requests of a Gateway: no tier of the client's own, bodies as large as sluice reads them, an access log for sluice.
import { POLICY_HEADER, REASON_HEADER, TIER_HEADER } from "../../routing/decision.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import type { Entry } from "./gateway-wiring.ts";

const NEEDED = [TIER_HEADER, POLICY_HEADER, REASON_HEADER];

export function checkEntry(entry: Entry, { maxBodyBytes }: SluiceSettings): readonly Finding[] {
  const { clientHeadersRemoved, bufferLimitBytes, loggedHeaders, object } = entry;
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
    ...(bufferLimitBytes.value >= maxBodyBytes
      ? []
      : [
          finding("body-limit-small", {
            where: bufferLimitBytes.where,
            what: `${gateway} takes in ${bufferLimitBytes.value} bytes of a body; limits.maxBodyBytes of sluice is ${maxBodyBytes}.`,
            fix: "",
          }),
        ]),
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
