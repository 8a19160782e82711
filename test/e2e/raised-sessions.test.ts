// A session behind a bad answer, on a real Envoy that retries nothing: its next question goes up, and the one behind it where it would.
import { expect, it } from "vitest";
import { startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { startEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { type Script, startModelServer } from "../support/model-servers.ts";
import { withUsageFilter } from "../support/optional-lines.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const CONFIG = `listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }
active: main
policies: { main: { type: fixed, tier: weak } }
session: { upAfterBad: 1 }`;

it("a session's next question goes up after an answer that was refused or cut, and no other session's", async () => {
  const outcomes: Outcome[] = [];
  const onOutcome = (outcome: Outcome) => void outcomes.push(outcome);
  const app = await startApp({ config: parseConfig(CONFIG, "test"), log: createLogger({ level: "silent" }), onOutcome });
  stopAtEnd(() => app.close());
  const [weak, strong] = await Promise.all([startModelServer("weak"), startModelServer("strong")]);
  const envoy = await startEnvoy({ sluice: app.extProcAddress, weak: weak.address, strong: strong.address, edit: withUsageFilter });

  const ask = async (session: string, script: Script): Promise<Outcome> => {
    const metadata = { weak: script, strong: script };
    const response = await fetch(`${envoy.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-session-id": session },
      body: JSON.stringify({ stream: true, metadata, messages: [{ role: "user", content: "and now?" }] }),
    });
    await response.text();
    const id = response.headers.get("x-request-id");
    return await waitFor("the outcome", () => outcomes.find(({ requestId }) => requestId === id));
  };
  const tierOf = ({ decided }: Outcome) => [decided?.decision.tier, decided?.decision.reason];

  const good: Script = { words: ["Yes, ", "it is."] };
  for (const bad of [{ words: ["I cannot help with that. ", "Ask me."] }, { words: ["Yes, "], ends: "cut" }] satisfies Script[]) {
    expect(tierOf(await ask("one", bad))).toEqual(["weak", "fixed"]);
    expect(tierOf(await ask("other", good))).toEqual(["weak", "fixed"]);
    expect(tierOf(await ask("one", good))).toEqual(["strong", "raised"]);
    expect(tierOf(await ask("one", good))).toEqual(["weak", "fixed"]);
  }
  expect(await metric(`http://${app.adminAddress}`, "sluice_decisions_total", { reason: "raised" })).toBe(2);
});
