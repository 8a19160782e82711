// A learned policy that takes vectors, through a real Envoy: the vector decides, and an endpoint that hangs or fails costs its deadline and
// no request.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { loadWithFile } from "../../src/config/load.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { vectorModelOf } from "../request/policy/learned/vector-model.ts";
import { startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { startModelServer } from "../support/model-servers.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { startVectorServer, type VectorServer } from "../support/vector-server.ts";

const TIMEOUT_MS = 400; // a busy machine's own deadline
const AT_ONCE = 20;
const TOLD_REASON = '- header: { key: x-sluice-reason, value: "%REQ(x-sluice-reason)%" }';

let app: App;
let config: string; // its path
let envoy: TestEnvoy;
let vectors: VectorServer;

beforeAll(async () => {
  vectors = await startVectorServer((text) => (text.includes("hard") ? [3, 0] : [-3, 0]));
  const folder = mkdtempSync(join(tmpdir(), "sluice-embedding-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "model.json"), encodeModel(vectorModelOf(["prove", "theorem"])));
  config = join(folder, "sluice.yaml");
  writeConfig(`, embedding: { endpoint: "${vectors.url}", timeoutMs: ${TIMEOUT_MS}, pricePerMTok: 0.02 }`);
  app = await startApp({ ...(await loadWithFile(config)), log: createLogger({ level: "silent" }) });
  stopAtEnd(app.close);
  const [weak, strong] = [await startModelServer("weak"), await startModelServer("strong")];
  const edit = (yaml: string) => yaml.replace("response_headers_to_add:\n", `response_headers_to_add:\n            ${TOLD_REASON}\n`);
  envoy = await startEnvoy({ sluice: app.extProcAddress, weak: weak.address, strong: strong.address, edit });
});

function writeConfig(embedding: string): void {
  writeFileSync(
    config,
    `listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }
active: main
policies:
  known: { type: rules, rules: [{ name: greeting, match: { keywords: [good morning] }, tier: weak }] }
  trained: { type: learned, file: model.json${embedding} }
  main: { type: chain, of: [known, trained] }
`,
  );
}

/** The tier that answered, and why: `strong learned-over`. */
async function ask(content: string): Promise<{ readonly is: string; readonly ms: number }> {
  const begun = performance.now();
  const response = await fetch(`${envoy.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ messages: [{ role: "user", content }] }),
  });
  const { model } = (await response.json()) as { readonly model: string };
  const reason = response.headers.get("x-sluice-reason") ?? "";
  expect(response.status).toBe(200);
  return { is: `${model} ${reason}`, ms: performance.now() - begun };
}

const embedded = (result: string) => metric(`http://${app.adminAddress}`, `sluice_policy_embeddings_total{result="${result}"}`);

test("the vector decides, of several requests at once each its own", async () => {
  const words = Array.from({ length: AT_ONCE }, (_, at) => (at % 2 === 0 ? `a hard one, number ${at}` : `an easy one, number ${at}`));
  const answers = await Promise.all(words.map(ask));
  expect(answers.map(({ is }) => is)).toEqual(words.map((_, at) => (at % 2 === 0 ? "strong learned-over" : "weak learned-under")));
  expect(vectors.asked.flat().toSorted()).toEqual(words.toSorted());
  expect(await embedded("ok")).toBe(AT_ONCE);
  expect(await metric(`http://${app.adminAddress}`, "sluice_policy_embedding_tokens_total")).toBe(7 * AT_ONCE);
  expect(await metric(`http://${app.adminAddress}`, "sluice_policy_embedding_wait_seconds_count")).toBe(AT_ONCE);
});

test("what a rule decides in front of it is not embedded", async () => {
  const before = vectors.bodies.length;
  expect((await ask("good morning to you")).is).toBe("weak rule:greeting");
  expect(vectors.bodies.length).toBe(before);
});

test("an endpoint that fails costs the vector: the text alone decides, and says so", async () => {
  vectors.statuses.push(500, 500);
  expect((await ask("a hard one")).is).toBe("weak learned-under:no-vector");
  expect((await ask("prove theorem")).is).toBe("strong learned-over:no-vector");
  expect(await embedded("error")).toBe(2);
});

test("one that is late costs its deadline, and no request", { timeout: 20_000 }, async () => {
  vectors.lateMs = 5000;
  const { is, ms } = await ask("a hard one");
  vectors.lateMs = 0;
  expect(is).toBe("weak learned-under:no-vector");
  expect(ms).toBeGreaterThan(TIMEOUT_MS - 50);
  expect(ms).toBeLessThan(4000);
  expect(await embedded("timeout")).toBe(1);
  expect((await ask("a hard one")).is).toBe("strong learned-over");
});

test("a reload without the endpoint has the text alone decide, and one with it the vector again", { timeout: 30_000 }, async () => {
  const before = vectors.bodies.length;
  writeConfig("");
  await app.reload();
  expect((await ask("a hard one")).is).toBe("weak learned-under");
  expect(vectors.bodies.length).toBe(before);
  writeConfig(`, embedding: { endpoint: "${vectors.url}", timeoutMs: ${TIMEOUT_MS} }`);
  await app.reload();
  expect((await ask("a hard one")).is).toBe("strong learned-over");
});
