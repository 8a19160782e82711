// Quotas through a real Envoy: a tier that is used up gives way to the next, a changed limit counts at once, each request is counted once
// however often Envoy says how it ended, and what was used outlives a process that is killed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { ask, chat, routed } from "../support/requests.ts";
import { startSluice } from "../support/sluice.ts";
import { startStack } from "../support/stack.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { type StoreProgram, startStore, storePrograms } from "../support/store-server.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const STRONG = chat("design it");
const quotas = (requests: number) => `quotas: [{ name: dear, tier: strong, requests: ${requests}, per: month }]`;
const DEAR = { limit: "dear", measure: "requests" };

/** Envoy tells sluice of each request three times. */
function loggedThrice(yaml: string): string {
  const grpc = /^ {10}- name: envoy\.access_loggers\.http_grpc\n(?: {12}.*\n)+/m.exec(yaml)?.[0] ?? "";
  expect(grpc).toContain("sluice_log");
  return yaml.replace(grpc, grpc.repeat(3));
}

describe("a quota of the strong tier", () => {
  it("is counted once for each request, sends the rest to weak and says why, and a raised one counts at once", async () => {
    const stack = await startStack({ sluice: { config: quotas(2) }, envoy: { edit: loggedThrice } });
    const { adminUrl, configFile } = stack.sluice;
    const answers = [await ask(stack.url, STRONG), await ask(stack.url, STRONG), await ask(stack.url, STRONG)].map(routed);
    expect(answers).toEqual([
      { tier: "strong", servedBy: "strong", reason: "keyword:design" },
      { tier: "strong", servedBy: "strong", reason: "keyword:design" },
      { tier: "weak", servedBy: "weak", reason: "quota:dear" },
    ]);
    await waitFor("both outcomes", async () => (await metric(adminUrl, "sluice_limit_used", DEAR)) === 2);
    await waitFor("each is told three times", async () => (await metric(adminUrl, "sluice_access_log_ignored_total")) >= 6);
    expect(await metric(adminUrl, "sluice_limit_used", DEAR)).toBe(2);
    expect(await metric(adminUrl, "sluice_limit_reserved", DEAR)).toBe(0);
    expect(await metric(adminUrl, "sluice_limit_degraded_total", { by: "quota", from: "strong", to: "weak" })).toBe(1);

    writeFileSync(configFile, readFileSync(configFile, "utf8").replace(quotas(2), quotas(3)));
    await waitFor("the new limit", async () => (await metric(adminUrl, "sluice_limit_amount", DEAR)) === 3);
    expect([await ask(stack.url, STRONG), await ask(stack.url, STRONG)].map(({ tier }) => tier)).toEqual(["strong", "weak"]);
  });

  it("is still used up when the process was killed, and its file damaged later only warns", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-ledger-"));
    stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "ledger.json");
    const config = `${quotas(2)}\nledger: { file: ${JSON.stringify(file)} }`;
    const stack = await startStack({ sluice: { config } });
    const { extProc, admin, child } = stack.sluice;
    await ask(stack.url, STRONG);
    await ask(stack.url, STRONG);
    await waitFor("the file has both", () => /"scope":"","window".*"used":2,"reservedAtLeast":0/.test(textOf(file)));
    child.signal("SIGKILL");
    await child.exited;

    const second = await startSluice({ config, extProc, admin });
    await waitFor("Envoy is connected again", async () => (await ask(stack.url, chat("hello"))).tier === "weak");
    expect(routed(await ask(stack.url, STRONG))).toMatchObject({ tier: "weak", reason: "quota:dear" });
    expect(await metric(second.adminUrl, "sluice_ledger_file_total", { result: "read" })).toBe(1);
    await second.stop();
    expect(textOf(file)).toContain('"used":2');

    writeFileSync(file, textOf(file).slice(0, 50));
    const lines: string[] = [];
    const third = await startSluice({ config, extProc, admin, onLine: (line) => lines.push(line) });
    expect(await metric(third.adminUrl, "sluice_ledger_file_total", { result: "bad" })).toBe(1);
    expect(lines.filter((line) => line.includes("damaged and was put aside"))).toHaveLength(1);
    expect(textOf(`${file}.bad`)).toHaveLength(50);
  });
});

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Where they are asked, and what all of them count. */
interface Several {
  readonly extProc: readonly string[];
  used(): Promise<number>;
}

async function fourProcesses(): Promise<Several> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-limits-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
  const extProc = `unix:${join(folder, "sluice.sock")}`;
  const { adminUrl } = await startSluice({ extProc, config: quotas(100), args: ["--processes", "4"] });
  const used = () => metric(adminUrl, "sluice_limit_used", DEAR);
  return { extProc: Array.from({ length: 4 }, (_, index) => `${extProc}.${index}`), used };
}

async function twoReplicas(program: StoreProgram): Promise<Several> {
  const store = await startStore(program);
  stopAtEnd(store.close);
  const config = `${quotas(100)}\nstate: { url: "${store.url}" }`;
  const replicas = await Promise.all([startSluice({ config }), startSluice({ config })]);
  const used = async () => Math.min(...(await Promise.all(replicas.map(({ adminUrl }) => metric(adminUrl, "sluice_limit_used", DEAR)))));
  return { extProc: replicas.map(({ extProc }) => extProc), used };
}

describe("several behind one Envoy", () => {
  it.each<readonly [what: string, start: () => Promise<Several>]>([
    ["four processes", fourProcesses],
    ...storePrograms().map((program) => [`two replicas with ${program}`, () => twoReplicas(program)] as const),
  ])("%s admit as many requests to strong as its quota says, and their first slices more at most", async (_, start) => {
    const [several, standIns] = await Promise.all([start(), startStandIns()]);
    const envoy = await startEnvoy({ sluice: [...several.extProc], weak: standIns.weak.address, strong: standIns.strong.address });
    const tiers: (string | null)[] = [];
    while (tiers.length < 300) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(envoy.url, STRONG)));
      tiers.push(...answers.map(({ tier }) => tier));
    }
    const strong = tiers.filter((tier) => tier === "strong").length;
    expect(strong).toBeGreaterThanOrEqual(97);
    expect(strong).toBeLessThanOrEqual(104);
    await waitFor("all know of all", async () => (await several.used()) === strong);
  });
});
