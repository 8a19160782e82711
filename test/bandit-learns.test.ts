// The whole program in one process: a bandit decides what Envoy asks, learns from its access log, and still knows it after a reload.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { startApp } from "../src/app.ts";
import { loadWithFile } from "../src/config/load.ts";
import { EXT_PROC_METHOD } from "../src/envoy/wire/methods.ts";
import { createLogger } from "../src/outcome/telemetry/log.ts";
import { accessLogClient } from "./support/access-log-client.ts";
import { decodeReply, encodeRequest, headersSet, type Reply, requestBody, requestHeaders } from "./support/ext-proc-client.ts";
import { waitFor } from "./support/wait-for.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const BODY = JSON.stringify({ messages: [{ role: "user", content: "What is a monad?" }] });
const TAUGHT = 200;
const ASKED = 60;

function decider(address: string) {
  const client = new Client(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  ends.unshift(() => client.close());
  return (requestId: string) =>
    new Promise<string>((resolve, reject) => {
      const call = client.makeBidiStreamRequest<object, Reply>(EXT_PROC_METHOD, encodeRequest, decodeReply);
      call.on("error", reject);
      call.on("data", ({ request_body }: Reply) => {
        if (request_body === undefined) return;
        const said = headersSet(request_body.response);
        resolve(`${said["x-sluice-tier"]} ${said["x-sluice-reason"]}`);
        call.end();
      });
      call.write(requestHeaders({ "x-request-id": requestId }));
      call.write(requestBody(BODY));
    });
}

async function started(yaml: string) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "sluice.yaml");
  const write = (text: string) => writeFileSync(file, `listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }\n${text}`);
  write(yaml);
  let outcomes = 0;
  const log = createLogger({ level: "silent" });
  const app = await startApp({ ...(await loadWithFile(file)), log, onOutcome: () => outcomes++ });
  ends.unshift(app.close);
  const decide = decider(app.extProcAddress);
  const decisions = (name: string, count: number) => Promise.all(Array.from({ length: count }, (_, at) => decide(`${name}-${at}`)));
  return {
    app,
    decisions,
    async reload(text: string) {
      write(text);
      await app.reload();
    },
    /** Strong answers all of them: of those that were weak's it was the fallback. */
    async teach() {
      await decisions("taught", TAUGHT);
      const envoy = accessLogClient(app.extProcAddress);
      ends.unshift(envoy.close);
      await envoy.send(Array.from({ length: TAUGHT }, (_, at) => `taught-${at}`));
      await waitFor("the outcomes", () => outcomes >= TAUGHT);
    },
  };
}

const learned = (all: readonly string[]) => all.filter((one) => one === "strong bandit-best").length;

test("what the access log says of its tiers decides where requests go, after a reload too", async () => {
  const yaml = (level: string) => `log: { level: ${level} }\npolicies: { main: { type: bandit } }\nactive: main\n`;
  const { decisions, teach, reload } = await started(yaml("warn"));
  expect(new Set(await decisions("first", ASKED))).toEqual(new Set(["weak bandit-best", "strong bandit-tried"]));
  await teach();
  expect(learned(await decisions("later", ASKED))).toBeGreaterThan(ASKED * 0.8);
  await reload(yaml("error"));
  expect(learned(await decisions("reloaded", ASKED))).toBeGreaterThan(ASKED * 0.8);
  await reload(yaml("error").replace("type: bandit", "type: bandit, explore: 0.04"));
  expect(learned(await decisions("another-policy", ASKED))).toBe(0);
});

test("as a rollout's candidate it learns of what it decided, and metrics say how much", async () => {
  const { app, decisions, teach } =
    await started(`policies: { main: { type: fixed, tier: weak }, trying: { type: bandit, qualityPerUsd: 3 } }
active: main
rollout: { candidate: trying, by: request, stages: [{ share: 1, hours: 1 }] }
`);
  await teach();
  expect(learned(await decisions("later", ASKED))).toBeGreaterThan(ASKED * 0.8);
  const response = await fetch(`http://${app.adminAddress}/metrics`);
  const text = await response.text();
  expect(text).toMatch(/^sluice_bandit_quality_per_usd\{policy="trying@\w+"\} 3$/m);
  const known = [...text.matchAll(/^sluice_bandit_known_requests\{policy="trying@\w+",tier="\w+"\} ([\d.]+)$/gm)];
  expect(known.reduce((sum, [, requests]) => sum + Number(requests), 0)).toBeCloseTo(TAUGHT, 0);
});
