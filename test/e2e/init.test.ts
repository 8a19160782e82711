// What `sluice init` writes for an Envoy is started as its own words say, and routes: the real Envoy with the written file, and sluice with
// the written configuration. Only the ports are others, so that nothing has to give way. test/gateways does it in Kubernetes.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startChild } from "../../src/setup/stack/child.ts";
import { envoyBin, OLDEST_ENVOY } from "../support/envoy.ts";
import { freePort } from "../support/free-port.ts";
import { edit, initInto, newFolder, runSluice } from "../support/init.ts";
import { ask, chat } from "../support/requests.ts";
import { SLUICE_MAIN } from "../support/sluice.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const HARD = "Design the architecture of a payment service.";
const certificate = (kind: string) => fileURLToPath(new URL(`../setup/stack/certificates/trusted.${kind}`, import.meta.url));

interface Running {
  readonly url: string;
  readonly adminUrl: string;
}

/** `env`: of Envoy. */
async function start(folder: string, options: { readonly env?: NodeJS.ProcessEnv; readonly version?: string } = {}): Promise<Running> {
  const [port, envoyAdmin, extProc, admin] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const [config, envoyFile] = [join(folder, "sluice.yaml"), join(folder, "envoy.yaml")];
  edit(config, [
    ["127.0.0.1:9002", `127.0.0.1:${extProc}`],
    ["127.0.0.1:9003", `127.0.0.1:${admin}`],
  ]);
  edit(envoyFile, [
    ["port_value: 10000", `port_value: ${port}`],
    ["port_value: 9901", `port_value: ${envoyAdmin}`],
    ["port_value: 9002", `port_value: ${extProc}`],
  ]);
  const sluice = startChild(process.execPath, [SLUICE_MAIN, "serve", "--config", config]);
  stopAtEnd(sluice.stop);
  const envoyArgs = ["-c", envoyFile, "--disable-hot-restart", "-l", "warn", "--concurrency", "2"];
  const envoy = startChild(await envoyBin(options.version), envoyArgs, { env: { ...process.env, ...options.env } });
  stopAtEnd(envoy.stop);
  const ready = async (url: string) => sluice.hasExited() || envoy.hasExited() || (await fetch(url)).ok;
  await waitFor("sluice is ready", () => ready(`http://127.0.0.1:${admin}/readyz`), 20_000);
  await waitFor("Envoy is ready", () => ready(`http://127.0.0.1:${envoyAdmin}/ready`), 30_000);
  if (sluice.hasExited() || envoy.hasExited()) throw new Error([...sluice.lastLines(), ...envoy.lastLines()].join("\n"));
  return { url: `http://127.0.0.1:${port}`, adminUrl: `http://127.0.0.1:${envoyAdmin}` };
}

const findings = async (adminUrl: string, folder: string) => {
  const args = ["doctor", "--json", "--envoy-admin", adminUrl, "--config", join(folder, "sluice.yaml")];
  return (JSON.parse((await runSluice(args)).stdout) as { readonly findings: readonly unknown[] }).findings;
};

/** A server with TLS that tells what reached it. */
function listenTls(): Promise<number> {
  const server = createServer({ key: readFileSync(certificate("key")), cert: readFileSync(certificate("crt")) }, (request, response) => {
    request.resume().on("end", () => {
      const { host, authorization } = request.headers;
      response.end(JSON.stringify({ host, authorization, path: request.url }));
    });
  });
  stopAtEnd(async () => void server.close());
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

describe.each([undefined, OLDEST_ENVOY])("for chats, on Envoy %s", (version) => {
  it("easy ones go to the first server and hard ones to the second, each in place of the other when it fails", async () => {
    const { weak, strong } = await startStandIns();
    const folder = newFolder();
    const servers = ["--weak", `http://${weak.address}`, "--strong", `http://${strong.address}`];
    const printed = await initInto(folder, [...servers, "--traffic", "chat", "--gateway", "envoy"]);
    expect(printed).toContain("no findings");
    expect(printed).toContain(`envoy -c ${join(folder, "envoy.yaml")}`);

    const { url, adminUrl } = await start(folder, version === undefined ? {} : { version });
    const easy = await ask(url, chat("hello", { model: "any" }));
    expect(easy).toMatchObject({ tier: "weak", servedBy: "weak", echo: { path: "/v1/chat/completions", headers: { host: weak.address } } });
    expect(easy.echo.keys).not.toContain("model");
    expect(await ask(url, chat(HARD))).toMatchObject({ tier: "strong", servedBy: "strong", attempts: 1 });
    expect(await ask(url, chat(HARD), { "x-stand-in-script": "strong=503" })).toMatchObject({
      tier: "strong",
      servedBy: "weak",
      attempts: 2,
    });
    const turns = Array.from({ length: 7 }, (_, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content: "hm" }));
    expect(await ask(url, JSON.stringify({ messages: turns }))).toMatchObject({ tier: "strong", servedBy: "strong" });
    expect(await findings(adminUrl, folder)).toEqual([]);
  });
});

it("for coding agents, what the user last said decides, and each server is asked for its own model", async () => {
  const { weak, strong } = await startStandIns();
  const folder = newFolder();
  const servers = ["--weak", `http://${weak.address}`, "--strong", `http://${strong.address}`];
  const models = ["--weak-model", "qwen3:4b", "--strong-model", 'glm "5"'];
  await initInto(folder, [...servers, ...models, "--traffic", "agents", "--gateway", "envoy"]);
  const { url, adminUrl } = await start(folder);

  const system = {
    role: "system",
    content: `You are an agent that can refactor, debug and analyze code. ${"Follow the rules. ".repeat(500)}`,
  };
  const steps = Array.from({ length: 30 }, (_, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content: `design step ${at}` }));
  const session = (last: string) => JSON.stringify({ model: "claude", messages: [system, ...steps, { role: "user", content: last }] });
  expect(await ask(url, session("Thanks, now rename it."))).toMatchObject({ tier: "weak", servedBy: "weak", echo: { model: "qwen3:4b" } });
  expect(await ask(url, session(HARD))).toMatchObject({ tier: "strong", servedBy: "strong", echo: { model: 'glm "5"' } });
  expect(await findings(adminUrl, folder)).toEqual([]);
});

describe("for a server with TLS and a path of its own", () => {
  it.each([undefined, OLDEST_ENVOY])(
    "requests reach it verified, at its path, with the key that Envoy %s was given for it",
    async (version) => {
      const [{ weak }, port] = [await startStandIns(), await listenTls()];
      const folder = newFolder();
      const servers = ["--weak", `http://${weak.address}`, "--strong", `https://localhost:${port}/api/v4`];
      await initInto(folder, [...servers, "--gateway", "envoy", "--yes"], { SSL_CERT_FILE: certificate("crt") });
      edit(join(folder, "envoy.yaml"), [
        [
          `            # request_headers_to_add:
            # - header: { key: authorization, value: "Bearer %ENVIRONMENT(STRONG_API_KEY)%" }
            #   append_action: OVERWRITE_IF_EXISTS_OR_ADD
`,
          `            request_headers_to_add:
            - header: { key: authorization, value: "Bearer %ENVIRONMENT(STRONG_API_KEY)%" }
              append_action: OVERWRITE_IF_EXISTS_OR_ADD
`,
        ],
      ]);
      const { url } = await start(folder, { env: { STRONG_API_KEY: "secret" }, ...(version === undefined ? {} : { version }) });
      const headers = { authorization: "Bearer mine" };
      const hard = await ask(url, chat(HARD), headers);
      expect(hard).toMatchObject({ tier: "strong", attempts: 1 });
      expect(hard.echo).toEqual({ host: `localhost:${port}`, authorization: "Bearer secret", path: "/api/v4/chat/completions" });
      const easy = await ask(url, chat("hello"), headers);
      expect(easy).toMatchObject({ tier: "weak", servedBy: "weak", echo: { headers: { authorization: "Bearer mine" } } });
    },
  );
});
