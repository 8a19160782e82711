// The whole program in one process: what starts, what reloads, and that nothing stays open when it cannot start or is closed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type App, startApp } from "../src/app.ts";
import { loadWithFile, parseConfig } from "../src/config/load.ts";
import { createLogger } from "../src/outcome/telemetry/log.ts";
import { freePort } from "./support/free-port.ts";
import { waitFor } from "./support/wait-for.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const listen = (extProc = "127.0.0.1:0", admin = "127.0.0.1:0") => `listen: { extProc: "${extProc}", admin: "${admin}" }\n`;
const quiet = () => createLogger({ level: "silent" });

async function start(yaml: string): Promise<App> {
  const app = await startApp({ config: parseConfig(yaml, "test"), log: quiet() });
  ends.push(app.close);
  return app;
}

/** Rejects when something listens on the address. */
function claim(address: string): Promise<void> {
  const [host, port] = address.split(":");
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen({ host: host ?? "", port: Number(port) }, () => server.close(() => resolve()));
  });
}

describe("starting and closing", () => {
  test("port 0 takes free ports, which are told, and the app is ready", async () => {
    const app = await start(listen());
    expect(app.extProcAddress).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
    expect((await fetch(`http://${app.adminAddress}/readyz`)).status).toBe(200);
  });

  test("what is to be done before it listens is done when nobody can connect yet", async () => {
    const port = await freePort();
    const outcome = '.on("error", () => process.exit(1)).on("connect", () => process.exit(0))';
    const connect = `require("node:net").connect(${port}, "127.0.0.1")${outcome}`;
    const connects = () => spawnSync(process.execPath, ["-e", connect]).status === 0;
    const seen: boolean[] = [];
    const config = parseConfig(listen(`127.0.0.1:${port}`), "test");
    const app = await startApp({ config, log: quiet(), onMade: () => void seen.push(connects()), onServing: () => seen.push(connects()) });
    ends.push(app.close);
    expect(seen).toEqual([false, true]);
  });

  test("a Unix socket is told as it was given", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    expect((await start(listen(`unix:${folder}/s.sock`))).extProcAddress).toBe(`unix:${folder}/s.sock`);
  });

  test("closing frees both ports", async () => {
    const app = await start(listen());
    await app.close();
    ends.length = 0;
    await claim(app.extProcAddress);
    await claim(app.adminAddress);
  });

  test("an ext_proc port in use is a listen error, and the admin port is not left open", async () => {
    const other = await start(listen());
    const admin = `127.0.0.1:${await freePort()}`;
    await expect(start(listen(other.extProcAddress, admin))).rejects.toMatchObject({ code: "listen-in-use" });
    await claim(admin);
  });
});

describe("reloading", () => {
  async function startFrom(yaml: string) {
    const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const configPath = join(folder, "sluice.yaml");
    const lines: string[] = [];
    const log = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } });
    writeFileSync(configPath, listen() + yaml);
    const app = await startApp({ ...(await loadWithFile(configPath)), log });
    ends.unshift(app.close);
    const effective = async () =>
      (await fetch(`http://${app.adminAddress}/config`)).json() as Promise<{ defaultTier: string; listen: object }>;
    return { app, effective, lines, write: (text: string) => writeFileSync(configPath, text) };
  }

  test("a changed file counts without being asked for", async () => {
    const { effective, write } = await startFrom("defaultTier: strong");
    write(`${listen()}defaultTier: weak`);
    await waitFor("the new default", async () => (await effective()).defaultTier === "weak");
  });

  test("a bad file keeps the old configuration and says what is wrong", async () => {
    const { app, effective, lines, write } = await startFrom("defaultTier: strong");
    write("defaultTier: [");
    await app.reload();
    expect((await effective()).defaultTier).toBe("strong");
    expect(lines.find((line) => line.includes('"level":"error"'))).toContain("the old one stays in force");
  });

  test("a bad file is told with code, place and hint, without a stack, until a good one is read", async () => {
    const { app, lines, write } = await startFrom("");
    const told = async () => {
      const ask = (path: string) => fetch(`http://${app.adminAddress}/${path}`);
      const [ready, live, metrics] = [await ask("readyz"), await ask("live"), await ask("metrics")];
      const { notReloaded } = (await live.json()) as { notReloaded: object | null };
      const gauge = /^sluice_config_last_reload_successful (\d)$/m.exec(await metrics.text())?.[1];
      return { status: ready.status, ready: await ready.text(), notReloaded, gauge };
    };
    const fine = { status: 200, ready: "ready\n", notReloaded: null, gauge: "1" };
    expect(await told()).toEqual(fine);
    write(`${listen()}defaultTier: none\nactiv: main\n`);
    await app.reload();
    expect(await told()).toMatchObject({
      status: 200,
      ready: expect.stringMatching(/^ready; configuration of \d\d:\d\d:\d\d not reloaded: \S+sluice\.yaml:\d+:\d+: .+\n$/),
      notReloaded: { code: "config-invalid", message: expect.stringContaining("sluice.yaml"), hint: expect.stringMatching(/^Correct/) },
      gauge: "0",
    });
    const line = JSON.parse(lines.find((each) => each.includes('"level":"error"')) ?? "{}") as object;
    expect(line).toMatchObject({ code: "config-invalid", error: expect.stringContaining("sluice.yaml:"), hint: expect.any(String) });
    expect(JSON.stringify(line)).not.toMatch(/stack|problems\.ts/);
    write(`${listen()}defaultTier: weak\n`);
    await app.reload();
    expect(await told()).toEqual(fine);
  });

  test("what is read at the start only, such as an address, is said to count at the next one, and nothing else is", async () => {
    const { app, lines, write } = await startFrom("");
    write(`${listen("127.0.0.1:1")}outcomes: { maxWaitMs: 5000 }\nshutdown: { graceMs: 1 }\n`);
    await app.reload();
    const told = lines.filter((line) => line.includes("takes effect at the next start only"));
    expect(told.map((line) => (JSON.parse(line) as { key: string }).key)).toEqual(["listen.extProc", "outcomes.maxWaitMs"]);
    expect((await fetch(`http://${app.adminAddress}/readyz`)).status).toBe(200);
  });
});
