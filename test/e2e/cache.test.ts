// Kept answers through a real Envoy: who asks the same again gets the same bytes, from here; what is not whole, good and the tier's own is
// never given twice.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { type AnsweringServer, ENDINGS, startAnsweringServer } from "../support/answering-server.ts";
import { OLDEST_ENVOY, startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { withAnswersOnMainFilter, withUsageFilter } from "../support/optional-lines.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const OUTCOME_MS = 5_000;
const TENANT = { "x-team": "a" };

const WAYS = [
  [ENVOY_VERSION, "a filter that observes answers", withUsageFilter],
  [OLDEST_ENVOY, "answers on the main filter", withAnswersOnMainFilter],
] as const;

/** Outcomes come sooner. */
const soon = (edit: (yaml: string) => string) => (yaml: string) =>
  edit(yaml).replace("buffer_flush_interval: 0.25s", "buffer_flush_interval: 0.05s");

describe.each(WAYS)("on Envoy %s with %s", (version, _way, edit) => {
  const outcomes: Outcome[] = [];
  let app: App;
  let envoy: TestEnvoy;
  let weak: AnsweringServer;
  let questions = 0;

  beforeAll(async () => {
    const config = parseConfig(
      `listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }
cache: { tenant: x-team, waitMs: 1500 }
tiers:
  - { name: weak, price: { inputPerMTok: 1, outputPerMTok: 2 } }
  - { name: strong, price: { inputPerMTok: 10, outputPerMTok: 20 } }`,
      "test",
    );
    app = await startApp({ config, log: createLogger({ level: "silent" }), onOutcome: (outcome) => outcomes.push(outcome) });
    stopAtEnd(app.close);
    const [cheap, strong] = await Promise.all([startAnsweringServer("weak"), startAnsweringServer("strong")]);
    weak = cheap;
    envoy = await startEnvoy({ version, sluice: app.extProcAddress, weak: cheap.address, strong: strong.address, edit: soon(edit) });
  });

  /** Another one each time. */
  const question = (ending = "good") => `${ending} ${++questions}`;
  const post = (content: string, more: object = {}, headers: Readonly<Record<string, string>> = {}, path = "/v1/chat/completions") =>
    fetch(`${envoy.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...TENANT, ...headers },
      body: JSON.stringify({ messages: [{ role: "user", content }], ...more }),
    });
  /** Asks, and waits until it is known what became of it. */
  async function ask(...asked: Parameters<typeof post>) {
    const response = await post(...asked);
    const bytes = Buffer.from(await response.arrayBuffer());
    const id = response.headers.get("x-request-id");
    const outcome = await waitFor("the outcome", () => outcomes.findLast(({ requestId }) => requestId === id), OUTCOME_MS);
    return { response, text: bytes.toString(), outcome, isHit: response.headers.get("x-sluice-cache") === "hit" };
  }
  const counted = (series: string) => metric(`http://${app.adminAddress}`, series);

  it.each([
    ["/v1/chat/completions", {}],
    ["/v1/chat/completions", { stream: true, stream_options: { include_usage: true } }],
    ["/v1/messages", { max_tokens: 100 }],
    ["/v1/messages", { max_tokens: 100, stream: true }],
  ])("%s %j: asked again, the answer is the same bytes, of the same type, and costs nothing", async (path, more) => {
    const content = question();
    const first = await ask(content, more, {}, path);
    const asked = weak.bodies.length;
    const again = await ask(content, { ...more, metadata: { run: "2" } }, {}, path);
    expect(first.isHit).toBe(false);
    expect(again.isHit).toBe(true);
    expect(again.text).toBe(first.text);
    expect(again.response.status).toBe(200);
    expect(again.response.headers.get("content-type")?.split(";")[0]).toBe(first.response.headers.get("content-type")?.split(";")[0]);
    expect(Number(again.response.headers.get("age"))).toBeLessThan(OUTCOME_MS / 1000);
    expect(weak.bodies.length).toBe(asked);
    expect(first.outcome).toMatchObject({ kind: "joined", cost: { costUsd: 0.002 } });
    expect(again.outcome).toMatchObject({
      kind: "joined",
      served: { tier: undefined, status: 200 },
      cost: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
      decided: { decision: { tier: "weak", cached: { inputTokens: 1000, outputTokens: 500, savedUsd: 0.002 } } },
    });
  });

  it.each([false, true])("a long answer, streamed: %s, is the same bytes each time, also several times at once", async (stream) => {
    const content = question("long");
    const { text: first } = await ask(content, { stream });
    expect(first.length).toBeGreaterThan(200_000);
    const again = await Promise.all(Array.from({ length: 6 }, () => ask(content, { stream })));
    const last = await ask(content, { stream });
    expect([...again, last].map(({ isHit, text }) => isHit && text === first)).toEqual(Array(7).fill(true));
  });

  it("an answer that is not whole, not 200, with a cookie, at its limit, too large, or calls, is never given again", async () => {
    const ways = [
      ["/v1/chat/completions", {}],
      ["/v1/chat/completions", { stream: true }],
      ["/v1/messages", { max_tokens: 100, stream: true }],
    ] as const;
    const again = ENDINGS.flatMap((ending) =>
      ways.map(async ([path, more]) => {
        const content = question(ending);
        await ask(content, more, {}, path);
        const { isHit, outcome } = await ask(content, more, {}, path);
        return { ending, path, more, isHit, isCached: outcome.decided?.decision.cached !== undefined };
      }),
    );
    expect((await Promise.all(again)).filter(({ isHit, isCached }) => isHit || isCached)).toEqual([]);
    const whyNot = (result: string) => counted(`sluice_cache_answers_total{result="${result}"}`);
    const reasons = ["set-cookie", "status", "no-store", "error", "incomplete", "ending", "tools", "too-large"];
    const rare = async () => {
      const counts = await Promise.all(reasons.map(async (why) => [why, await whyNot(why)] as const));
      return counts.filter(([, count]) => count < 4);
    };
    await waitFor("each reason is counted", async () => (await rare()).length === 0, OUTCOME_MS).catch(() => undefined);
    expect(await rare()).toEqual([]);
  });

  it("another tenant, and one that names nobody, get answers of their own", async () => {
    const content = question();
    const mine = await ask(content);
    const theirs = await ask(content, {}, { "x-team": "b" });
    const nobodys = await ask(content, {}, { "x-team": "" });
    const again = await ask(content);
    expect([mine, theirs, nobodys, again].map(({ isHit }) => isHit)).toEqual([false, false, false, true]);
    expect(new Set([mine, theirs, nobodys].map(({ text }) => text)).size).toBe(3);
    expect(again.text).toBe(mine.text);
  });

  it("the client says so: no-store keeps nothing, no-cache asks anew, max-age takes what is young enough", async () => {
    const content = question();
    const control = (value: string) => ({ "cache-control": value });
    const said = [];
    for (const headers of [control("no-store"), {}, control("no-cache"), control("max-age=60"), {}])
      said.push(await ask(content, {}, headers));
    expect(said.map(({ isHit }) => isHit)).toEqual([false, false, false, true, true]);
    expect(said[3]?.text).toBe(said[2]?.text);
    expect(said[4]?.text).toBe(said[2]?.text);
  });

  it("a fallback's answer is not kept as the decided tier's", async () => {
    const content = question("fallback");
    const broken = await startEnvoy({ version, sluice: app.extProcAddress, weak: "127.0.0.1:1", strong: weak.address, edit: soon(edit) });
    const first = outcomes.length;
    const body = JSON.stringify({ messages: [{ role: "user", content }] });
    const headers = { "content-type": "application/json", ...TENANT };
    await (await fetch(`${broken.url}/v1/chat/completions`, { method: "POST", headers, body })).text();
    expect(await waitFor("the outcome", () => outcomes[first], OUTCOME_MS)).toMatchObject({ served: { tier: "strong", fellBack: true } });
    await broken.stop();
    expect((await ask(content)).isHit).toBe(false);
  });

  it("equal requests under way are one: the others get its answer", async () => {
    const [content, asked, before] = [question("late"), weak.bodies.length, outcomes.length];
    const all = await Promise.all(Array.from({ length: 20 }, async () => (await post(content)).text()));
    expect(new Set(all).size).toBe(1);
    expect(weak.bodies.length - asked).toBe(1);
    await waitFor("all outcomes", () => outcomes.length === before + 20, OUTCOME_MS);
    expect(outcomes.slice(before).filter(({ decided }) => decided?.decision.cached !== undefined)).toHaveLength(19);
    expect(await counted('sluice_cache_requests_total{result="joined"}')).toBe(19);
  });

  it("who waits for a stream waits for its first byte at most, then asks for itself", async () => {
    const [content, asked, before] = [question("slow"), weak.bodies.length, outcomes.length];
    const streamed = async () => {
      const begun = performance.now();
      const response = await post(content, { stream: true });
      const reader = response.body?.getReader();
      await reader?.read();
      const firstByteMs = performance.now() - begun;
      while (!(await reader?.read())?.done);
      return firstByteMs;
    };
    const [, second = 0] = await Promise.all([streamed(), streamed()]);
    expect(weak.bodies.length - asked).toBe(2);
    expect(second).toBeLessThan(700); // the first's whole answer takes over a second
    await waitFor("both outcomes", () => outcomes.length === before + 2, OUTCOME_MS);
  });

  it("the official clients read a kept stream as they read the first", async () => {
    const [openai, anthropic] = [
      new OpenAI({ baseURL: `${envoy.url}/v1`, apiKey: "none", maxRetries: 0, defaultHeaders: TENANT }),
      new Anthropic({ baseURL: envoy.url, apiKey: "none", maxRetries: 0, defaultHeaders: TENANT }),
    ];
    const [content, before] = [question(), outcomes.length];
    const messages = [{ role: "user" as const, content }];
    const ofOpenai = async () => {
      const stream = openai.chat.completions.stream({ model: "m", messages, stream_options: { include_usage: true } });
      return await stream.finalChatCompletion();
    };
    const ofAnthropic = async () => await anthropic.messages.stream({ model: "m", max_tokens: 10, messages }).finalMessage();
    const first = [await ofOpenai(), await ofAnthropic()];
    await waitFor("the outcomes", () => outcomes.length === before + 2, OUTCOME_MS);
    const again = [await ofOpenai(), await ofAnthropic()];
    await waitFor("the outcomes", () => outcomes.length === before + 4, OUTCOME_MS);
    expect(outcomes.slice(before).map(({ decided }) => decided?.decision.cached !== undefined)).toEqual([false, false, true, true]);
    expect(again).toEqual(first);
    expect(JSON.stringify(again[0])).toContain("한국어");
  });

  it("Envoy saw no failure in any of it", async () => {
    const problems = await envoy.stats("ext_proc.*(streams_failed|failure_mode_allowed|message_timeouts|spurious_msgs_received)$");
    expect([...problems.values()].filter((count) => count > 0)).toEqual([]);
    expect(await counted("sluice_streams_in_flight")).toBe(0);
  });
});
