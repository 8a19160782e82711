// Statistics in, signs out: what is said of counts that a test cannot make in a real Envoy, such as a long life with one restart.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { liveSigns } from "../../../src/setup/doctor/live.ts";
import { readConfigDump, readEnvoyFile } from "../../../src/setup/doctor/read-envoy.ts";
import { readEnvoyYaml } from "../../../src/setup/stack/envoy-config.ts";

const SETTINGS = { tiers: ["weak", "strong"], maxBodyBytes: 1 << 24, countsResets: false };
const PREFIX = "http.llm.ext_proc.";
/** A healthy Envoy that has been up for a day. */
const HEALTHY = {
  "server.uptime": 90_000,
  "http.llm.downstream_rq_2xx": 20_000,
  [`${PREFIX}streams_started`]: 20_000,
  "cluster.sluice.membership_total": 2,
  "cluster.sluice.membership_healthy": 2,
  "cluster.sluice.upstream_cx_active": 2,
};

function signsOf(stats: Readonly<Record<string, number>>, yaml = readEnvoyYaml()) {
  const wiring = readEnvoyFile(yaml, "envoy.yaml");
  return liveSigns({ ...wiring, stats: new Map(Object.entries({ ...HEALTHY, ...stats })) }, SETTINGS);
}

test("a healthy Envoy shows none, nor does a file", () => {
  expect(signsOf({})).toEqual([]);
  expect(liveSigns(readEnvoyFile(readEnvoyYaml(), "envoy.yaml"), SETTINGS)).toEqual([]);
});

test("requests that passed without sluice being asked are a sign, none at all are not", () => {
  const asked = `${PREFIX}streams_started`;
  expect(signsOf({ [asked]: 0 })).toMatchObject([{ id: "sluice-not-asked", what: expect.stringContaining("Of 20,000 requests") }]);
  expect(signsOf({ [asked]: 0, "http.llm.downstream_rq_2xx": 0 })).toEqual([]);
});

test.each([
  [20_000, 1, "note"],
  [20_000, 3, "note"], // 1.5 in 10,000, but few
  [20_000, 6, "warning"],
  [200_000, 20, "note"], // 1 in 10,000
  [200_000, 21, "warning"],
  [300, 5, "warning"],
])("of %i requests %i passed unrouted: %s", (started, failed, severity) => {
  const signs = signsOf({ [`${PREFIX}streams_started`]: started, [`${PREFIX}streams_failed`]: failed });
  expect(signs).toMatchObject([{ id: "passed-unrouted", severity }]);
});

test("counts are said in words, with how long they have been counted", () => {
  const [sign] = signsOf({ [`${PREFIX}message_timeouts`]: 412 });
  expect(sign).toMatchObject({
    where: "http.llm.ext_proc.message_timeouts",
    what: "412 of 20,000 requests since Envoy started 25 h ago passed unrouted: no reply within the message_timeout of 2s.",
  });
});

test("GOAWAYs of a server that was stopped in order are no sign; with requests cut off they are", () => {
  expect(signsOf({ "cluster.sluice.upstream_cx_close_notify": 4 })).toEqual([]);
  const cut = { "cluster.sluice.upstream_cx_close_notify": 4, "cluster.sluice.upstream_cx_destroy_remote_with_active_rq": 2 };
  expect(signsOf(cut)).toMatchObject([{ id: "goaways", what: expect.stringContaining("GOAWAY 4 times") }]);
});

test("attempts that failed are no sign once a connection stands, or where none is needed", () => {
  const failed = { "cluster.sluice.upstream_cx_connect_fail": 40, "cluster.sluice.upstream_cx_active": 0 };
  expect(signsOf({ ...failed, "cluster.sluice.upstream_cx_active": 1 })).toEqual([]);
  expect(signsOf({ ...failed, "cluster.sluice.upstream_cx_idle_timeout": 2 })).toEqual([]);
  expect(signsOf(failed)).toMatchObject([{ id: "sluice-unreachable", severity: "error" }]);
});

test.each([
  [0, 0, "error", "membership_total"],
  [2, 0, "error", "membership_healthy"],
  [2, 1, "warning", "membership_healthy"],
])("of %i processes %i serve: %s", (all, healthy, severity, name) => {
  const signs = signsOf({ "cluster.sluice.membership_total": all, "cluster.sluice.membership_healthy": healthy });
  expect(signs).toMatchObject([{ id: "sluice-unreachable", severity, where: `cluster.sluice.${name}` }]);
});

test("connections that Envoy closed for their unread frames are found, and what else refused a request is not counted twice", () => {
  expect(signsOf({ "cluster.sluice.http2.outbound_control_flood": 1 })).toMatchObject([{ id: "control-flood" }]);
  const overflow = { [`${PREFIX}streams_failed`]: 7, "cluster.sluice.upstream_rq_pending_overflow": 7 };
  expect(signsOf(overflow)).toMatchObject([{ id: "ext-proc-overflow", where: "cluster.sluice.upstream_rq_pending_overflow" }]);
});

test("retries are looked at where requests for tiers go, and where sluice is asked", () => {
  expect(signsOf({ "cluster.other.upstream_rq_retry_overflow": 9 })).toEqual([]);
  const refused = { "cluster.weak_then_strong.upstream_rq_retry_overflow": 54, "cluster.weak_then_strong.upstream_rq_retry": 6 };
  expect(signsOf(refused)).toMatchObject([{ id: "retries-refused", what: expect.stringContaining("54 of 60 retries") }]);
  expect(signsOf({ "cluster.sluice.upstream_rq_retry_overflow": 1 })).toMatchObject([{ id: "retries-refused" }]);
});

test("names follow the filter's stat_prefix and the cluster's alt_stat_name", () => {
  const yaml = readEnvoyYaml()
    .replace("failure_mode_allow: true\n", "failure_mode_allow: true\n              stat_prefix: tiers\n")
    .replace("- name: sluice\n", "- name: sluice\n    alt_stat_name: the:router\n");
  const stats = {
    "http.llm.ext_proc.tiers.streams_started": 10,
    "http.llm.ext_proc.tiers.spurious_msgs_received": 1,
    "cluster.the_router.membership_total": 1,
  };
  expect(signsOf(stats, yaml).map(({ id, where }) => [id, where])).toEqual([
    ["spurious-messages", "http.llm.ext_proc.tiers.spurious_msgs_received"],
    ["sluice-unreachable", "cluster.the_router.membership_healthy"],
  ]);
});

test.each([
  ["kgateway", "http.http", "# TrafficPolicy"],
  ["envoy-gateway", "http.http-10080", "# EnvoyExtensionPolicy"],
])("behind %s: signs are mended in its manifests", (gateway, http, kind) => {
  const dump: unknown = JSON.parse(readFileSync(new URL(`fixtures/${gateway}-config-dump.json`, import.meta.url), "utf8"));
  const wiring = readConfigDump(
    dump,
    new Map([
      ["server.uptime", 60],
      [`${http}.downstream_rq_2xx`, 5],
    ]),
  );
  const signs = liveSigns(wiring, SETTINGS).filter(({ id }) => id === "sluice-not-asked");
  expect(signs).toMatchObject([{ where: `${http}.ext_proc.streams_started`, what: expect.stringContaining("Of 5 requests") }]);
  expect(signs[0]?.fix).toContain(kind);
});
