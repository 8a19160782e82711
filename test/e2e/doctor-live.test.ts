// Signs in the statistics of a running Envoy, each made for real: sluice gone, hanging, replying wrongly, or asked by too many at once. The
// configuration is the shipped one, unless the sign needs a fault of it; that is then found, too.
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { diagnose } from "../support/doctor.ts";
import { startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { load } from "../support/load.ts";
import { catchPrinted } from "../support/printed.ts";
import { startSluice } from "../support/sluice.ts";
import { type StandIns, startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";
import { startWrongExtProc } from "../support/wrong-ext-proc.ts";
import { change, WEAK_CHAT } from "./broken-wirings.ts";

const printed = catchPrinted();
let standIns: StandIns;

beforeAll(async () => {
  standIns = await startStandIns();
});

async function startWith(sluice: string, ...edits: readonly ((yaml: string) => string)[]) {
  const edit = (yaml: string) => edits.reduce((edited, apply) => apply(edited), yaml);
  const tiers = { weak: standIns.weak.address, strong: standIns.strong.address };
  return startEnvoy({ sluice, ...tiers, concurrency: 1, ...(edits.length === 0 ? {} : { edit }) });
}

/** With it Envoy knows that nothing serves before a request is lost. */
const WITH_HEALTH_CHECK = change(
  "lb_policy: ROUND_ROBIN\n",
  `lb_policy: ROUND_ROBIN
    health_checks: [{ timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, grpc_health_check: {} }]
`,
);

async function tierOf(url: string, query = ""): Promise<string | null> {
  const response = await fetch(`${url}/v1/chat/completions${query}`, { method: "POST", body: WEAK_CHAT });
  await response.text();
  return response.headers.get("x-sluice-tier");
}

/** Requests, many at once, until Envoy has counted one of these. */
async function loadUntil(envoy: TestEnvoy, ...stats: readonly string[]): Promise<void> {
  let running = true;
  const loading = load({ url: envoy.url, requests: [{ body: WEAK_CHAT, tier: "weak" }], count: 0, connections: 32, during: () => running });
  try {
    for (const stat of stats) await waitFor(`${stat} is counted`, async () => ((await envoy.stats(stat)).get(stat) ?? 0) > 0, 60_000);
  } finally {
    running = false;
    await loading;
  }
}

const diagnosisOf = (envoy: { readonly adminUrl: string }) => diagnose(printed, "--envoy-admin", envoy.adminUrl);

/** Short enough to wait for, and long enough for the bodies that are let in. */
const IMPATIENT = change("message_timeout: 2s", "message_timeout: 0.6s");
const FAILING_CLOSED = change("failure_mode_allow: true", "failure_mode_allow: false");

describe("sluice", () => {
  it("stopped: unreachable, and requests passed unrouted; back again: only that they did", async () => {
    const sluice = await startSluice();
    const envoy = await startWith(sluice.extProc);
    expect(await tierOf(envoy.url)).toBe("weak");
    sluice.child.signal("SIGKILL");
    await sluice.child.exited;
    for (let sent = 0; sent < 3; sent++) expect(await tierOf(envoy.url)).toBeNull();
    const down = await diagnosisOf(envoy);
    expect(down.ids).toEqual(["passed-unrouted", "sluice-unreachable"]);
    expect(down.exitCode).toBe(1);
    expect(down.findings[1]?.what).toMatch(/^3 of 4 requests since Envoy started \d+ s ago passed unrouted\.$/);

    await startSluice({ extProc: sluice.extProc, admin: sluice.admin });
    await waitFor("requests are routed again", async () => (await tierOf(envoy.url)) === "weak");
    const back = await diagnosisOf(envoy);
    expect(back.ids).toEqual(["passed-unrouted"]);
    expect(back.exitCode).toBe(0);
    await envoy.stop();
  });

  it("not there, and Envoy checks its health: found without a request", async () => {
    const envoy = await startWith("127.0.0.1:1", WITH_HEALTH_CHECK);
    await waitFor(
      "a check has failed",
      async () => (await envoy.stats("cluster.sluice.membership_healthy")).get("cluster.sluice.membership_healthy") === 0,
    );
    const { ids, findings } = await diagnosisOf(envoy);
    expect(ids).toEqual(["sluice-unreachable"]);
    expect(findings[0]).toMatchObject({ where: "cluster.sluice.membership_healthy", severity: "error" });
    await envoy.stop();
  });

  it("hanging: it was too late", async () => {
    const sluice = await startSluice();
    const envoy = await startWith(sluice.extProc, IMPATIENT);
    expect(await tierOf(envoy.url)).toBe("weak");
    sluice.child.signal("SIGSTOP");
    expect(await tierOf(envoy.url)).toBeNull();
    sluice.child.signal("SIGCONT");
    const { ids, findings, exitCode } = await diagnosisOf(envoy);
    expect(ids).toEqual(["message-timeouts"]);
    expect(findings[0]?.what).toMatch(/^1 of 2 requests .* passed unrouted: no reply within the message_timeout of 0\.600s\.$/);
    expect(exitCode).toBe(0);
    await envoy.stop();
  });

  it("that takes resets for an attack tells Envoy to go away", async () => {
    const preload = fileURLToPath(new URL("../support/without-reset-options.ts", import.meta.url));
    const sluice = await startSluice({ transport: "grpc-js", nodeArgs: ["--import", preload], config: "log: { level: error }" });
    const withoutEnd = change("common_http_protocol_options: { max_requests_per_connection: 900 }", "");
    const envoy = await startWith(sluice.extProc, withoutEnd);
    // The requests on a connection that went away are given to another one, if not always.
    await loadUntil(envoy, "cluster.sluice.upstream_cx_destroy_remote_with_active_rq", "http.llm.ext_proc.failure_mode_allowed");
    const { ids } = await diagnosisOf(envoy);
    expect(ids).toEqual(["goaways", "passed-unrouted", "rapid-reset"]);
    await envoy.stop();
  });
});

describe("a server that is not sluice, or not as it should be", () => {
  const HEADERS = { request_headers: {} };
  const setting = (key: string) => ({ header_mutation: { set_headers: [{ header: { key, raw_value: Buffer.from("x") } }] } });

  it.each([
    ["replies twice", () => [HEADERS, HEADERS], ["spurious-messages"]],
    ["replies to another message", () => [{ request_body: {} }], ["spurious-messages"]],
    [
      "sets a header that Envoy guards",
      (message: { readonly request: string }) => [
        message.request === "request_headers" ? HEADERS : { request_body: { response: setting("host") } },
      ],
      ["header-mutations-rejected"],
    ],
    [
      "has the route chosen again for nothing",
      (message: { readonly request: string }) => [
        message.request === "request_headers" ? HEADERS : { request_body: { response: { clear_route_cache: true } } },
      ],
      ["route-cache-clear-ignored"],
    ],
  ])("%s", async (_, replying, expected) => {
    const envoy = await startWith(await startWrongExtProc(replying));
    await tierOf(envoy.url);
    const { ids, exitCode } = await diagnosisOf(envoy);
    expect(ids).toEqual(expected);
    expect(exitCode).toBe(1);
    await envoy.stop();
  });
});

describe("too much at once", () => {
  const ONE_AT_A_TIME = change(
    "max_requests: 16384, max_pending_requests: 16384, max_retries: 1024",
    "max_requests: 1, max_pending_requests: 16384",
  );
  const hanging = () => startWrongExtProc(() => []);

  it.each([
    ["pass unrouted", [], ["ext-proc-few-requests", "ext-proc-overflow", "message-timeouts"]],
    ["fail", [FAILING_CLOSED], ["ext-proc-few-requests", "ext-proc-overflow", "fails-closed", "message-timeouts"]],
  ])("more requests than may be with sluice %s", async (_, edits, expected) => {
    const envoy = await startWith(await hanging(), ONE_AT_A_TIME, IMPATIENT, ...edits);
    await Promise.all([1, 2, 3, 4, 5].map(() => tierOf(envoy.url)));
    const { ids, findings } = await diagnosisOf(envoy);
    expect(ids).toEqual(expected);
    expect(findings.find(({ id }) => id === "ext-proc-overflow")?.what).toMatch(/ 4 requests /);
    await envoy.stop();
  });

  it("a connection with more unread resets than Envoy bears is closed", async () => {
    const sluice = await startSluice();
    const fewFrames = change("http2_protocol_options: {} } # gRPC", "http2_protocol_options: { max_outbound_control_frames: 1 } } # gRPC");
    const envoy = await startWith(sluice.extProc, fewFrames);
    await loadUntil(envoy, "cluster.sluice.http2.outbound_control_flood");
    const { ids } = await diagnosisOf(envoy);
    // The requests on it are given to another connection, if not always.
    expect(ids.filter((id) => id !== "passed-unrouted")).toEqual(["control-flood"]);
    await envoy.stop();
  });

  it("more access log entries than are read are dropped", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    stopAtEnd(async () => void silent.close());
    const sluice = await startSluice();
    const port = typeof address === "object" ? address?.port : undefined;
    const envoy = await startWith(
      sluice.extProc,
      change("grpc_service: { envoy_grpc: { cluster_name: sluice_log } }", "grpc_service: { envoy_grpc: { cluster_name: sluice_deaf } }"),
      change(
        "\n  clusters:\n",
        `
  clusters:
  - name: sluice_deaf
    connect_timeout: 1s
    per_connection_buffer_limit_bytes: 32768
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: { http2_protocol_options: {} }
    load_assignment:
      cluster_name: sluice_deaf
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }] }]
`,
      ),
    );
    const dropped = async () => (await envoy.stats("logs_dropped")).get("access_logs.grpc_access_log.logs_dropped") ?? 0;
    await waitFor("an entry is dropped", async () => {
      await Promise.all(Array.from({ length: 20 }, () => tierOf(envoy.url, `?${"x".repeat(30_000)}`)));
      return (await dropped()) > 0;
    });
    const { ids, findings } = await diagnosisOf(envoy);
    expect(ids).toEqual(["access-log-dropped"]);
    expect(findings[0]?.what).toMatch(/^\d+ of \d+ requests .* have no entry in the access log\.$/);
    await envoy.stop();
  });
});
