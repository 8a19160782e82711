// With `failure_mode_allow: false` no request passes undecided: while sluice ends, however it ends, each is routed or refused.
import { once } from "node:events";
import { beforeAll, describe, expect, it } from "vitest";
import { load } from "../support/load.ts";
import { decisions, metric } from "../support/metrics.ts";
import { connectTo, postHead } from "../support/raw-http.ts";
import { chat } from "../support/requests.ts";
import { startSluice, type TestSluice } from "../support/sluice.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { waitFor } from "../support/wait-for.ts";

const WEAK = chat("hello", { model: "glm-5" });
const REFUSED = "500 unrouted";
const GRACE_MS = 300;

let stack: TestStack;
let sluice: TestSluice;

beforeAll(async () => {
  const config = `shutdown: { graceMs: ${GRACE_MS} }`;
  stack = await startStack({
    sluice: { config },
    envoy: { edit: (yaml) => yaml.replace("failure_mode_allow: true", "failure_mode_allow: false") },
  });
  sluice = stack.sluice;
  return () => sluice.stop();
});

async function startAgain(): Promise<void> {
  sluice = await startSluice({ extProc: sluice.extProc, admin: sluice.admin, config: `shutdown: { graceMs: ${GRACE_MS} }` });
  await waitFor("requests are routed again", async () => (await outcome()) === "200 weak");
}

/** Of one request, as `load` writes it. */
async function outcome(): Promise<string> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${stack.url}/v1/chat/completions`, { method: "POST", headers, body: WEAK });
  await response.text();
  return `${response.status} ${response.headers.get("x-sluice-tier") ?? "unrouted"}`;
}

/** A request that never sends the end of its body, so that sluice waits for it. */
async function halfSent() {
  const socket = await connectTo(stack.url);
  let text = "";
  socket.setEncoding("latin1").on("data", (piece) => {
    text += piece;
  });
  socket.write(`${postHead([`content-length: ${WEAK.length}`, "connection: close"])}${WEAK.slice(0, -1)}`);
  socket.on("error", () => {}); // "close" follows
  const ended = once(socket, "close");
  return async () => {
    await ended;
    return text;
  };
}

describe.each([
  ["asked to end", ["SIGTERM"]],
  ["told twice", ["SIGTERM", "SIGTERM"]],
  ["killed", ["SIGKILL"]],
] as const)("sluice %s", (_how, signals) => {
  it("under load, three times: every request is routed or refused", async () => {
    for (let round = 0; round < 3; round++) {
      let running = true;
      const loading = load({ url: stack.url, requests: [{ body: WEAK, tier: "weak" }], count: 0, connections: 16, during: () => running });
      await waitFor("load on sluice", async () => (await decisions(sluice.adminUrl, "under-thresholds")) > 200);
      for (const signal of signals) sluice.child.signal(signal);
      await sluice.child.exited;
      await waitFor("requests are refused", async () => (await outcome()) === REFUSED);
      running = false;
      expect([...(await loading).wrong.keys()]).toEqual([REFUSED]);
      await startAgain();
    }
  });

  it("while it waits for a body: that request is refused, too", async () => {
    const answer = await halfSent();
    await waitFor("sluice has the request", async () => (await metric(sluice.adminUrl, "sluice_streams_in_flight")) === 1);
    for (const signal of signals) sluice.child.signal(signal);
    await sluice.child.exited;
    expect(await answer()).toMatch(/^HTTP\/1\.1 500 /);
    await startAgain();
  });
});
