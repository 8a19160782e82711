// What one server keeps, through a real Envoy with the optional filter that shows sluice the answers: whatever refers to it goes to the
// tier it came from, though the policy says another; both servers refuse what the other one gave out.
import { beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY, startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { type KeepingServer, startKeepingServer } from "../support/keeping-server.ts";
import { metric } from "../support/metrics.ts";
import { withAnswersOnMainFilter, withUsageFilter } from "../support/optional-lines.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const WAYS = [
  [ENVOY_VERSION, "a filter that observes answers", withUsageFilter],
  [ENVOY_VERSION, "answers on the main filter", withAnswersOnMainFilter],
  [OLDEST_ENVOY, "a filter that observes answers", withUsageFilter],
] as const;

const CONFIG = `tiers: [{ name: weak }, { name: strong }]
active: main
policies:
  main: { type: rules, rules: [{ name: hard, tier: strong, match: { keywords: [design] } }], fallback: { tier: weak } }`;
/** What the policy sends where. */
const SAYS = { weak: "hello", strong: "design it" } as const;
const OTHER = { weak: "strong", strong: "weak" } as const;

interface Answer {
  readonly status: number;
  readonly requestId: string | null;
  readonly servedBy: string | null;
  readonly decided: string | null;
  readonly json: Readonly<Record<string, unknown>> & { readonly id: string };
}

describe.each(WAYS)("on Envoy %s with %s", (version, _way, edit) => {
  const outcomes: Outcome[] = [];
  let weak: KeepingServer;
  let strong: KeepingServer;
  let app: App;
  let envoy: TestEnvoy;

  const start = (extProc: string, more = "") =>
    startApp({
      config: parseConfig(`listen: { extProc: "${extProc}", admin: "127.0.0.1:0" }\n${CONFIG}\n${more}`, "test"),
      log: createLogger({ level: "silent" }),
      onOutcome: (outcome) => outcomes.push(outcome),
    });

  beforeAll(async () => {
    [weak, strong, app] = await Promise.all([startKeepingServer("weak"), startKeepingServer("strong"), start("127.0.0.1:0")]);
    stopAtEnd(() => app.close());
    envoy = await startEnvoy({ version, sluice: app.extProcAddress, weak: weak.address, strong: strong.address, edit });
  });

  async function ask(path: string, body?: object | string, method = body === undefined ? "GET" : "POST"): Promise<Answer> {
    const type = typeof body === "string" ? "multipart/form-data; boundary=x" : "application/json";
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const init = body === undefined ? { method } : { method, headers: { "content-type": type }, body: text };
    const response = await fetch(`${envoy.url}${path}`, init);
    const said = await response.text();
    const data = said.startsWith("event:") ? said.split("\n").findLast((line) => line.startsWith("data:")) : undefined;
    const json = data === undefined ? JSON.parse(said) : JSON.parse(data.slice("data: ".length)).response;
    const { status, headers } = response;
    const [requestId, servedBy, decided] = ["x-request-id", "x-served-by", "x-sluice-tier"].map((name) => headers.get(name));
    return { status, requestId: requestId ?? null, servedBy: servedBy ?? null, decided: decided ?? null, json };
  }

  const input = (text: string, ...items: object[]) => ({ input: [...items, { role: "user", content: text }] });
  const chat = (text: string, ...parts: object[]) => ({ messages: [{ role: "user", content: [{ type: "text", text }, ...parts] }] });

  describe.each(["weak", "strong"] as const)("what came from %s", (tier) => {
    const [own, other] = [SAYS[tier], SAYS[OTHER[tier]]];
    const good = { status: 200, servedBy: tier, decided: tier };

    it.each([[{}], [{ stream: true }]])("a response is followed up there, at once: %j", async (fields) => {
      const first = await ask("/v1/responses", { ...input(own), ...fields });
      expect(first).toMatchObject(good);
      const follow = { ...input(other), previous_response_id: first.json.id, ...fields };
      expect(await ask("/v1/responses", follow)).toMatchObject(good);
    });

    it("a response is read, cancelled and deleted there", async () => {
      const { json } = await ask("/v1/responses", input(own));
      expect(await ask(`/v1/responses/${json.id}`)).toMatchObject(good);
      expect(await ask(`/v1/responses/${json.id}/input_items?limit=1`)).toMatchObject(good);
      expect(await ask(`/v1/responses/${json.id}/cancel`, {})).toMatchObject(good);
      expect(await ask(`/v1/responses/${json.id}`, undefined, "DELETE")).toMatchObject(good);
    });

    it("encrypted reasoning goes back there", async () => {
      const { json } = await ask("/v1/responses", input(own));
      const [reasoning] = json["output"] as readonly object[];
      expect(await ask("/v1/responses", input(other, reasoning ?? {}))).toMatchObject(good);
    });

    it("signed thinking goes back there, and so does a container", async () => {
      const { json } = await ask("/v1/messages", { ...chat(own), max_tokens: 9 });
      const history = [...chat(own).messages, { role: "assistant", content: json["content"] }, ...chat(other).messages];
      expect(await ask("/v1/messages", { messages: history, max_tokens: 9 })).toMatchObject(good);
      const { id } = json["container"] as { readonly id: string };
      expect(await ask("/v1/messages", { ...chat(other), system: "s", container: id })).toMatchObject(good);
    });
  });

  it("what is uploaded goes to the default tier, and what refers to it follows, and is read there", async () => {
    const file = await ask("/v1/files", "--x\r\n\r\n--x--");
    expect(file).toMatchObject({ status: 200, servedBy: "strong" });
    const parts = chat("hello", { type: "file", file: { file_id: file.json.id } });
    expect(await ask("/v1/chat/completions", parts)).toMatchObject({ status: 200, servedBy: "strong" });
    expect(await ask(`/v1/files/${file.json.id}/content`)).toMatchObject({ status: 200, servedBy: "strong" });
    const conversation = await ask("/v1/conversations", { metadata: {} });
    expect(await ask("/v1/responses", { ...input("hello"), conversation: conversation.json.id })).toMatchObject({ status: 200 });
  });

  it("what another tier than the one decided gave out goes back to the one that served", async () => {
    weak.busy = true;
    const first = await ask("/v1/responses", input("hello"));
    expect(first).toMatchObject({ status: 200, servedBy: "strong", decided: "weak" });
    weak.busy = false;
    await waitFor("the access log", () => outcomes.some(({ served }) => served?.fellBack && served.tier === "strong"));
    expect(await ask("/v1/responses", { ...input("hello"), previous_response_id: first.json.id })).toMatchObject({ servedBy: "strong" });
  });

  it("header, metric and outcome say why, and which model answered", async () => {
    const first = await ask("/v1/responses", input("design it"));
    const followed = await ask("/v1/responses", { ...input("hello"), previous_response_id: first.json.id });
    const got = await ask(`/v1/responses/${first.json.id}`);
    const outcomeOf = ({ requestId }: Answer) => waitFor("the outcome", () => outcomes.find((outcome) => outcome.requestId === requestId));
    const outcome = await outcomeOf(followed);
    const decision = { tier: "strong", policy: "none", reason: "continued", detail: "response" };
    expect(outcome).toMatchObject({
      kind: "joined",
      isChat: true,
      model: "strong-2026",
      decided: { decision, measured: { continued: true } },
    });
    expect(outcome.cost).toMatchObject({ basis: "exact", inputTokens: 9, outputTokens: 5 });
    const read = await outcomeOf(got);
    expect(read).toMatchObject({
      kind: "joined",
      isChat: false,
      cost: undefined,
      decided: { decision: { tier: "strong", reason: "continued-path", detail: "response" } },
    });
    expect(await metric(`http://${app.adminAddress}`, "sluice_decisions_total", { reason: "continued" })).toBeGreaterThan(0);
  });

  it("what came from no tier that is known goes where it is configured; after a restart that is everything", async () => {
    const { json } = await ask("/v1/responses", input("hello"));
    const { extProcAddress } = app;
    await app.close();
    app = await start(extProcAddress, "continued: { unknown: strong }");
    await waitFor("decisions again", async () => (await ask("/v1/chat/completions", chat("hello"))).decided === "weak");
    expect(await ask("/v1/responses", { ...input("hello"), previous_response_id: json.id })).toMatchObject({
      status: 400,
      decided: "strong",
    });
    expect(await ask(`/v1/responses/${json.id}`)).toMatchObject({ status: 404, decided: "strong" });
    expect(await ask("/v1/chat/completions", chat("hello"))).toMatchObject({ status: 200, decided: "weak" });
  });
});
