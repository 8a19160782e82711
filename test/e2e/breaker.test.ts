// Tiers that fail, or are late, behind a real Envoy: how soon they are left, how few requests it takes to see that they have healed, and
// that nobody is refused meanwhile.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";
import { describe, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { startEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { chat } from "../support/requests.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";

const DEADLINE_MS = 30_000;
const AT_ONCE = 6;
const BODY = chat("hello"); // weak, by the policy

interface Watched {
  readonly app: App;
  readonly outcomes: readonly Outcome[];
  readonly changes: readonly string[]; // what the log says of tiers
  /** Sends requests until it is true; each with the script that `scriptOf` gives for its number. */
  until(what: string, isTrue: () => boolean | Promise<boolean>, scriptOf: (request: number) => string): Promise<Sent>;
}

interface Sent {
  readonly byTier: ReadonlyMap<string, number>; // decided
  readonly refused: number;
}

/** Answers after so many milliseconds, as it is told. */
async function startSlowServer(delayMs: () => number): Promise<string> {
  const answer = JSON.stringify({
    object: "chat.completion",
    choices: [{ message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
  });
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      setTimeout(() => response.writeHead(200, { "content-type": "application/json" }).end(answer), delayMs());
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function start(yaml: string, weak?: string): Promise<Watched> {
  const outcomes: Outcome[] = [];
  const changes: string[] = [];
  const write = (line: string) => {
    const { tier, msg } = JSON.parse(line) as { readonly tier?: string; readonly msg: string };
    if (tier !== undefined) changes.push(`${tier} ${msg}`);
  };
  const app = await startApp({
    config: parseConfig(`listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }\n${yaml}`, "test"),
    log: createLogger({ level: "info", destination: { write } }),
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  stopAtEnd(app.close);
  const standIns = await startStandIns();
  const envoy = await startEnvoy({
    sluice: app.extProcAddress,
    weak: weak ?? standIns.weak.address,
    strong: standIns.strong.address,
  });
  const pool = new Pool(envoy.url, { connections: AT_ONCE, pipelining: 1 });
  stopAtEnd(() => pool.close());
  return { app, outcomes, changes, until: (what, isTrue, scriptOf) => sendUntil(pool, { what, isTrue, scriptOf }) };
}

interface Sending {
  readonly what: string;
  readonly isTrue: () => boolean | Promise<boolean>;
  readonly scriptOf: (request: number) => string;
}

async function sendUntil(pool: Pool, { what, isTrue, scriptOf }: Sending): Promise<Sent> {
  const deadline = performance.now() + DEADLINE_MS;
  const byTier = new Map<string, number>();
  let number = 0;
  let refused = 0;
  let isDone = false;
  const worker = async () => {
    while (!isDone) {
      if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
      const headers = { "content-type": "application/json", "x-stand-in-script": scriptOf(number++) };
      const { statusCode, headers: said, body } = await pool.request({ method: "POST", path: "/v1/chat/completions", headers, body: BODY });
      await body.dump();
      if (statusCode !== 200) refused++;
      const tier = String(said["x-sluice-tier"] ?? "unrouted");
      byTier.set(tier, (byTier.get(tier) ?? 0) + 1);
      isDone ||= await isTrue();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { byTier, refused };
}

const failing = (request: number) => (request % 5 < 3 ? "weak=503" : "200"); // 60 %
const well = () => "200";
const enough = (times: number) => {
  let asked = 0;
  return () => ++asked >= times;
};

describe("a tier that fails 60 % of its requests", () => {
  it("is left within 2 s of the 20th failure, is tried with a tenth of its requests, and has them back once it has healed", async () => {
    const { app, outcomes, changes, until } = await start("breaker: { opensForMs: 500 }");
    const failures = () => outcomes.filter(({ served }) => served?.fellBack);
    const moved = () => outcomes.filter(({ decided }) => decided?.decision.reason === "breaker");
    const state = () => metric(`http://${app.adminAddress}`, "sluice_breaker_state", { tier: "weak" });

    const before = await until("requests go elsewhere", () => moved().length > 0, failing);
    const [first] = moved();
    const movedAtMs = first?.decided?.made?.atMs ?? 0;
    const longBefore = failures().filter(({ served }) => (served?.startedAtMs ?? 0) + (served?.durationMs ?? 0) < movedAtMs - 2000);
    expect(first?.decided?.decision).toMatchObject({
      tier: "strong",
      reason: "breaker",
      detail: "weak",
      wanted: { tier: "weak", reason: "under-thresholds" },
    });
    expect(longBefore.length).toBeLessThan(20);

    const opened = () => changes.filter((change) => change.includes("fails too often")).length;
    const during = await until("it has been tried in vain three times", () => opened() > 3, failing);
    const [tried, all] = [during.byTier.get("weak") ?? 0, (during.byTier.get("weak") ?? 0) + (during.byTier.get("strong") ?? 0)];
    expect(tried).toBeGreaterThan(0);
    expect(tried).toBeLessThanOrEqual(all / 10);

    const healing = await until("it has healed", async () => (await state()) === 0, well);
    expect(changes.at(-1)).toBe("weak has healed: its requests go there again");
    expect(healing.byTier.get("strong")).toBeGreaterThan(healing.byTier.get("weak") ?? 0);
    const after = await until("more have been sent", enough(100), well);
    expect([...after.byTier.keys()]).toEqual(["weak"]);
    expect(movedAtMs).toBeGreaterThan(0);
    expect([before, during, healing, after].map(({ refused }) => refused)).toEqual([0, 0, 0, 0]);
  });
});

describe("a tier made slow", () => {
  it("is avoided, tried with one request in a hundred, and found again once it is not", async () => {
    let delayMs = 1;
    const { app, outcomes, changes, until } = await start(
      "tiers: [{ name: weak, slo: { firstByteMs: 150 } }, { name: strong, slo: { firstByteMs: 5000 } }]",
      await startSlowServer(() => delayMs),
    );
    const moved = () => outcomes.filter(({ decided }) => decided?.decision.reason === "slo");
    const late = (name: string) => metric(`http://${app.adminAddress}`, name, { tier: "weak" });

    await until("requests in time were counted", () => outcomes.length > 100, well);
    expect(await late("sluice_tier_predicted_first_byte_seconds")).toBeLessThan(0.15);
    delayMs = 300;
    await until("requests go elsewhere", () => moved().length > 0, well);
    expect(moved()[0]?.decided?.decision).toMatchObject({ tier: "strong", reason: "slo", detail: "weak", wanted: { tier: "weak" } });
    expect(await late("sluice_tier_late_sizes")).toBe(1);

    const during = await until("a thousand have been sent", enough(1000), well);
    const [tried, all] = [during.byTier.get("weak") ?? 0, (during.byTier.get("weak") ?? 0) + (during.byTier.get("strong") ?? 0)];
    expect(tried).toBeGreaterThan(all / 200);
    expect(tried).toBeLessThanOrEqual(Math.ceil(all / 100) + 1);
    expect(changes).toEqual(["weak answers prompts of this size later than its level allows: they go to another tier"]);

    delayMs = 1;
    await until("it has been found again", async () => (await late("sluice_tier_late_sizes")) === 0, well);
    const after = await until("more have been sent", enough(100), well);
    expect([...after.byTier.keys()]).toEqual(["weak"]);
    expect(changes.at(-1)).toBe("weak prompts of this size go to this tier again");
  });
});
