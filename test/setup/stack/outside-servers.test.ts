// Model servers at URLs behind a real Envoy: host, path and certificate per tier, also when a request falls back from one to the other.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Server } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../../src/setup/stack/envoy-releases.ts";
import { parseServerUrl } from "../../../src/setup/stack/server-url.ts";
import { OLDEST_ENVOY, startEnvoy } from "../../support/envoy.ts";
import { freePort } from "../../support/free-port.ts";
import { type Echo, startStandIns } from "../../support/stand-ins.ts";
import { stopAtEnd } from "../../support/teardown.ts";

/** Two self-signed certificates for localhost, made for these tests; Envoy is told to trust the first. */
const certificateFile = (name: string) => fileURLToPath(new URL(`certificates/${name}`, import.meta.url));

/** What a server saw of a request, and which server it was. */
interface Seen {
  readonly server: string;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
}

/** A server that tells what it saw; with `status`, one that refuses every request. */
function listen(name: string, options: { readonly certificate?: string; readonly status?: number }): Promise<number> {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on("end", () => {
      response.writeHead(options.status ?? 200, { "content-type": "application/json" });
      response.end(JSON.stringify({ server: name, host: request.headers.host, path: request.url, headers: request.headers, bytes }));
    });
  };
  const pem = (kind: string) => readFileSync(certificateFile(`${options.certificate}.${kind}`));
  const server: Server = options.certificate ? createHttpsServer({ key: pem("key"), cert: pem("crt") }, answer) : createHttpServer(answer);
  stopAtEnd(async () => void server.close());
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

async function envoyBefore(version: string, weak: string, strong: string) {
  const tier = (text: string) => {
    const url = parseServerUrl(text);
    if (url === undefined) throw new Error(`no URL: ${text}`);
    return { kind: "url", url } as const;
  };
  const sluice = `127.0.0.1:${await freePort()}`; // nobody: Envoy goes on without, to strong
  return startEnvoy({ version, sluice, weak: tier(weak), strong: tier(strong), caFile: certificateFile("trusted.crt") });
}

async function chat(url: string, path = "/v1/chat/completions"): Promise<{ status: number; attempts: string | null; seen: Seen }> {
  const response = await fetch(url + path, { method: "POST", body: '{"messages":[]}', headers: { authorization: "Bearer key" } });
  const text = await response.text();
  const seen = text.startsWith("{") ? (JSON.parse(text) as Seen) : { server: "none", host: "", path: "", headers: {}, bytes: 0 };
  return { status: response.status, attempts: response.headers.get("x-envoy-attempt-count"), seen };
}

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("Envoy %s", (version) => {
  it("speaks verified TLS to the server of a tier, with its name as Host and its base path in front", async () => {
    const port = await listen("strong", { certificate: "trusted" });
    const envoy = await envoyBefore(version, "http://127.0.0.1:1", `https://localhost:${port}/api/v1`);
    const { status, seen } = await chat(envoy.url, "/v1/chat/completions?stream=1");
    expect({ status, ...seen, headers: {} }).toEqual({
      status: 200,
      server: "strong",
      host: `localhost:${port}`,
      path: "/api/v1/chat/completions?stream=1",
      bytes: 15,
      headers: {},
    });
    expect(seen.headers["authorization"]).toBe("Bearer key");
    expect(Object.keys(seen.headers).filter((name) => /^x-(sluice|envoy|forwarded)/.test(name))).toEqual([]);
    await envoy.stop();
  });

  it("gives the other tier its own host and path when the first refuses", async () => {
    const strong = await listen("strong", { certificate: "trusted", status: 429 });
    const weak = await listen("weak", {});
    const envoy = await envoyBefore(version, `http://127.0.0.1:${weak}/llm`, `https://localhost:${strong}/api/v1`);
    const { status, attempts, seen } = await chat(envoy.url);
    expect({ status, attempts, server: seen.server, host: seen.host, path: seen.path }).toEqual({
      status: 200,
      attempts: "2",
      server: "weak",
      host: `127.0.0.1:${weak}`,
      path: "/llm/v1/chat/completions",
    });
    await envoy.stop();
  });

  it("falls back when the server of a tier is not there", async () => {
    const weak = await listen("weak", { certificate: "trusted" });
    const envoy = await envoyBefore(version, `https://localhost:${weak}`, `http://127.0.0.1:${await freePort()}`);
    const { status, seen } = await chat(envoy.url);
    expect({ status, server: seen.server, path: seen.path }).toEqual({ status: 200, server: "weak", path: "/v1/chat/completions" });
    await envoy.stop();
  });

  it("keeps a body of 15 MB byte for byte on the way from one server to the other, and passes events on as they come", async () => {
    const standIns = await startStandIns();
    const envoy = await envoyBefore(version, `http://${standIns.weak.address}`, `http://${standIns.strong.address}`);
    const ask = (script: string, echo: Record<string, string>, body: string) =>
      fetch(`${envoy.url}/v1/chat/completions`, { method: "POST", headers: { "x-stand-in-script": script, ...echo }, body });

    const body = "0123456789abcdef".repeat(15_000_000 / 16);
    const echo = (await (await ask("strong=503", { "x-stand-in-echo": "1" }, body)).json()) as Echo;
    const sha256 = createHash("sha256").update(body).digest("hex");
    expect({ tier: echo.stand_in, sha256: echo.sha256 }).toEqual({ tier: "weak", sha256 });

    const response = await ask("chunk-delay=30", {}, '{"stream":true}');
    let chunks = 0;
    for await (const _chunk of response.body ?? []) chunks++;
    expect(chunks).toBeGreaterThan(10);
    await envoy.stop();
  });

  it.each([
    ["a certificate of an unknown authority", "unknown", "localhost"],
    ["a certificate for another name", "trusted", "127.0.0.1"],
  ])("sends nothing to a server with %s", async (_name, certificate, host) => {
    const port = await listen("impostor", { certificate });
    const envoy = await envoyBefore(version, `http://127.0.0.1:${await freePort()}`, `https://${host}:${port}`);
    const { status, seen } = await chat(envoy.url);
    expect({ status, server: seen.server }).toEqual({ status: 503, server: "none" });
    await envoy.stop();
  });
});
