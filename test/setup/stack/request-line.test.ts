// What the local stack tells of a request, made from an access log entry.
import { expect, it } from "vitest";
import type { AccessLogEntry } from "../../../src/envoy/wire/access-log.ts";
import { requestLine, servedRequest } from "../../../src/setup/stack/request-line.ts";

const ENTRY: AccessLogEntry = {
  requestId: "id",
  streamId: "",
  path: "/v1/chat/completions",
  requestHeaders: new Map([
    ["x-sluice-tier", "weak"],
    ["x-sluice-reason", "keyword:%E8%AE%BE%E8%AE%A1"],
  ]),
  requestBodyBytes: 0,
  responseCode: 200,
  responseCodeDetails: "via_upstream",
  responseBodyBytes: 0,
  responseHeaders: new Map(),
  upstreamCluster: "strong",
  upstreamRemoteAddress: "",
  responseFlags: [],
  attempts: 3,
  startTimeMs: 0,
  durationMs: 12.6,
};

it("shows the decision, the reason in its own letters, and who served it", () => {
  expect(servedRequest(ENTRY)).toEqual({
    tier: "weak",
    reason: "keyword:设计",
    servedBy: "strong",
    status: 200,
    attempts: 3,
    durationMs: 13,
  });
  expect(requestLine(servedRequest(ENTRY)).split(/\s+/)).toEqual(["weak", "keyword:设计", "strong", "200", "3", "13"]);
});

it("shows a request that sluice did not decide", () => {
  const entry = { ...ENTRY, requestHeaders: new Map([["x-sluice-reason", "%"]]), durationMs: undefined };
  expect(servedRequest(entry)).toMatchObject({ tier: "", reason: "%", durationMs: 0 });
  expect(requestLine(servedRequest(entry)).startsWith("- ")).toBe(true);
});
