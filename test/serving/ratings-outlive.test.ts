// The whole program in one process: what users said of answers is on the page again after a restart.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import { EXT_PROC_METHOD } from "../../src/envoy/wire/methods.ts";
import type { LiveView } from "../../src/outcome/live/view.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { decodeReply, encodeRequest, type Reply, requestBody, requestHeaders } from "../support/ext-proc-client.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const BODY = JSON.stringify({ messages: [{ role: "user", content: "What is a monad?" }] });

function decided(address: string, requestId: string): Promise<void> {
  const client = new Client(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  return new Promise<void>((resolve, reject) => {
    const call = client.makeBidiStreamRequest<object, Reply>(EXT_PROC_METHOD, encodeRequest, decodeReply);
    call.on("error", reject);
    call.on("data", ({ request_body }: Reply) => request_body !== undefined && call.end());
    call.on("end", resolve);
    call.write(requestHeaders({ "x-request-id": requestId }));
    call.write(requestBody(BODY));
  }).finally(() => client.close());
}

test("ratings of the last seven days outlive the process where `ratings.file` is named", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const started = async (ratings: string) => {
    const yaml = `listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }\n${ratings}`;
    const app = await startApp({ config: parseConfig(yaml, "test"), log: createLogger({ level: "silent" }) });
    ends.unshift(app.close);
    return app;
  };
  const stop = async (app: { close(): Promise<void> }) => {
    ends.shift();
    await app.close();
  };
  const ratingsOf = async (app: { adminAddress: string }) =>
    ((await (await fetch(`http://${app.adminAddress}/live`)).json()) as LiveView).ratings.tiers;
  const file = `ratings: { file: ${JSON.stringify(join(folder, "ratings.json"))} }\n`;

  const first = await started(file);
  await decided(first.extProcAddress, "r1");
  const body = JSON.stringify({ request_id: "r1", rating: 2 });
  const headers = { "content-type": "application/json" };
  expect((await fetch(`http://${first.adminAddress}/v1/feedback`, { method: "POST", headers, body })).status).toBe(200);
  await stop(first);

  const second = await started(file);
  expect(await ratingsOf(second)).toEqual([{ tier: "weak", ratings: 1, mean: 2, good: 0 }]);
  await stop(second);
  expect(await ratingsOf(await started(""))).toEqual([]);
});
