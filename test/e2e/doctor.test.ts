// The doctor on real Envoys: nothing to say of the one we ship, and exactly the mistake that was made of each that is wired wrongly; and
// what that mistake does to a request.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EnvoyCluster, EnvoyConfig } from "../../src/setup/stack/envoy-bootstrap.ts";
import { startEnvoy as startConfigured } from "../../src/setup/stack/envoy-process.ts";
import { diagnose } from "../support/doctor.ts";
import { envoyBin, OLDEST_ENVOY, startEnvoy, testEnvoyConfig } from "../support/envoy.ts";
import { withUsageFilter } from "../support/optional-lines.ts";
import { catchPrinted } from "../support/printed.ts";
import { SLUICE_MAIN, startSluice, type TestSluice } from "../support/sluice.ts";
import { type StandIns, startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { BROKEN_WIRINGS, type BrokenWiring, change, WEAK_CHAT, type WiringAnswer, type WiringRequest } from "./broken-wirings.ts";

const NOWHERE = "127.0.0.1:1";
const HEALTHY: WiringAnswer = { status: 200, tier: "weak", servedBy: "weak" };
const printed = catchPrinted();
const folder = mkdtempSync(join(tmpdir(), "sluice-doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));

let sluice: TestSluice;
let standIns: StandIns;

beforeAll(async () => {
  [sluice, standIns] = await Promise.all([startSluice(), startStandIns()]);
});

function addresses(wiring?: BrokenWiring) {
  return { sluice: wiring?.withoutSluice ? NOWHERE : sluice.extProc, weak: standIns.weak.address, strong: standIns.strong.address };
}

async function send(url: string, { body = WEAK_CHAT, headers = {} }: WiringRequest = {}): Promise<WiringAnswer> {
  const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", body, headers });
  await response.text();
  return { status: response.status, tier: response.headers.get("x-sluice-tier"), servedBy: response.headers.get("x-stand-in") };
}

describe("what we ship", () => {
  it.each([
    ["this Envoy", {}],
    ["this Envoy, with the filter for usage", { edit: withUsageFilter }],
    [`Envoy ${OLDEST_ENVOY}`, { version: OLDEST_ENVOY }],
    [`Envoy ${OLDEST_ENVOY}, with the filter for usage`, { version: OLDEST_ENVOY, edit: withUsageFilter }],
  ])("%s: no findings, after requests", async (_, options) => {
    const envoy = await startEnvoy({ ...addresses(), ...options });
    for (let sent = 0; sent < 3; sent++) expect(await send(envoy.url)).toEqual(HEALTHY);
    const { findings, exitCode, lookedAt } = await diagnose(printed, "--envoy-admin", envoy.adminUrl);
    expect(findings).toEqual([]);
    expect(exitCode).toBe(0);
    expect(lookedAt).toEqual([
      expect.stringMatching(/^http:\S+: Envoy \d+\.\d+\.\d+, 1 listener, \d ext_proc filters?, \d clusters, [\d,]{3,} statistics$/),
    ]);
    await envoy.stop();
  });
});

it("as a program, built: the same for an Envoy with a mistake", async () => {
  const edit = change("request_header_mode: SEND", "request_header_mode: SKIP");
  const envoy = await startEnvoy({ ...addresses(), edit });
  const { status, stdout, stderr } = spawnSync(process.execPath, [SLUICE_MAIN, "doctor", "--envoy-admin", envoy.adminUrl], {
    encoding: "utf8",
  });
  await envoy.stop();
  expect([status, stderr]).toEqual([1, ""]);
  expect(stdout).toMatch(/^error\[request-headers-not-sent\](?:.*\n)+looked at http:.*\n1 error\n$/);
});

/** Of envoy.yaml for these servers, with the mistake. */
function configOf(wiring: BrokenWiring): EnvoyConfig {
  const config = testEnvoyConfig({ ...addresses(wiring), edit: wiring.edit });
  if (!wiring.secondProcess) return config;
  const { clusters, ...resources } = config.static_resources;
  return { ...config, static_resources: { ...resources, clusters: clusters.map((cluster) => withSecondEndpoint(cluster)) } };
}

function withSecondEndpoint(cluster: EnvoyCluster): EnvoyCluster {
  if (cluster.name !== "sluice") return cluster;
  const endpoints = [sluice.extProc, NOWHERE].map((address) => {
    const [host, port] = address.split(":");
    return { endpoint: { address: { socket_address: { address: host, port_value: Number(port) } } } };
  });
  return { ...cluster, load_assignment: { cluster_name: "sluice", endpoints: [{ lb_endpoints: endpoints }] } };
}

describe("an Envoy that is wired wrongly", () => {
  it.each(BROKEN_WIRINGS)("$name", async (wiring) => {
    const envoy = await startConfigured({ bin: await envoyBin(), config: configOf(wiring), concurrency: 2 });
    stopAtEnd(envoy.stop);
    const answers = await Promise.all(Array.from({ length: wiring.times ?? 1 }, () => send(envoy.url, wiring.request)));
    const { ids, exitCode, findings } = await diagnose(printed, "--envoy-admin", envoy.adminUrl);
    await envoy.stop();
    expect(ids).toEqual([...wiring.findings, ...(wiring.signs ?? [])].sort());
    expect(answers).toContainEqual(expect.objectContaining(wiring.answer ?? HEALTHY));
    expect(exitCode).toBe(findings.some(({ severity }) => severity === "error") ? 1 : 0);
    for (const found of findings) expect(Object.values(found)).not.toContain("");
  });

  it("is found in its file, too, without running", async () => {
    const files = BROKEN_WIRINGS.map((wiring, index) => {
      const path = join(folder, `${index}.json`);
      writeFileSync(path, JSON.stringify(configOf(wiring)));
      return { path, wiring };
    });
    const { findings } = await diagnose(printed, "--envoy-config", ...files.map(({ path }) => path));
    const of = (path: string) => findings.filter(({ where }) => where.startsWith(`${path}: `)).map(({ id }) => id);
    expect(files.map(({ path, wiring }) => [wiring.name, of(path)])).toEqual(files.map(({ wiring }) => [wiring.name, wiring.findings]));
  });
});

describe("what one request does not show", () => {
  it("answers stream though they are to be buffered: sluice has ended the call before", async () => {
    const wiring = BROKEN_WIRINGS.find(({ name }) => name === "answers buffered");
    const envoy = await startEnvoy({ ...addresses(), edit: wiring?.edit ?? withUsageFilter });
    const body = WEAK_CHAT.replace("{", '{"stream":true,');
    const response = await fetch(`${envoy.url}/v1/chat/completions`, {
      method: "POST",
      body,
      headers: { "x-stand-in-script": "chunk-delay=20" },
    });
    const pieces: string[] = [];
    for await (const piece of response.body ?? []) pieces.push(new TextDecoder().decode(piece));
    await envoy.stop();
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.at(-1)).toContain("[DONE]");
  });
});
