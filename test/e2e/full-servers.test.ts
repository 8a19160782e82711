// Servers that are full and say when to come again: who is asked how often, and how long a client waits. Behind tiers of one server, as
// shipped, and of several.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { startEnvoy as startConfigured } from "../../src/setup/stack/envoy-process.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { diagnose } from "../support/doctor.ts";
import { envoyBin, OLDEST_ENVOY, startEnvoy, testEnvoyConfig } from "../support/envoy.ts";
import { catchPrinted } from "../support/printed.ts";
import { chat } from "../support/requests.ts";
import { withServers, withTwoAttemptsEach } from "../support/several-servers.ts";
import { startSluice, type TestSluice } from "../support/sluice.ts";
import { stopAtEnd } from "../support/teardown.ts";

const RETRY_AFTER_S = 2;
const AT_ONCE_MS = 1_000; // half of that
const HONOURING = (yaml: string) =>
  yaml.replace(
    /^( *)retry_back_off: \{ base_interval: 0\.025s.*\n/m,
    (line, indent: string) => `${line}${indent}rate_limited_retry_back_off: { reset_headers: [{ name: retry-after, format: SECONDS }] }\n`,
  );

interface CountingServer {
  readonly address: string;
  asked: number;
  status: number;
}

const printed = catchPrinted();
let sluice: TestSluice;

beforeAll(async () => {
  sluice = await startSluice();
});

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  describe("tiers of one server", () => {
    it.each([429, 503])("a full one (%d) is asked once, and the other tier at once, whatever it says of later", async (status) => {
      const [weak, strong] = [await startServer(status), await startServer(200)];
      const envoy = await startEnvoy({ version, sluice: sluice.extProc, weak: weak.address, strong: strong.address });
      const answer = await send(envoy.url);
      expect(answer).toMatchObject({ status: 200, attempts: "2" });
      expect(answer.tookMs).toBeLessThan(AT_ONCE_MS);
      expect([weak.asked, strong.asked]).toEqual([1, 1]);
      await envoy.stop();
    });

    it("when both are full the client is told when to come again, and nobody was asked twice", async () => {
      const [weak, strong] = [await startServer(429), await startServer(429)];
      const envoy = await startEnvoy({ version, sluice: sluice.extProc, weak: weak.address, strong: strong.address });
      expect(await send(envoy.url)).toMatchObject({ status: 429, retryAfter: String(RETRY_AFTER_S), attempts: "2" });
      expect([weak.asked, strong.asked]).toEqual([1, 1]);
      await envoy.stop();
    });

    it("with rate_limited_retry_back_off the other tier, too, is asked only when the full one wants to be", async () => {
      const [weak, strong] = [await startServer(429), await startServer(200)];
      const envoy = await startEnvoy({ version, sluice: sluice.extProc, weak: weak.address, strong: strong.address, edit: HONOURING });
      const answer = await send(envoy.url);
      expect(answer).toMatchObject({ status: 200, attempts: "2" });
      expect(answer.tookMs).toBeGreaterThan(RETRY_AFTER_S * 1_000 * 0.9);
      await envoy.stop();
    });
  });

  describe("tiers of two servers, asked twice", () => {
    async function startTwoEach(weak: readonly CountingServer[], strong: readonly CountingServer[], edit = withTwoAttemptsEach) {
      const config = testEnvoyConfig({ version, sluice: sluice.extProc, weak: "127.0.0.1:1", strong: "127.0.0.1:1", edit });
      const servers = { weak: weak.map(({ address }) => address), strong: strong.map(({ address }) => address) };
      const envoy = await startConfigured({ bin: await envoyBin(version), config: withServers(config, servers), concurrency: 1 });
      stopAtEnd(envoy.stop);
      return envoy;
    }

    it("each server is asked once before the other tier is", async () => {
      const weak = [await startServer(429), await startServer(429)];
      const strong = [await startServer(200), await startServer(200)];
      const envoy = await startTwoEach(weak, strong);
      for (let sent = 0; sent < 5; sent++) expect(await send(envoy.url)).toMatchObject({ status: 200, attempts: "3" });
      expect(weak.map(({ asked }) => asked)).toEqual([5, 5]);
      expect(strong.reduce((sum, { asked }) => sum + asked, 0)).toBe(5);
      expect((await diagnose(printed, "--envoy-admin", envoy.adminUrl)).ids).toEqual([]);
      await envoy.stop();
    });

    it("one that is full costs an attempt, and the request stays in its tier", async () => {
      const weak = [await startServer(503), await startServer(200)];
      const strong = [await startServer(200), await startServer(200)];
      const envoy = await startTwoEach(weak, strong);
      for (let sent = 0; sent < 6; sent++) expect(await send(envoy.url)).toMatchObject({ status: 200 });
      expect(weak[1]?.asked).toBe(6);
      expect(strong.map(({ asked }) => asked)).toEqual([0, 0]);
      await envoy.stop();
    });

    it("an attempt for which there is no entry hides what the servers say", async () => {
      const [weak, strong] = [[await startServer(429)], [await startServer(429)]];
      const envoy = await startTwoEach(weak, strong, (yaml) => yaml.replace("num_retries: 1\n", "num_retries: 2\n"));
      expect(await send(envoy.url)).toMatchObject({ status: 503, attempts: "3", retryAfter: null });
      expect([weak[0]?.asked, strong[0]?.asked]).toEqual([1, 1]);
      const { ids } = await diagnose(printed, "--envoy-admin", envoy.adminUrl);
      expect(ids).toEqual(["retries-beyond-tiers", "retries-beyond-tiers"]);
      await envoy.stop();
    });
  });
});

async function send(url: string) {
  const startedAt = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", body: chat("hello") });
  await response.text();
  const { headers, status } = response;
  return {
    status,
    attempts: headers.get("x-envoy-attempt-count"),
    retryAfter: headers.get("retry-after"),
    tookMs: performance.now() - startedAt,
  };
}

async function startServer(status: number): Promise<CountingServer> {
  const server = createServer((request, response) => {
    started.asked++;
    request.resume().on("end", () => {
      response.writeHead(started.status, started.status === 200 ? {} : { "retry-after": String(RETRY_AFTER_S) });
      response.end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  const started: CountingServer = { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked: 0, status };
  return started;
}
