// envoy/envoy.yaml and its adaptations on real Envoys, without sluice: what Envoy does by itself.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../../src/setup/stack/envoy-releases.ts";
import { parseServerUrl } from "../../../src/setup/stack/server-url.ts";
import { envoyBin, OLDEST_ENVOY, startEnvoy, type TestEnvoy, testEnvoyConfig } from "../../support/envoy.ts";
import { freePort } from "../../support/free-port.ts";
import { type Echo, startStandIns } from "../../support/stand-ins.ts";
import { stopAtEnd } from "../../support/teardown.ts";

const run = promisify(execFile);
const YAML = fileURLToPath(new URL("../../../envoy/envoy.yaml", import.meta.url));

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("Envoy %s", (version) => {
  let envoy: TestEnvoy;
  const ask = (headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer> = "{}") =>
    fetch(`${envoy.url}/v1/chat/completions`, { method: "POST", headers: { "x-stand-in-echo": "1", ...headers }, body });

  beforeAll(async () => {
    const [standIns, port] = await Promise.all([startStandIns(), freePort()]);
    const addresses = { weak: standIns.weak.address, strong: standIns.strong.address };
    envoy = await startEnvoy({ version, sluice: `127.0.0.1:${port}`, ...addresses });
  });

  it("accepts envoy.yaml as it stands", async () => {
    const { stderr } = await run(await envoyBin(version), ["--mode", "validate", "-c", YAML]);
    expect(stderr).not.toContain("deprecated");
  });

  it("accepts the configuration for servers at URLs, names and addresses, with and without TLS, and a Unix socket", async () => {
    const server = (text: string) => {
      const url = parseServerUrl(text);
      if (url === undefined) throw new Error(text);
      return { kind: "url", url } as const;
    };
    const config = testEnvoyConfig({
      sluice: "unix:/tmp/sluice.sock",
      weak: server("http://[::1]:11434"),
      strong: server("https://models.example/api/v1"),
    });
    const file = join(mkdtempSync(join(tmpdir(), "sluice-test-")), "envoy.json");
    writeFileSync(file, JSON.stringify(config));
    await run(await envoyBin(version), ["--mode", "validate", "-c", file]);
  });

  it("removes every x-sluice-* header a client sends and does not let it choose the tier, without sluice too", async () => {
    const response = await ask({ "x-sluice-tier": "weak", "X-Sluice-Reason": "mine", "x-sluice-anything": "1" });
    const echo = (await response.json()) as Echo;
    expect(echo.stand_in).toBe("strong");
    expect(Object.keys(echo.headers).filter((name) => name.startsWith("x-sluice-"))).toEqual([]);
    expect(response.headers.has("x-sluice-tier")).toBe(false);
  });

  it.each([
    ["503 once: the other tier", "503,200", "weak", 2],
    ["429 once: the other tier", "429,200", "weak", 2],
    ["a dropped connection: the other tier", "reset,200", "weak", 2],
    ["strong always 503: weak", "strong=503", "weak", 2],
    ["strong always 429: weak", "strong=429", "weak", 2],
    ["strong always drops: weak", "strong=reset", "weak", 2],
  ])("retries %s", async (_name, script, servedBy, attempts) => {
    const response = await ask({ "x-stand-in-script": script });
    expect(response.headers.get("x-envoy-attempt-count")).toBe(String(attempts));
    expect(response.headers.get("x-stand-in")).toBe(servedBy);
  });

  it("keeps a body of 15 MB byte for byte through two attempts", async () => {
    const body = Buffer.alloc(15_000_000, "0123456789abcdef");
    const response = await ask({ "x-stand-in-script": "strong=503" }, body);
    const echo = (await response.json()) as Echo;
    expect({ sha256: echo.sha256, bytes: echo.bytes, attempt: echo.attempt }).toEqual({
      sha256: createHash("sha256").update(body).digest("hex"),
      bytes: body.length,
      attempt: 2,
    });
  });

  it("lets no server claim a tier that was not decided", async () => {
    const server = createServer((_request, response) => response.writeHead(200, { "x-sluice-tier": "mine" }).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stopAtEnd(async () => void server.close());
    const claiming = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const other = await startEnvoy({ version, sluice: `127.0.0.1:${await freePort()}`, weak: claiming, strong: claiming });
    const response = await fetch(other.url);
    expect([response.status, response.headers.get("x-sluice-tier")]).toEqual([200, null]);
    await other.stop();
  });

  it("does not retry what a server refuses for good", async () => {
    const response = await ask({ "x-stand-in-script": "400,200" });
    expect(response.status).toBe(400);
    expect(response.headers.get("x-envoy-attempt-count")).toBe("1");
  });
});
