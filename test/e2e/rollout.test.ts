// A rollout through a real Envoy: a candidate that harms is rolled back at once, a good one goes through its stages, a restart and a reload
// in the middle lose nothing, and an arm that fails open is called. SLUICE_ROLLOUTS: so many harmful candidates, instead of one.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RolloutStatus } from "../../src/outcome/rollout/status.ts";
import { startEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { chat } from "../support/requests.ts";
import { startSluice } from "../support/sluice.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const RUNS = Number(process.env["SLUICE_ROLLOUTS"] ?? 1);
const LONG_MS = 120_000;
const ABREAST = 16;
const BODY = chat("hello");
const POLICIES = "active: cheap\npolicies: { cheap: { type: fixed, tier: weak }, dear: { type: fixed, tier: strong } }";

/** Of so many in a hundred requests the answer is a failure, spread by chance with a seed. */
async function serverFailing(percent: number, seed: number): Promise<string> {
  let state = seed;
  const server = createServer((request, response) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const fails = (state / 2 ** 32) * 100 < percent;
    request.resume();
    request.on("end", () => {
      response.writeHead(fails ? 500 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content: "hi" }, finish_reason: "stop" }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Given {
  readonly rollout: string; // its keys, in braces
  readonly weakFails: number; // percent
  readonly strongFails: number;
  readonly seed?: number;
  readonly edit?: (yaml: string) => string; // of envoy.yaml
}

async function start({ rollout, weakFails, strongFails, seed = 1, edit }: Given) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-rollout-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "rollout.json");
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  const config = `${POLICIES}\nrollout: { candidate: dear, by: request, file: ${JSON.stringify(file)}, ${rollout} }`;
  const [sluice, weak, strong] = await Promise.all([
    startSluice({ config, onLine }),
    serverFailing(weakFails, seed),
    serverFailing(strongFails, seed + 1),
  ]);
  const envoy = await startEnvoy({ sluice: sluice.extProc, weak, strong, ...(edit && { edit }) });
  return { url: envoy.url, sluice, config, file, lines, onLine };
}

async function statusOf(adminUrl: string): Promise<RolloutStatus> {
  const { rollout } = (await (await fetch(`${adminUrl}/v1/rollout`)).json()) as { readonly rollout: readonly [RolloutStatus] };
  return rollout[0];
}

async function post(url: string): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: BODY,
  });
  await response.arrayBuffer();
  return response.status;
}

/** Asks, several requests at a time, until it is so. */
async function askUntil(url: string, isSo: () => Promise<boolean>, what: string): Promise<void> {
  await waitFor(
    what,
    async () => {
      for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: ABREAST }, () => post(url)));
      return isSo();
    },
    LONG_MS,
  );
}

describe("a candidate whose tier fails 3 % instead of 1 %", () => {
  it("is rolled back before it had 1,500 requests, nearly always, and has none from then on", { timeout: RUNS * LONG_MS }, async () => {
    const candidates: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const rollout = "stages: [{ share: 0.3, hours: 1 }, { share: 1, hours: 0 }], guards: { failed: 0.5 }";
      const { url, sluice, lines, file } = await start({ rollout, weakFails: 1, strongFails: 3, seed: 11 + run });
      await askUntil(url, async () => (await statusOf(sluice.adminUrl)).status === "rolled-back", "rolled back");
      const { past, share, changed } = await statusOf(sluice.adminUrl);
      candidates.push(past[0]?.requests.candidate ?? Number.POSITIVE_INFINITY);
      expect({ share, changed }).toMatchObject({ share: 0, changed: { action: "rollback", guards: ["failed"] } });
      expect(lines.filter((line) => line.includes("rollout: rolled back"))).toHaveLength(1);
      expect(await metric(sluice.adminUrl, "sluice_rollout_changes_total", { action: "rollback", because: "harm" })).toBe(1);
      const served = () => metric(sluice.adminUrl, "sluice_decisions_total", { tier: "strong" });
      const before = await served();
      for (let i = 0; i < 40; i++) await post(url);
      expect(await served()).toBe(before);
      await waitFor("the file says so", () => readFileSync(file, "utf8").includes('"rolled-back"'));
      if (RUNS > 1) await sluice.stop();
    }
    if (RUNS > 1) process.stderr.write(`candidate's requests until it was rolled back: ${candidates.join(", ")}\n`);
    expect(candidates.filter((requests) => requests < 1500).length).toBeGreaterThanOrEqual(Math.floor(0.9 * RUNS));
  });
});

describe("a good candidate", () => {
  it("goes through all stages, and a reload and a restart in the middle lose nothing", { timeout: LONG_MS }, async () => {
    const hours = 2 / 3600;
    const stages = [0, 0.2, 0.5].map((share) => `{ share: ${share}, hours: ${hours} }`).join(", ");
    const rollout = `stages: [${stages}, { share: 1, hours: 0 }], guards: { failed: 10 }`;
    const { url, sluice, config, file, onLine } = await start({ rollout, weakFails: 30, strongFails: 30 });
    const { adminUrl, configFile, extProc, admin } = sluice;
    await askUntil(url, async () => (await statusOf(adminUrl)).stage >= 1, "the first stage is over");

    writeFileSync(configFile, `${readFileSync(configFile, "utf8")}\nunreadable: refuse\n`);
    const before = await statusOf(adminUrl);
    await waitFor("the reload", async () => (await metric(adminUrl, "sluice_config_reloads_total", { result: "ok" })) === 1);
    const reloaded = await statusOf(adminUrl);
    expect(reloaded.stage).toBeGreaterThanOrEqual(before.stage);
    if (reloaded.stage === before.stage) expect(reloaded.requests.stable).toBeGreaterThanOrEqual(before.requests.stable);

    await post(url);
    await sluice.child.stop();
    const kept = JSON.parse(readFileSync(file, "utf8")) as {
      readonly state: { readonly tally: { readonly requests: object; stage: number } };
    };
    const second = await startSluice({ config, extProc, admin, onLine });
    const restarted = await statusOf(second.adminUrl);
    if (restarted.stage === kept.state.tally.stage) expect(restarted.requests).toEqual(kept.state.tally.requests);
    expect(restarted.past.length).toBeGreaterThanOrEqual(1);
    expect(await metric(second.adminUrl, "sluice_rollout_file_total", { result: "read" })).toBe(1);

    await askUntil(url, async () => (await statusOf(second.adminUrl)).status === "complete", "complete");
    const { past } = await statusOf(second.adminUrl);
    expect(past.map(({ stage }) => stage)).toEqual([0, 1, 2]);
    expect(past.slice(1).every(({ because }) => because.startsWith("harm beyond every margin is excluded"))).toBe(true);
    const strong = await metric(second.adminUrl, "sluice_decisions_total", { tier: "strong" });
    await post(url);
    expect(await metric(second.adminUrl, "sluice_decisions_total", { tier: "strong" })).toBe(strong + 1);
  });
});

describe("a split of which Envoy loses one arm", () => {
  /** The candidate's requests lose their decision behind the filter, as where a proxy drops headers. */
  const losing = (yaml: string) => {
    const router = "- name: envoy.filters.http.router";
    const at = yaml.indexOf(router);
    const indent = " ".repeat(at - yaml.lastIndexOf("\n", at) - 1);
    const lua = [
      "- name: envoy.filters.http.lua",
      "  typed_config:",
      '    "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua',
      "    default_source_code:",
      "      inline_string: |",
      "        function envoy_on_request(handle)",
      '          if handle:headers():get("x-sluice-arm") == "candidate" then',
      '            for _, name in ipairs({"tier", "policy", "reason", "arm"}) do handle:headers():remove("x-sluice-" .. name) end',
      "          end",
      "        end",
    ];
    return yaml.replace(router, `${lua.map((line, i) => (i === 0 ? line : indent + line)).join("\n")}\n${indent}${router}`);
  };

  it("is held, and says so, though no guard saw a harm", { timeout: LONG_MS }, async () => {
    const rollout = "stages: [{ share: 0.5, hours: 1 }, { share: 1, hours: 0 }], guards: { failed: 0.5 }, settleMs: 500";
    const { url, sluice, lines } = await start({ rollout, weakFails: 0, strongFails: 0, edit: losing });
    await askUntil(url, async () => (await statusOf(sluice.adminUrl)).status === "held", "held");
    const { changed, split, requests } = await statusOf(sluice.adminUrl);
    expect({ because: changed?.because, split: split.is }).toMatchObject({
      because: expect.stringContaining("the split"),
      split: "broken",
    });
    expect(requests.candidate).toBeLessThan(requests.stable / 10);
    expect(lines.some((line) => line.includes("rollout: held"))).toBe(true);
  });
});
