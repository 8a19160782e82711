// A configuration file that is wrong, half written, gone or enormous, under a running server: requests are decided by the old one, as
// fast as ever, and whoever runs it hears of it within 10 seconds.
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { type ExtProcLoad, extProcLoad } from "../support/ext-proc-load.ts";
import { metric } from "../support/metrics.ts";
import { chat } from "../support/requests.ts";
import { startSluice, type TestSluice } from "../support/sluice.ts";
import { waitFor } from "../support/wait-for.ts";

const STALLS = new URL("../support/loop-stalls.ts", import.meta.url).href;
const HEARD_MS = 10_000;
const MAX_TURN_MS = 50;

const STRONG = "limits: { maxBodyBytes: 100000 }\nactive: main\npolicies: { main: { type: fixed, tier: strong } }\n";
const many = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, index) => text(index)).join("");

interface Stalls {
  readonly longestTurnMs: number;
  readonly longestDelayMs: number;
  readonly rssMB: number;
}

const lines: string[] = [];
let sluice: TestSluice;
let before: string; // the file as it was at the start
beforeAll(async () => {
  sluice = await startSluice({
    config: STRONG, // where the defaults send a greeting to weak
    nodeArgs: ["--import", STALLS],
    onLine: (line) => lines.push(line),
  });
  before = `listen: { extProc: "${sluice.extProc}", admin: "${sluice.admin}" }\n`;
});

const reloads = (result: string) => metric(sluice.adminUrl, "sluice_config_reloads_total", { result });
const write = (yaml: string) => writeFileSync(sluice.configFile, `${before}${yaml}`);

/** How long the longest turn of the loop was since this was asked last. */
async function stalls(): Promise<Stalls> {
  const told = lines.length;
  sluice.child.signal("SIGUSR2");
  const line = await waitFor("stalls told", () => lines.slice(told).find((each) => each.startsWith("loop-stalls ")));
  return JSON.parse(line.slice("loop-stalls ".length)) as Stalls;
}

async function underLoad<T>(act: (load: ExtProcLoad) => Promise<T>): Promise<T> {
  const load = extProcLoad(sluice.extProc, chat("hello"));
  await waitFor("load", () => [...load.answers.values()].some((count) => count > 100));
  try {
    return await act(load);
  } finally {
    await load.stop();
  }
}

/** The one error line and the one count that a reload has failed. */
async function heardOf(code: string, act: () => void): Promise<void> {
  const [failed, told] = [await reloads("failed"), lines.length];
  act();
  await waitFor(`${code} is counted`, async () => (await reloads("failed")) > failed, HEARD_MS);
  const said = () => lines.slice(told).filter((line) => line.includes("configuration not reloaded"));
  await waitFor(`${code} is said`, () => said().length > 0, HEARD_MS);
  expect(said()).toEqual([expect.stringContaining(`"code":"${code}"`)]);
  expect(await reloads("failed")).toBe(failed + 1);
}

/** The file is put back, under another name first; resolves when it counts. */
async function putBack(): Promise<void> {
  const ok = await reloads("ok");
  rmSync(sluice.configFile, { recursive: true, force: true });
  writeFileSync(`${sluice.configFile}.new`, `${before}${STRONG}`);
  renameSync(`${sluice.configFile}.new`, sluice.configFile);
  await waitFor("the file counts again", async () => (await reloads("ok")) > ok, HEARD_MS);
  expect(await metric(sluice.adminUrl, "sluice_config_last_reload_successful")).toBe(1);
}

describe("a file that is no configuration changes no decision, is heard of once, and counts when it is put right", () => {
  const replace = (make: (file: string) => void) => () => {
    rmSync(sluice.configFile);
    make(sluice.configFile);
  };
  test.each<[what: string, code: string, act: () => void]>([
    ["emptied", "config-empty", () => truncateSync(sluice.configFile)],
    ["deleted", "config-not-found", () => rmSync(sluice.configFile)],
    ["a link that leads nowhere", "config-not-found", replace((file) => symlinkSync("nowhere", file))],
    ["a folder", "config-unreadable", replace((file) => mkdirSync(file))],
    ["a pipe that nobody writes to", "config-unreadable", replace((file) => execFileSync("mkfifo", [file]))],
    ["cut off in the middle of a line", "config-invalid", () => truncateSync(sluice.configFile, before.length + 12)],
  ])("%s", async (_what, code, act) => {
    await underLoad(async (load) => {
      await heardOf(code, act);
      await putBack();
      expect([...load.answers.keys()]).toEqual(["strong"]);
    });
  });
});

test("a file that is written in two parts, cut at any line end, decides nothing before it is whole", async () => {
  const whole = `${before}${STRONG}`;
  const cuts = [...whole.matchAll(/\n/g)].map(({ index }) => index + 1).slice(0, -1);
  expect(cuts.length).toBeGreaterThan(2);
  await underLoad(async (load) => {
    for (const cut of cuts) {
      const ok = await reloads("ok");
      writeFileSync(sluice.configFile, whole.slice(0, cut));
      await wait(1500); // of the writer: the beginning is found, and checked, meanwhile
      writeFileSync(sluice.configFile, `${whole}# ${cut}\n`);
      await waitFor("the whole counts", async () => (await reloads("ok")) > ok, HEARD_MS);
    }
    expect([...load.answers.keys()]).toEqual(["strong"]);
  });
});

const KEYWORDS = many(9000, (at) => `wort${(at * 7919) % 100_000}äß${at},`);
const pattern = (at: number) => `(?i)\\b(foo${at}|bar[a-z0-9]{3,9}|${"x".repeat(400)})\\w+`;
const LARGEST = `policies:
  main:
    type: rules
    rules:
      - { name: words, tier: weak, match: { keywords: [${KEYWORDS}] } }
${many(990, (at) => `      - { name: r${at}, tier: weak, match: { regex: '${pattern(at)}' }, params: { temperature: 0.${at} } }\n`)}
    fallback: { tier: weak }
`;

describe("whatever its size, the file keeps no request waiting", () => {
  test.each<[what: string, code: string | undefined, yaml: string]>([
    ["the largest that is right: 990 regular expressions and 9,000 keywords in 0.7 MB", undefined, LARGEST],
    ["28,000 unknown keys", "config-invalid", many(28_000, (at) => `key${at}: 1\n`)],
    ["100,000 unknown keys", "config-too-large", many(100_000, (at) => `key${at}: 1\n`)],
    ["20,000 policies", "config-too-large", `policies:\n${many(20_000, (at) => ` p${at}: { type: fixed }\n`)}`],
    ["90,000 mistakes of YAML", "config-invalid", "]".repeat(90_000)],
    [
      "a list of 60,000 numbers, written out a hundred times by aliases",
      "config-invalid",
      `a: &a [${"1,".repeat(60_000)}]\nb: [${"*a,".repeat(99)}]\n`,
    ],
    ["10 MB", "config-too-large", "# much\n".repeat(1_500_000)],
  ])("%s", async (_what, code, yaml) => {
    await underLoad(async (load) => {
      await stalls();
      const ok = await reloads("ok");
      if (code === undefined) {
        write(yaml);
        await waitFor("it counts", async () => (await reloads("ok")) > ok, 60_000);
      } else {
        const [failed, told] = [await reloads("failed"), lines.length];
        write(yaml);
        await waitFor("it is refused", async () => (await reloads("failed")) > failed, 60_000);
        await waitFor(`${code} is said`, () => lines.slice(told).some((line) => line.includes(`"code":"${code}"`)), HEARD_MS);
      }
      const told = await stalls();
      expect(told.longestTurnMs, JSON.stringify({ ...told, longestAnswerMs: load.longestMs() })).toBeLessThan(MAX_TURN_MS);
      expect([...load.answers.keys()].filter((answer) => !["weak", "strong"].includes(answer))).toEqual([]);
    });
    await putBack();
  });

  test("and SIGTERM is heeded while one is read", async () => {
    write("]".repeat(90_000));
    const startedAt = performance.now();
    await waitFor("it has been found", async () => performance.now() - startedAt > 700);
    sluice.child.signal("SIGTERM");
    await waitFor("it ends", () => sluice.child.hasExited(), 5000);
    expect(sluice.child.exitCode()).toBe(0);
  });
});
