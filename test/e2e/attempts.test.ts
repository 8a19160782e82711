// The tier that serves gets its own model: on the first attempt, and where Envoy falls back to the other tier.
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { startStandIn } from "../../src/setup/stack/stand-in-process.ts";
import { diagnose } from "../support/doctor.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { catchPrinted } from "../support/printed.ts";
import { ask, askChunked, bytesOf, chat, chatOfBytes, post, received } from "../support/requests.ts";
import { withTwoAttemptsEach } from "../support/several-servers.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const ATTEMPTS = "sluice_attempts_on_other_tier_total";
const NAMES = { weak: "qwen3:4b", strong: "glm-5" } as const;
type Tier = keyof typeof NAMES;
const other = (tier: Tier): Tier => (tier === "weak" ? "strong" : "weak");

/** Tiers with these models; undefined: none. */
function tiersOf(models: { readonly [tier in Tier]: string | undefined }): string {
  const tier = (name: Tier) => `{ name: ${name}${models[name] === undefined ? "" : `, model: "${models[name]}"`} }`;
  return `tiers: [${tier("weak")}, ${tier("strong")}]`;
}

/** What a server must get of a body that a client began with the model "auto". */
function withModel(body: string, model: string | undefined): string {
  return body.replace(/^\{"model":"auto",/, model === undefined ? "{" : `{"model":"${model}",`);
}

const SMALL = { weak: chat("hello", { model: "auto", top_p: 1.0 }), strong: chat("design it", { model: "auto", n: 1 }) };
const large = (bytes: number) => chatOfBytes(bytes).replace(/^\{"model":"glm-5",/, '{"model":"auto",');

const printed = catchPrinted();
async function findingsOf({ envoy, sluice }: TestStack): Promise<readonly string[]> {
  return (await diagnose(printed, "--envoy-admin", envoy.adminUrl, "--config", sluice.configFile)).ids;
}

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  describe.each<[string, number, { edit?: (yaml: string) => string }]>([
    ["asked once before the other", 2, {}],
    ["asked twice before the other", 3, { edit: withTwoAttemptsEach }],
  ])("tiers with different names, each %s", (_scheme, fallback, edited) => {
    let stack: TestStack;

    beforeAll(async () => {
      stack = await startStack({ envoy: { version, ...edited }, sluice: { config: tiersOf(NAMES) } });
    });

    it.each<[string, Tier, string]>([
      ["weak", "weak", SMALL.weak],
      ["strong", "strong", SMALL.strong],
      ["strong", "strong", large(64 << 10)],
      ["strong", "strong", large(12 << 20)],
    ])("when %s says 503, the other tier gets its own model, and else the body as it came", async (_name, tier, body) => {
      const first = await ask(stack.url, body);
      expect(first).toMatchObject({ servedBy: tier, attempts: 1 });
      expect(received(first)).toEqual(bytesOf(withModel(body, NAMES[tier])));
      for (const send of [ask, askChunked]) {
        const answer = await send(stack.url, body, { "x-stand-in-script": `${tier}=503` });
        expect(answer).toMatchObject({ tier, servedBy: other(tier), attempts: fallback });
        expect(answer.echo.model).toBe(NAMES[other(tier)]);
        expect(received(answer)).toEqual(bytesOf(withModel(body, NAMES[other(tier)])));
      }
    });

    it.each<[string, Tier, object]>([
      ["twice, and in another spelling", "weak", { text: '{"model":"a","\\u006dodel":"b","messages":[{"role":"user","content":"hi"}]}' }],
      ["nowhere", "weak", { text: '{"messages":[{"role":"user","content":"hi"}]}' }],
      ["last", "weak", { text: '{"messages":[{"role":"user","content":"hi"}], "model" : "x"}' }],
    ])("the client's own model stands %s: neither is left", async (_where, tier, { text }: { text?: string }) => {
      const { received: first } = await post(stack.url, "/v1/chat/completions", text ?? "");
      const { received: later } = await post(stack.url, "/v1/chat/completions", text ?? "", { "x-stand-in-script": `${tier}=429` });
      expect(JSON.parse(first).model).toBe(NAMES.weak);
      expect(later).toBe(first.replace(NAMES.weak, NAMES.strong));
    });

    it("a streamed answer of the other tier comes event by event", async () => {
      const response = await fetch(`${stack.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "x-stand-in-script": "weak=503,chunk-delay=60" },
        body: chat("hello", { model: "auto", stream: true }),
      });
      expect(response.headers.get("x-stand-in")).toBe("strong");
      const arrivals: number[] = [];
      for await (const piece of response.body ?? []) if (piece.length > 0) arrivals.push(performance.now());
      expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(10 * 60 * 0.7); // of more than ten events
    });

    it.each([
      ["is no JSON", "/v1/chat/completions", '{"model":"auto",', {}],
      ["is of another interface", "/v1/embeddings", '{"model":"auto","input":"x"}', {}],
      ["is compressed, as its headers say", "/v1/chat/completions", SMALL.strong, { "content-encoding": "br" }],
    ])("a body that %s falls back as it came", async (_what, path, body, headers) => {
      const answer = await post(stack.url, path, body, { ...headers, "x-stand-in-script": "strong=503" });
      expect(answer).toMatchObject({ tier: "strong", servedBy: "weak", received: body });
    });

    // Envoy 1.37 gives up retries for bodies over half its limit, unless the server fails before they are there.
    it.skipIf(version === OLDEST_ENVOY)("a body larger than sluice reads falls back as it came", async () => {
      const body = large(20 << 20);
      const answer = await ask(stack.url, body, { "x-stand-in-script": "strong=503" });
      expect(answer).toMatchObject({ servedBy: "weak", attempts: fallback });
      expect(received(answer)).toEqual(bytesOf(body));
    });

    it("the doctor finds nothing wrong with the models", async () => {
      const again = fallback === 2 ? [] : ["lone-server-asked-again", "lone-server-asked-again"]; // a tier is one stand-in
      expect(await findingsOf(stack)).toEqual(again);
    });

    it("sluice is asked for attempts on the other tier, and for no others", async () => {
      const total = () => metric(stack.sluice.adminUrl, ATTEMPTS);
      const started = async () =>
        [...(await stack.envoyStats("ext_proc.attempt.streams_started")).values()].reduce((sum, count) => sum + count, 0);
      const [before, startedBefore] = [await total(), await started()];
      await ask(stack.url, SMALL.weak);
      if (fallback > 2) {
        const again = await ask(stack.url, SMALL.weak, { "x-stand-in-script": "503,200" });
        expect(again).toMatchObject({ servedBy: "weak", attempts: 2 });
        expect(received(again)).toEqual(bytesOf(withModel(SMALL.weak, NAMES.weak)));
      }
      expect([await total(), await started()]).toEqual([before, startedBefore]);
      await ask(stack.url, SMALL.weak, { "x-stand-in-script": "weak=503" });
      expect([await total(), await started()]).toEqual([before + 1, startedBefore + 1]);
      expect(await metric(stack.sluice.adminUrl, ATTEMPTS, { tier: "strong", result: "edited" })).toBeGreaterThan(0);
    });

    it.each<Tier>(["weak", "strong"])("when %s refuses connections, the other gets its own model", async (tier) => {
      await stack.standIns[tier].stop();
      const answer = await ask(stack.url, SMALL[tier]);
      expect(answer).toMatchObject({ tier, servedBy: other(tier), attempts: fallback });
      expect(received(answer)).toEqual(bytesOf(withModel(SMALL[tier], NAMES[other(tier)])));
      const back = await startStandIn(tier, { port: Number(stack.standIns[tier].address.split(":")[1]) });
      stopAtEnd(back.stop);
      expect(await ask(stack.url, SMALL[tier])).toMatchObject({ servedBy: tier });
    });
  });

  it.each<[string, { readonly [tier in Tier]: string | undefined }, number]>([
    ["neither tier has a name", { weak: undefined, strong: undefined }, 0],
    ["both have the same", { weak: "m", strong: "m" }, 0],
    ["strong alone has one", { weak: undefined, strong: "glm-5" }, 2],
    ["weak alone has one", { weak: "qwen3:4b", strong: undefined }, 2],
  ])("%s: the tier that serves gets its own, or none", async (_name, models, edited) => {
    const stack = await startStack({ envoy: { version }, sluice: { config: tiersOf(models) } });
    for (const tier of ["weak", "strong"] as const) {
      const answer = await ask(stack.url, SMALL[tier], { "x-stand-in-script": `${tier}=503` });
      expect(answer).toMatchObject({ tier, servedBy: other(tier), attempts: 2 });
      expect(received(answer)).toEqual(bytesOf(withModel(SMALL[tier], models[other(tier)])));
    }
    expect(await metric(stack.sluice.adminUrl, ATTEMPTS, { result: "edited" })).toBe(edited);
    await stack.stop();
  });

  it("without the filter for each attempt, as under gateways, the other tier gets the name of the one decided", async () => {
    const edit = (yaml: string) => yaml.replaceAll(/ {8}http_filters:\n {8}- name: sluice_attempt\n(?: {8}.*\n)+/g, "");
    const stack = await startStack({ envoy: { version, edit }, sluice: { config: tiersOf(NAMES) } });
    const answer = await ask(stack.url, SMALL.weak, { "x-stand-in-script": "weak=503" });
    expect(answer).toMatchObject({ servedBy: "strong", attempts: 2 });
    expect(answer.echo.model).toBe(NAMES.weak);
    expect(await findingsOf(stack)).toEqual(["fallback-keeps-model", "fallback-keeps-model"]);
    await stack.stop();
  });

  it.each<[string, NodeJS.Signals]>([
    ["is killed between two attempts", "SIGKILL"],
    ["hangs", "SIGSTOP"],
  ])("when sluice %s, the other tier gets the body as it was decided", async (_what, signal) => {
    const stack = await startStack({ envoy: { version }, sluice: { config: tiersOf(NAMES) } });
    const asked = ask(stack.url, SMALL.weak, { "x-stand-in-script": "weak=503,delay=500" });
    await waitFor("it is decided", async () => (await metric(stack.sluice.adminUrl, "sluice_decisions_total")) === 1);
    stack.sluice.child.signal(signal);
    const answer = await asked;
    expect(answer).toMatchObject({ tier: "weak", servedBy: "strong", attempts: 2 });
    expect(received(answer)).toEqual(bytesOf(withModel(SMALL.weak, NAMES.weak)));
    stack.sluice.child.signal("SIGKILL");
    await stack.stop();
  });
});
