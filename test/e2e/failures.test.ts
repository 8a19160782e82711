// Without sluice, or without room in it, requests go on unrouted: none fails, none is changed, and none can choose its own tier.
import { once } from "node:events";
import { beforeAll, describe, expect, it } from "vitest";
import { load } from "../support/load.ts";
import { decisions, metric } from "../support/metrics.ts";
import { connectTo, postHead } from "../support/raw-http.ts";
import { ask, bytesOf, chat, chatOfBytes, received, routed, withoutFirstModel } from "../support/requests.ts";
import { startSluice, type TestSluice } from "../support/sluice.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { waitFor } from "../support/wait-for.ts";

const WEAK = chat("hello", { model: "glm-5" });
const LOAD = { requests: [{ body: WEAK, tier: "weak" }], count: 0, connections: 16 };
const FORGED = { "x-sluice-tier": "weak", "x-sluice-reason": "mine" };
const MESSAGE_TIMEOUT_MS = 2_000; // of envoy.yaml

/** A served request that nobody decided on. */
const UNROUTED = { tier: null, servedBy: "strong", reason: undefined };

describe("sluice gone", () => {
  let stack: TestStack;
  let sluice: TestSluice;
  const isRouted = async () => (await ask(stack.url, WEAK)).tier === "weak";

  beforeAll(async () => {
    stack = await startStack();
    sluice = stack.sluice;
  });

  it("killed and started again under load: every request is served, and routed as soon as it is back", async () => {
    let running = true;
    const loading = load({ ...LOAD, url: stack.url, during: () => running });
    await waitFor("load on sluice", async () => (await decisions(sluice.adminUrl, "under-thresholds")) > 500);
    sluice.child.signal("SIGKILL");
    await sluice.child.exited;
    await waitFor("a request goes unrouted", async () => (await ask(stack.url, WEAK)).tier === null);
    sluice = await startSluice({ extProc: sluice.extProc, admin: sluice.admin });
    await waitFor("requests are routed again", isRouted);
    await waitFor("load on the new sluice", async () => (await decisions(sluice.adminUrl, "under-thresholds")) > 500);
    running = false;
    const { wrong, sent } = await loading;
    expect([...wrong.keys()]).toEqual(["200 unrouted"]);
    expect(wrong.get("200 unrouted")).toBeLessThan(sent - 1000);
  });

  it("hanging: a request waits for the message timeout, not longer, and passes unchanged", async () => {
    sluice.child.signal("SIGSTOP");
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(stack.url, WEAK, FORGED)));
    const tookMs = performance.now() - startedAt;
    sluice.child.signal("SIGCONT");
    for (const answer of answers) {
      expect(routed(answer)).toEqual(UNROUTED);
      expect(received(answer)).toEqual(bytesOf(WEAK));
    }
    expect(tookMs).toBeGreaterThan(MESSAGE_TIMEOUT_MS * 0.9);
    expect(tookMs).toBeLessThan(MESSAGE_TIMEOUT_MS * 2);
    await waitFor("requests are routed again", isRouted);
    await waitFor("nothing is left of the hanging ones", async () => (await metric(sluice.adminUrl, "sluice_body_bytes_in_flight")) === 0);
  });

  it("down: requests of all sizes pass unchanged, forged headers do not", async () => {
    await sluice.stop();
    for (const body of [WEAK, chatOfBytes(5 << 20), "not JSON"]) {
      const answer = await ask(stack.url, body, FORGED);
      expect(routed(answer)).toEqual(UNROUTED);
      expect(received(answer)).toEqual(bytesOf(body));
      expect(Object.keys(answer.echo.headers).filter((name) => name.startsWith("x-sluice-"))).toEqual([]);
    }
  });
});

describe("the body budget", () => {
  const MAX_BODY_BYTES = 2 << 20;
  const BUDGET_BYTES = 4 << 20;
  let stack: TestStack;
  const held = () => metric(stack.sluice.adminUrl, "sluice_body_bytes_in_flight");

  beforeAll(async () => {
    stack = await startStack({ sluice: { config: `limits: { maxBodyBytes: ${MAX_BODY_BYTES}, bodyBudgetBytes: ${BUDGET_BYTES} }` } });
  });

  it("full: the next body passes unchanged to the default tier, and is routed when there is room again", async () => {
    const bodies = [2_000_000, 2_000_000];
    const sockets = await Promise.all(
      bodies.map(async (bytes) => {
        const socket = await connectTo(stack.url);
        socket.write(`${postHead([`content-length: ${bytes}`])}{`);
        return socket;
      }),
    );
    await waitFor("both are counted", async () => (await held()) === 4_000_000);
    const body = chatOfBytes(300_000);
    const full = await ask(stack.url, body);
    expect(routed(full)).toEqual({ tier: "strong", servedBy: "strong", reason: "over-budget" });
    expect(received(full)).toEqual(bytesOf(body));
    expect(await decisions(stack.sluice.adminUrl, "over-budget")).toBe(1);
    for (const socket of sockets) socket.destroy();
    await waitFor("the budget is free", async () => (await held()) === 0);
    expect(received(await ask(stack.url, body))).toEqual(bytesOf(withoutFirstModel(body)));
  });

  it("a small body still fits beside large ones that do not fill it", async () => {
    const socket = await connectTo(stack.url);
    socket.write(`${postHead(["content-length: 2000000"])}{`);
    await waitFor("it is counted", async () => (await held()) === 2_000_000);
    expect(await ask(stack.url, WEAK)).toMatchObject({ tier: "weak" });
    socket.destroy();
    await once(socket, "close");
    await waitFor("the budget is free", async () => (await held()) === 0);
  });

  it("filled several times over at once: each request is routed or passed unchanged, and none fails", async () => {
    const body = chatOfBytes(1_500_000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(stack.url, body)));
    const kinds = answers.map((answer) => ({ reason: answer.echo.headers["x-sluice-reason"], ...received(answer) }));
    const whole = { reason: "over-budget", ...bytesOf(body) };
    const cut = { reason: "chars", ...bytesOf(withoutFirstModel(body)) };
    for (const kind of kinds) expect([whole, cut]).toContainEqual(kind);
    expect(kinds).toContainEqual(whole);
    expect(kinds).toContainEqual(cut);
    await waitFor("the budget is free", async () => (await held()) === 0);
  });
});
