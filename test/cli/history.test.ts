// `sluice history`: what decided, over starts, reloads and the stages of a rollout, of one process and of several; as text and as JSON.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, expect, test } from "vitest";
import { startApp } from "../../src/app.ts";
import { tellAdmin } from "../../src/cli/admin-client.ts";
import { historyText } from "../../src/cli/history-text.ts";
import { loadWithFile } from "../../src/config/load.ts";
import type { History } from "../../src/outcome/history/history.ts";
import { readHistory } from "../../src/outcome/history/kept-history.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { waitFor } from "../support/wait-for.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-history-"));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configuration(name: string, { maxChars = 9, rollout = "", level = "warn" } = {}) {
  const [path, file] = [join(folder, `${name}.yaml`), join(folder, `${name}.json`)];
  const listen = 'listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }';
  const policies = `policies: { main: { type: length, maxChars: ${maxChars} }, next: { type: length, maxChars: 99 } }`;
  writeFileSync(
    path,
    `${listen}\nactive: main\n${policies}\nlog: { level: ${level} }\nhistory: { file: ${JSON.stringify(file)} }\n${rollout}`,
  );
  return { path, file };
}

async function started(path: string) {
  const app = await startApp({ ...(await loadWithFile(path)), log: createLogger({ level: "warn", destination: { write() {} } }) });
  ends.push(app.close);
  return { ...app, url: `http://${app.adminAddress}` };
}

const historyAt = async (url: string) => (await (await fetch(`${url}/v1/history`)).json()) as History;
const sluice = (...words: string[]) => spawnSync(process.execPath, [MAIN, "history", ...words], { encoding: "utf8" });
const rollout = (file: string) =>
  `rollout: { candidate: next, file: ${JSON.stringify(file)}, stages: [{ share: 0, hours: 1 }, { share: 0.5, hours: 1 }] }\n`;

test("names who decided since when over a reload, a rollout and a restart, and keeps the settings of each version", async () => {
  const { path, file } = configuration("one");
  const first = await started(path);
  configuration("one", { maxChars: 10, rollout: rollout(join(folder, "one.rollout")) });
  await first.reload();
  for (const action of ["promote", "rollback"]) await tellAdmin(first.url, { path: "/v1/rollout", body: { action }, token: undefined });
  const seen = await historyAt(first.url);
  expect(seen.entries).toMatchObject([
    { by: "start", active: expect.stringMatching(/^main@/) },
    { by: "reload", rollout: { share: 0, status: "running" } },
    { by: "rollout", rollout: { share: 0.5, status: "running" }, change: { action: "promote", because: "it was asked for" } },
    { by: "rollout", rollout: { share: 0, status: "rolled-back" }, change: { action: "rollback" } },
  ]);
  expect(seen.versions.map(({ settings }) => settings)).toMatchObject([{ maxChars: 9 }, { maxChars: 10 }, { maxChars: 99 }]);
  const blob = execFileSync("git", ["hash-object", "--no-filters", path], { encoding: "utf8" }).trim();
  expect(seen.entries[1]?.configuration).toBe(blob);
  ends.length = 0;
  await first.close();

  const second = await started(path);
  expect(await historyAt(second.url)).toEqual(seen);
  expect(await readHistory(file)).toEqual(seen);
});

test("is shown of a file whose sluice does not run, with the settings of a version that is asked for", async () => {
  const { path, file } = configuration("two");
  await (await started(path)).close();
  ends.length = 0;
  const policy = (JSON.parse(sluice("--file", file, "--json").stdout) as History).entries[0]?.active ?? "";
  expect(sluice("--file", file).stdout).toMatch(
    /^since +decides +settings +what made it so\n\S+ \S+Z +main@\w{8} +\w{8} +start, file \w{12}\n$/,
  );
  expect(JSON.parse(sluice(policy, "--file", file).stdout)).toMatchObject({ policy, settings: { type: "length", maxChars: 9 } });
  expect(sluice("main@v99", "--file", file)).toMatchObject({ status: 2, stderr: expect.stringContaining("error[policy-unknown]") });
  expect(sluice("--file", path)).toMatchObject({ status: 1, stderr: expect.stringContaining("error[data-unreadable]") });
  expect(sluice("--file", `${file}.gone`).stderr).toContain("error[data-unreadable]");
});

test("several processes have one history, in which what happens to all of them stands once", async () => {
  const { path, file } = configuration("many", { level: "info", rollout: rollout(join(folder, "many.rollout")) });
  const child = spawn(process.execPath, [MAIN, "serve", "--config", path, "--processes", "2", "--log-format", "json"]);
  const ended = new Promise((resolve) => child.on("close", resolve));
  ends.push(() => child.kill("SIGKILL"));
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => (told += part));
  await waitFor("it serves", () => told.includes('"serving"'), 30_000);
  const url = `http://${/"admin":"([^"]+)"/.exec(told)?.[1]}`;
  await tellAdmin(url, { path: "/v1/rollout", body: { action: "promote" }, token: undefined });
  const of = async () => (await historyAt(url)).entries.map(({ by, processes }) => ({ by, processes }));
  const both = [
    { by: "start", processes: [0, 1] },
    { by: "rollout", processes: [0, 1] },
  ];
  await waitFor("both have told", async () => JSON.stringify(await of()) === JSON.stringify(both));
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ entries: both });
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
}, 60_000);

test("says of each policy its part, and what made it so", () => {
  const at = "2026-11-29T18:00:00.000Z";
  const next = (share: number, status: string) => ({ candidate: "next@1", share, status });
  const because = { because: "harm is proven", guards: ["failed", "slow"] };
  const entries: History["entries"] = [
    { at, by: "start", active: "main@1" },
    { at, by: "reload", active: "main@1", rollout: next(0, "running"), configuration: "0123456789abcdef" },
    { at, by: "rollout", active: "main@1", rollout: next(0.1, "running"), change: { action: "promote", because: "so", guards: [] } },
    { at, by: "rollout", active: "main@1", rollout: next(0, "rolled-back"), change: { action: "rollback", ...because }, processes: [1, 2] },
  ];
  const versions = [{ policy: "main@1", settingsHash: "aaaaaaaa", asks: [], settings: {} }];
  expect(historyText({ entries, versions }).split("\n")).toEqual([
    "since                 decides                  settings  what made it so",
    "2026-11-29 18:00:00Z  main@1                   aaaaaaaa  start, the defaults",
    "2026-11-29 18:00:00Z  main@1                   aaaaaaaa  reload, file 0123456789ab",
    "                      next@1 in shadow",
    "2026-11-29 18:00:00Z  main@1 90 %              aaaaaaaa  rollout: promote, so",
    "                      next@1 10 %",
    "2026-11-29 18:00:00Z  main@1                   aaaaaaaa  rollout: rollback, harm is proven (failed, slow); process 1, 2",
    "                      next@1 0 %, rolled-back",
    "",
  ]);
  expect(historyText({ entries: [], versions: [] })).toContain("Nothing is known");
});
