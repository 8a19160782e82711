// A cascade through a real Envoy: a bad answer is thrown away on its way, and its client sees the next tier's alone.
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { withCascade } from "../../src/setup/stack/optional-lines.ts";
import {
  askOf,
  CASCADE_POLICY,
  GOOD,
  inTheMiddle,
  LONG,
  LOST,
  REFUSED,
  type Scripts,
  streamed,
  WHOLE,
  withThreeSteps,
} from "../support/cascade.ts";
import { diagnose } from "../support/doctor.ts";
import { OLDEST_ENVOY, startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { jsonOf, type ModelServer, type Script, startModelServer } from "../support/model-servers.ts";
import { catchPrinted } from "../support/printed.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const HOLD_MS = 300; // of CASCADE_POLICY
const SLACK_MS = 1000; // of a busy machine; Envoy waits up to 25 ms before it asks again
const CONFIG = (extProc = "127.0.0.1:0") => `listen: { extProc: "${extProc}", admin: "127.0.0.1:0" }
${CASCADE_POLICY}`;

const printed = catchPrinted();

/** Not so short that a busy machine has it over before an answer is read. */
const LONG_HOLD_MS = 10_000;

const startSluice = (onOutcome: (outcome: Outcome) => void, extProc?: string, holdMs = HOLD_MS) =>
  startApp({
    onOutcome,
    config: parseConfig(CONFIG(extProc).replace(`ms: ${HOLD_MS}`, `ms: ${holdMs}`), "test"),
    log: createLogger({ level: "silent" }),
  });

const hash = (text: string) => createHash("sha256").update(text).digest("hex");

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  const outcomes: Outcome[] = [];
  let app: App;
  let envoy: TestEnvoy;
  let weak: ModelServer;
  let strong: ModelServer;

  beforeAll(async () => {
    app = await startSluice((outcome) => outcomes.push(outcome));
    stopAtEnd(() => app.close());
    [weak, strong] = await Promise.all([startModelServer("weak"), startModelServer("strong")]);
    envoy = await startEnvoy({ version, sluice: app.extProcAddress, weak: weak.address, strong: strong.address, edit: withCascade });
    await ask({ weak: REFUSED, strong: GOOD }); // opens connections and compiles what the others are timed by
  });

  const ask = (scripts: Scripts, options?: Parameters<typeof askOf>[2]) => askOf(envoy.url, scripts, options);
  const judged = async () => [...(await envoy.stats("ext_proc.judge.streams_started")).values()].reduce((sum, streams) => sum + streams, 0);

  it.each<[string, Script]>([
    ["is refused", { words: [...(REFUSED.words ?? []), ...(LONG.words ?? [])], everyMs: 20 }],
    ["is cut", { words: ["one "], ends: "cut" }],
    ["is a call of a tool against its schema", { call: '{"city":7}', finish: "tool_calls" }],
    ["ran out of tokens", { words: ["one "], finish: "length" }],
  ])(
    "a streamed weak answer that %s: the client sees strong's stream alone, within the hold and strong's own time",
    async (_what, script) => {
      const strongMs = 100;
      const got = await ask({ weak: script, strong: { ...GOOD, firstMs: strongMs } });
      expect(got).toMatchObject({ status: 200, attempts: "2", text: streamed("strong", got.id, GOOD) });
      expect(got.firstMs).toBeLessThan(HOLD_MS + strongMs + SLACK_MS);
    },
  );

  it("a bad stream is ended at its server as soon as it is judged", async () => {
    const { id } = await ask({ weak: { ...LONG, everyMs: 5, words: ["I cannot help with that. ", ...(LONG.words ?? [])] }, strong: GOOD });
    await waitFor("weak's answer is ended", () => weak.left.get(id) === 1);
  });

  it("a good stream is whole, its first byte later by the hold at most, and the rest comes as it comes", async () => {
    const good = { words: LONG.words?.slice(0, 50) ?? [] }; // lasts longer than the hold and the slack together
    const got = await ask({ weak: { ...good, everyMs: 40 }, strong: GOOD });
    expect(got).toMatchObject({ status: 200, attempts: "1", text: streamed("weak", got.id, good) });
    expect(got.firstMs).toBeLessThan(HOLD_MS + SLACK_MS);
    expect(got.wholeMs - got.firstMs).toBeGreaterThan(40); // more than one event came behind
  });

  it("a stream that pauses is held no longer than it may", async () => {
    const slow: Script = { words: ["one "], everyMs: 1.5 * HOLD_MS, ends: "cut" };
    const got = await ask({ weak: slow, strong: GOOD });
    expect(got.text).toBe(streamed("weak", got.id, slow));
    expect(got.wholeMs - got.firstMs).toBeGreaterThan(HOLD_MS / 4);
  });

  it.each([true, false])("a long answer is let through byte for byte, streamed %s", async (stream) => {
    const got = await ask({ weak: LONG, strong: GOOD }, { stream });
    const expected = stream ? streamed("weak", got.id, LONG) : jsonOf("weak", got.id, LONG);
    expect([got.attempts, got.text.length, hash(got.text)]).toEqual(["1", expected.length, hash(expected)]);
  });

  it.each<[string, Script, "weak" | "strong"]>([
    ["is good: the client gets it", GOOD, "weak"],
    ["is refused: the client gets strong's", REFUSED, "strong"],
    ["is cut: the client gets strong's", { ...GOOD, ends: "cut" }, "strong"],
  ])("an answer that does not stream and %s", async (_what, script, tier) => {
    const got = await ask({ weak: script, strong: GOOD }, { stream: false });
    expect(got.text).toBe(jsonOf(tier, got.id, GOOD));
  });

  it("when strong cannot be had, weak's answer is better than none", async () => {
    const got = await ask({ weak: REFUSED, strong: { status: 503 } });
    expect(got).toMatchObject({ status: 200, attempts: "3", text: streamed("weak", got.id, REFUSED) });
  });

  it("when weak cannot be had, strong is asked, and its answer not judged", async () => {
    const got = await ask({ weak: { status: 503 }, strong: REFUSED });
    expect(got).toMatchObject({ status: 200, attempts: "2", text: streamed("strong", got.id, REFUSED) });
  });

  it("a compressed answer passes unjudged", async () => {
    const got = await ask({ weak: { ...REFUSED, gzip: true }, strong: GOOD });
    expect(got).toMatchObject({ attempts: "1", text: streamed("weak", got.id, REFUSED) });
  });

  it("a request that no policy sends to the cascade never passes the filter that judges", async () => {
    const before = await judged();
    const got = await ask({ weak: REFUSED, strong: GOOD }, { content: "ordinary" });
    expect([got.text, await judged()]).toEqual([streamed("weak", got.id, REFUSED), before]);
    await ask({ weak: GOOD, strong: GOOD });
    expect(await judged()).toBe(before + 1);
  });

  it("when sluice ends in the middle, answers that are held pass at once, and all come whole", async () => {
    const slow = { words: LONG.words?.slice(0, 30) ?? [], everyMs: 30 };
    const before = await judged();
    const asked = Promise.all(Array.from({ length: 10 }, () => ask({ weak: slow, strong: GOOD })));
    await waitFor("they are held", async () => (await judged()) >= before + 10);
    const address = app.extProcAddress;
    await app.close();
    for (const got of await asked) expect(got.text).toBe(streamed("weak", got.id, slow));
    app = await startSluice((outcome) => outcomes.push(outcome), address, LONG_HOLD_MS);
    const again = await ask({ weak: REFUSED, strong: GOOD });
    expect(again.text).toBe(streamed("strong", again.id, GOOD));
  });

  it("of 500 answers at a time none is lost, doubled or mixed with another", async () => {
    const kinds: readonly Script[] = [GOOD, { ...GOOD, everyMs: 3 }, REFUSED, { ...REFUSED, everyMs: 5 }, { words: ["one "], ends: "cut" }];
    const all = await Promise.all(
      Array.from({ length: 500 }, async (_, at) => {
        const script = kinds[at % kinds.length] ?? GOOD;
        const isGood = script.words === GOOD.words;
        const got = await ask({ weak: script, strong: GOOD }, { stream: at % 7 !== 0 });
        const tier = isGood ? "weak" : "strong";
        const expected = at % 7 === 0 ? jsonOf(tier, got.id, GOOD) : streamed(tier, got.id, GOOD);
        return { isExact: got.text === expected, asked: [weak.asked.get(got.id), strong.asked.get(got.id)], isGood };
      }),
    );
    expect(all.filter(({ isExact }) => !isExact)).toEqual([]);
    expect(all.filter(({ asked, isGood }) => String(asked) !== (isGood ? "1," : "1,1"))).toEqual([]);
  });

  it("the doctor finds nothing wrong with the cascade, and would without its lines", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "sluice-cascade-")), "sluice.yaml");
    writeFileSync(file, CASCADE_POLICY);
    const ids = async (adminUrl: string) => (await diagnose(printed, "--envoy-admin", adminUrl, "--config", file)).ids;
    expect(await ids(envoy.adminUrl)).toEqual([]);
    const plain = await startEnvoy({ version, sluice: app.extProcAddress, weak: weak.address, strong: strong.address });
    expect(await ids(plain.adminUrl)).toEqual(["cascade-not-judged"]);
    await plain.stop();
  });

  it("what was thrown away is told with what it cost, beside the outcome of the answer that was served", async () => {
    const { requestId } = await ask({ weak: REFUSED, strong: GOOD }, { stream: false });
    const outcome = await waitFor("the outcome", () => outcomes.find((each) => each.requestId === requestId));
    expect(outcome).toMatchObject({
      served: { tier: "strong", attempts: 2, fellBack: false },
      discarded: [{ tier: "weak", reason: "refusal", basis: "exact", inputTokens: 7, outputTokens: 4, costUsd: 11e-6 }],
    });
    const { adminAddress } = app;
    const admin = `http://${adminAddress}`;
    expect(await metric(admin, "sluice_judged_answers_total", { tier: "weak", result: "refused", reason: "refusal" })).toBeGreaterThan(0);
    expect(await metric(admin, "sluice_discarded_cost_usd_total", { tier: "weak", basis: "exact" })).toBeGreaterThan(0);
    expect(await metric(admin, "sluice_fallbacks_total")).toBe(0);
    await waitFor("no answer passes any more", async () => (await metric(admin, "sluice_answers_in_cascade")) === 0);
  });
});

describe("of three tiers", () => {
  const policy = CASCADE_POLICY.replace("tiers:", "tiers:\n  - { name: mid, price: { inputPerMTok: 3, outputPerMTok: 3 } }");
  let envoy: TestEnvoy;

  beforeAll(async () => {
    const config = parseConfig(
      `listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }\n${policy.replace("[weak, strong]", "[weak, mid, strong]")}`,
      "test",
    );
    const app = await startApp({ config, log: createLogger({ level: "silent" }) });
    stopAtEnd(app.close);
    const [weak, mid, strong] = await Promise.all([startModelServer("weak"), startModelServer("mid"), startModelServer("strong")]);
    const edit = (yaml: string) => withThreeSteps(yaml, mid.address);
    envoy = await startEnvoy({ sluice: app.extProcAddress, weak: weak.address, strong: strong.address, edit });
  });

  const CUT: Script = { words: ["one "], ends: "cut" };
  const GONE: Script = { status: 503 };

  it.each<[string, Required<Scripts>, "weak" | "mid" | "strong", attempts: string]>([
    ["the first is good", { weak: GOOD, mid: GOOD, strong: GOOD }, "weak", "1"],
    ["the first is bad", { weak: REFUSED, mid: GOOD, strong: GOOD }, "mid", "2"],
    ["the first cannot be had", { weak: GONE, mid: GOOD, strong: GOOD }, "mid", "2"],
    ["two are bad: the third's is not judged", { weak: REFUSED, mid: CUT, strong: REFUSED }, "strong", "3"],
    ["the second cannot be had", { weak: CUT, mid: GONE, strong: GOOD }, "strong", "3"],
    ["the third cannot be had either: the first's again, as it is", { weak: REFUSED, mid: REFUSED, strong: GONE }, "weak", "4"],
  ])("%s", async (_what, scripts, tier, attempts) => {
    for (const stream of [true, false]) {
      const got = await askOf(envoy.url, scripts, { stream });
      const text = stream ? streamed(tier, got.id, scripts[tier]) : jsonOf(tier, got.id, scripts[tier]);
      expect(got).toMatchObject({ status: 200, attempts, text });
    }
  });
});

it("sluice killed: the answer it holds is lost, one that passes is cut; others are whole, and what begins later passes", async () => {
  const { sluice, envoy, results } = await inTheMiddle();
  sluice.child.signal("SIGKILL");
  const [held, passing, unjudged, later] = await results;
  expect([held, passing?.status, unjudged]).toMatchObject([LOST, "rejected", WHOLE]);
  expect(later).toMatchObject({ status: "fulfilled", value: { status: 200, attempts: "1", text: expect.stringContaining("[DONE]") } });
  const after = await askOf(envoy.url, { weak: REFUSED, strong: REFUSED });
  expect(after).toMatchObject({ status: 200, text: streamed("strong", after.id, REFUSED) });
});
