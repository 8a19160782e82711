// A session through a real Envoy, before two servers that refuse results of tools that they did not ask for: none is refused where sessions
// are protected, though the policy changes its mind with every request; without protection they are.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { startEnvoy } from "../support/envoy.ts";
import { stopAtEnd } from "../support/teardown.ts";

const RULES =
  "policies: { main: { type: rules, headers: [x-want], rules: [{ name: up, tier: strong, match: { headers: { x-want: strong } } }], " +
  "fallback: { tier: weak } } }";

/** Answers with a call, whose result no other server may bring. */
async function startCallingServer(name: string): Promise<string> {
  let calls = 0;
  const server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      const asked = [...bytes.toString().matchAll(/"tool_call_id":"(\w+?)_\d+"/g)].at(-1)?.[1];
      const isForeign = asked !== undefined && asked !== name && bytes.toString().includes('"pending":"yes"');
      const call = { id: `${name}_${++calls}`, type: "function", function: { name: "run", arguments: "{}" } };
      response.writeHead(isForeign ? 400 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify({ object: "chat.completion", choices: [{ message: { role: "assistant", tool_calls: [call] } }] }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Said {
  readonly choices: readonly { readonly message: { readonly tool_calls: readonly { readonly id: string }[] } }[];
}

describe("a session of four questions with three calls each", () => {
  it.each([
    ["protected by itself: nothing is refused, and both tiers serve", "", 0],
    ["not protected: results of tools are refused", "session: { protect: off }", 8],
  ])("%s", async (_, more, refused) => {
    const [weak, strong] = await Promise.all([startCallingServer("weak"), startCallingServer("strong")]);
    const config = parseConfig(`listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }\n${RULES}\n${more}`, "test");
    const app = await startApp({ config, log: createLogger({ level: "silent" }) });
    stopAtEnd(() => app.close());
    const envoy = await startEnvoy({ sluice: app.extProcAddress, weak, strong });
    const messages: object[] = [];
    const statuses: number[] = [];
    const tiers: string[] = [];
    for (let at = 0; at < 16; at++) {
      const isQuestion = at % 4 === 0;
      if (isQuestion) messages.push({ role: "user", content: "go on" });
      const want = Math.floor(at / 4) % 2 === (isQuestion || at % 4 === 3 ? 0 : 1) ? "strong" : "weak";
      const response = await fetch(`${envoy.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-session-id": "s", "x-want": want },
        body: JSON.stringify({ messages, metadata: { pending: isQuestion ? "no" : "yes" } }),
      });
      const said = (await response.json()) as Said;
      statuses.push(response.status);
      tiers.push(response.headers.get("x-sluice-tier") ?? "");
      const [call] = said.choices[0]?.message.tool_calls ?? [];
      if (at % 4 === 3) messages.push({ role: "assistant", content: "done" });
      else messages.push({ role: "assistant", tool_calls: [call] }, { role: "tool", tool_call_id: call?.id, content: "done" });
    }
    expect(new Set(tiers)).toEqual(new Set(["weak", "strong"]));
    expect(statuses.filter((status) => status === 400)).toHaveLength(refused);
  });
});
