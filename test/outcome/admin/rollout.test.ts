// The rollout over the admin port and the command line: who may speak to it, and what is said.
import { afterEach, describe, expect, test } from "vitest";
import { tellAdmin } from "../../../src/cli/admin-client.ts";
import { rolloutText } from "../../../src/cli/rollout-text.ts";
import { type AdminServer, startAdmin } from "../../../src/outcome/admin/server.ts";
import type { LiveView } from "../../../src/outcome/live/view.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";
import { ROLLOUT_STATUS as STATUS } from "../rollout/sample-status.ts";

const running: AdminServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function start(token?: string): Promise<{ readonly url: string; readonly done: string[] }> {
  const done: string[] = [];
  const server = await startAdmin({
    listen: { admin: "127.0.0.1:0", adminHosts: [] },
    env: token === undefined ? {} : { SLUICE_ADMIN_TOKEN: token },
    metrics: createMetrics(),
    ready: () => true,
    notReloaded: () => undefined,
    config: () => ({}),
    live: () => ({}) as LiveView,
    feedback: () => ({ kind: "unknown" }),
    rollout: {
      statuses: () => [STATUS],
      act(action) {
        if (action === "start") return { kind: "refused", why: "it is running" };
        done.push(action);
        return { kind: "done" };
      },
    },
  });
  running.push(server);
  return { url: `http://${server.address}`, done };
}

const told = (action: string, token?: string) => ({ path: "/v1/rollout", body: { action }, token });

describe("/v1/rollout", () => {
  test("says how the rollout stands, and does what it is told", async () => {
    const { url, done } = await start();
    expect(await (await fetch(`${url}/v1/rollout`)).json()).toEqual({ rollout: [STATUS] });
    expect(await tellAdmin(url, told("rollback"))).toEqual({ rollout: [STATUS] });
    expect(done).toEqual(["rollback"]);
  });

  test.each([
    ["what cannot be done now", told("start"), "start: it is running"],
    ["what nobody knows", told("explode"), 'the body must be {"action": …}: one of start, promote, hold, rollback'],
  ])("refuses %s", async (_, what, said) => {
    const { url } = await start();
    await expect(tellAdmin(url, what)).rejects.toThrow(said);
  });

  test("asks for the token where one is given, for what changes something alone", async () => {
    const { url, done } = await start("secret");
    expect((await fetch(`${url}/v1/rollout`)).status).toBe(200);
    await expect(tellAdmin(url, told("hold"))).rejects.toThrow("authorization must be");
    await expect(tellAdmin(url, told("hold", "guess"))).rejects.toThrow("not the one");
    await tellAdmin(url, told("hold", "secret"));
    expect(done).toEqual(["hold"]);
  });

  test("takes nothing from a page of another origin, nor what a form can send", async () => {
    const { url, done } = await start();
    const post = (headers: Readonly<Record<string, string>>) =>
      fetch(`${url}/v1/rollout`, { method: "POST", headers, body: '{"action":"hold"}' });
    expect((await post({ "content-type": "application/json", origin: "http://evil.example" })).status).toBe(403);
    expect((await post({ "content-type": "text/plain" })).status).toBe(415);
    expect(done).toEqual([]);
  });
});

describe("sluice rollout status", () => {
  test("says where it stands, why it stays, and what is still needed", () => {
    expect(rolloutText([STATUS])).toBe(
      [
        "next: next@12345678 against main@v7",
        "running, stage 2 of 2: 10 % of the units get the candidate",
        "last change: promote, 2026-11-29 18:00:00Z: the shadow's time is over",
        "it stays, since the stage's least time is not over; its stage: 2026-11-29 18:00:00Z to 2026-12-01 18:00:00Z at least",
        "requests: 900 stable, 100 candidate; units: 90 and 10",
        "",
        "guard   stable  candidate  harm  excluded",
        "failed  1 %     2 %        25 %  0 %       open",
        "split: fine",
        "about 3448 more requests of the candidate are needed",
        "",
      ].join("\n"),
    );
  });

  test("says so where nothing is rolled out, and tells processes apart", () => {
    expect(rolloutText([])).toContain("Nothing is rolled out");
    expect(rolloutText([STATUS, STATUS])).toContain("process 1\nnext:");
  });
});
