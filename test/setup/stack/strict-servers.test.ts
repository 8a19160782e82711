// `sluice stack` before servers as real ones are: each knows one model by name, refuses a request without (400) or with another (404), and
// asks for its own API key (401), which nobody else gets to see.
import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Child, startChild } from "../../../src/setup/stack/child.ts";
import { ENVOY_VERSION } from "../../../src/setup/stack/envoy-releases.ts";
import { envoyBin, OLDEST_ENVOY } from "../../support/envoy.ts";
import { isTitle, printedAddresses } from "../../support/printed-stack.ts";
import { SLUICE_MAIN } from "../../support/sluice.ts";
import { stopAtEnd } from "../../support/teardown.ts";
import { waitFor } from "../../support/wait-for.ts";

const KEYS = { TEST_WEAK_KEY: "sk-weak-5b1f", TEST_STRONG_KEY: "sk-strong-93ac" };
const EASY = "hello";
const HARD = "Design the architecture of a payment service and analyze its failure modes.";

/** Gives its base URL. */
async function strictServer(model: string, key: string): Promise<string> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const asked = (JSON.parse(Buffer.concat(pieces).toString()) as { model?: string }).model;
      const status = request.headers.authorization !== `Bearer ${key}` ? 401 : asked === undefined ? 400 : asked === model ? 200 : 404;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ model, asked }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stopAtEnd(async () => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Running {
  readonly child: Child;
  readonly lines: readonly string[];
  readonly url: string;
  readonly envoyAdmin: string;
  readonly sluiceAdmin: string;
}

async function start(args: readonly string[], version?: string): Promise<Running> {
  const lines: string[] = [];
  const env = { ...process.env, ...KEYS, ENVOY_BIN: await envoyBin(version) };
  const child = startChild(process.execPath, [SLUICE_MAIN, "stack", "--port", "0", ...args], { env, onLine: (line) => lines.push(line) });
  stopAtEnd(child.stop);
  await waitFor("the stack is up", () => child.hasExited() || lines.some(isTitle), 30_000);
  return { child, lines, ...printedAddresses(lines) };
}

async function ask(url: string, content: string, model: string | undefined, key = "of-the-client") {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content }] }),
  });
  return { status: response.status, ...((await response.json()) as { model: string; asked?: string }) };
}

/** What belongs to others may be gone by the time it is looked at. */
function orNothing<T>(look: () => T, nothing: T): T {
  try {
    return look();
  } catch {
    return nothing;
  }
}

/** All that anybody on this machine could look into: output, command lines, files, and what the admin ports tell. */
async function everythingShown({ child, lines, envoyAdmin, sluiceAdmin }: Running): Promise<string> {
  const pages = [`${envoyAdmin}/config_dump?include_eds`, `${envoyAdmin}/server_info`, `${sluiceAdmin}/config`, `${sluiceAdmin}/live`];
  const texts = await Promise.all(pages.map(async (page) => (await fetch(page)).text()));
  const read = (path: string) => orNothing(() => readFileSync(path, "utf8"), "");
  const commandLines = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/stat`).split(") ")[1]?.split(" ")[1] === String(child.pid))
    .map((pid) => read(`/proc/${pid}/cmdline`));
  const files = readdirSync(tmpdir())
    .filter((name) => name.startsWith("sluice-envoy-"))
    .map((name) => join(tmpdir(), name))
    .flatMap((folder) => orNothing(() => readdirSync(folder), []).map((file) => read(join(folder, file))));
  expect([commandLines.length > 0, files.length > 0]).toEqual([true, true]);
  return [...lines, ...texts, ...commandLines, ...files].join("\n");
}

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("Envoy %s", (version) => {
  it("gives each server its model and its key, in place of the client's, and shows the keys nowhere", async () => {
    const [weak, strong] = [await strictServer("qwen3:4b", KEYS.TEST_WEAK_KEY), await strictServer("glm-5", KEYS.TEST_STRONG_KEY)];
    const servers = ["--weak", weak, "--weak-model", "qwen3:4b", "--weak-key-env", "TEST_WEAK_KEY"];
    const stack = await start([...servers, "--strong", strong, "--strong-model", "glm-5", "--strong-key-env", "TEST_STRONG_KEY"], version);
    expect(await ask(stack.url, EASY, "gpt-4o")).toEqual({ status: 200, model: "qwen3:4b", asked: "qwen3:4b" });
    expect(await ask(stack.url, HARD, undefined)).toEqual({ status: 200, model: "glm-5", asked: "glm-5" });
    const shown = await everythingShown(stack);
    expect(shown).toContain("%ENVIRONMENT(TEST_WEAK_KEY)%");
    for (const key of Object.values(KEYS)) expect(shown).not.toContain(key);
    await stack.child.stop();
  });
});

it("keeps the client's model for servers that were given none, says so, and still does when the configuration is read anew", async () => {
  const [weak, strong] = [await strictServer("small", KEYS.TEST_WEAK_KEY), await strictServer("large", KEYS.TEST_STRONG_KEY)];
  const config = join(mkdtempSync(join(tmpdir(), "sluice-test-")), "sluice.yaml");
  const text = "listen: { extProc: 127.0.0.1:0, admin: 127.0.0.1:0 }\ntiers: [{ name: weak }, { name: strong, model: large }]\n";
  writeFileSync(config, text);
  const stack = await start(["--weak", weak, "--strong", strong, "--strong-key-env", "TEST_STRONG_KEY", "--config", config]);
  const note = "tier weak keeps the client's own `model`, which its server must know; --weak-model NAME sets another";
  expect(stack.lines.filter((line) => line.includes("keeps the client's own"))).toEqual([note]);
  const isRight = async () => {
    expect(await ask(stack.url, EASY, "small", KEYS.TEST_WEAK_KEY)).toEqual({ status: 200, model: "small", asked: "small" });
    expect(await ask(stack.url, HARD, "small")).toEqual({ status: 200, model: "large", asked: "large" });
  };
  await isRight();
  writeFileSync(config, `${text}capturePrompts: true\n`);
  utimesSync(config, new Date(), new Date());
  const shown = async () => (await (await fetch(`${stack.sluiceAdmin}/config`)).json()) as { capturePrompts: boolean };
  await waitFor("the configuration is read anew", async () => (await shown()).capturePrompts);
  await isRight();
  await stack.child.stop();
});

describe("a key that cannot be used is refused before anything starts, without showing it", () => {
  it.each([
    ["the key itself in place of a name", ["--weak", "http://127.0.0.1:1", "--weak-key-env", "sk-1234.5678"], {}, "sk-1234"],
    ["a variable that is not set", ["--weak", "http://127.0.0.1:1", "--weak-key-env", "AKEYFORANAME"], {}, "AKEYFORANAME"],
    ["an empty one", ["--strong", "http://127.0.0.1:1", "--strong-key-env", "K"], { K: "" }, "\u0000"],
    ["a line end behind the key", ["--strong", "http://127.0.0.1:1", "--strong-key-env", "K"], { K: "sk-abcd\nx" }, "sk-abcd"],
    ["a key for a stand-in", ["--weak-key-env", "K"], { K: "sk-abcd" }, "sk-abcd"],
  ])("%s", async (_name, args, env, secret) => {
    const lines: string[] = [];
    const child = startChild(process.execPath, [SLUICE_MAIN, "stack", ...args], {
      env: { ...process.env, ...env },
      onLine: (line) => lines.push(line),
    });
    await child.exited;
    expect(child.exitCode()).toBe(2);
    expect(lines[0]).toMatch(/^error\[key-unusable\]: --(weak|strong)-key-env /);
    expect(lines.join("\n")).not.toContain(secret);
    expect(lines.length).toBe(2);
  });
});
