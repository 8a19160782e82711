// A cascade through a real Envoy: a bad answer is thrown away on its way, and its client sees the next tier's alone.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { withCascade } from "../../src/setup/stack/optional-lines.ts";
import { OLDEST_ENVOY, startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { jsonOf, type ModelServer, type Script, startModelServer, streamOf } from "../support/model-servers.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const HOLD_MS = 300;
const SLACK_MS = 250; // of a busy machine; Envoy waits up to 25 ms before it asks again
const CONFIG = (extProc = "127.0.0.1:0") => `listen: { extProc: "${extProc}", admin: "127.0.0.1:0" }
active: main
policies:
  main:
    type: rules
    rules: [{ name: ordinary, match: { keywords: [ordinary] }, tier: weak }]
    fallback: { tier: cascade }
cascade: { steps: [weak, strong], maxShare: 1, hold: { bytes: 100000, tokens: 8, ms: ${HOLD_MS} } }`;

const GOOD: Script = { words: "one two three four five six seven eight nine ten eleven twelve".split(/(?<= )/) };
const REFUSED: Script = { words: ["I ", "cannot ", "help ", "with that."] };
const LONG: Script = { words: Array.from({ length: 4000 }, (_, at) => `word ${at} `) };
let ids = 0;

interface Scripts {
  readonly weak: Script;
  readonly strong: Script;
}

interface Got {
  readonly id: string;
  readonly status: number;
  readonly text: string;
  readonly firstMs: number; // to the first byte of the body
  readonly wholeMs: number;
  readonly attempts: string | null;
}

const startSluice = (extProc?: string) =>
  startApp({ config: parseConfig(CONFIG(extProc), "test"), log: createLogger({ level: "silent" }) });

async function askOf(url: string, scripts: Scripts, { stream = true, content = "hi" } = {}): Promise<Got> {
  const id = `r${ids++}`;
  const since = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "accept-encoding": "gzip" },
    body: JSON.stringify({ stream, metadata: { id, ...scripts }, messages: [{ role: "user", content }] }),
  });
  const pieces: Uint8Array[] = [];
  let firstMs = Number.NaN;
  for await (const piece of response.body ?? []) {
    if (pieces.length === 0) firstMs = performance.now() - since;
    pieces.push(piece);
  }
  const attempts = response.headers.get("x-envoy-attempt-count");
  return { id, status: response.status, text: Buffer.concat(pieces).toString(), firstMs, wholeMs: performance.now() - since, attempts };
}

const streamed = (tier: "weak" | "strong", id: string, script: Script) => streamOf(tier, id, script).join("");
const hash = (text: string) => createHash("sha256").update(text).digest("hex");

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let app: App;
  let envoy: TestEnvoy;
  let weak: ModelServer;
  let strong: ModelServer;

  beforeAll(async () => {
    app = await startSluice();
    stopAtEnd(() => app.close());
    [weak, strong] = await Promise.all([startModelServer("weak"), startModelServer("strong")]);
    envoy = await startEnvoy({ version, sluice: app.extProcAddress, weak: weak.address, strong: strong.address, edit: withCascade });
  });

  const ask = (scripts: Scripts, options?: Parameters<typeof askOf>[2]) => askOf(envoy.url, scripts, options);
  const judged = async () => [...(await envoy.stats("ext_proc.judge.streams_started")).values()].reduce((sum, streams) => sum + streams, 0);

  it.each<[string, Script]>([
    ["is refused", { ...REFUSED, everyMs: 20 }],
    ["is cut", { words: ["one "], ends: "cut" }],
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
    const got = await ask({ weak: { ...GOOD, everyMs: 40 }, strong: GOOD });
    expect(got).toMatchObject({ status: 200, attempts: "1", text: streamed("weak", got.id, GOOD) });
    expect(got.firstMs).toBeLessThan(HOLD_MS + SLACK_MS);
    expect(got.wholeMs - got.firstMs).toBeGreaterThan(40); // more than one event came behind
  });

  it("a stream that pauses is held no longer than it may", async () => {
    const slow = { words: ["one "], everyMs: 1.5 * HOLD_MS };
    const got = await ask({ weak: slow, strong: GOOD });
    expect(got.text).toBe(streamed("weak", got.id, slow));
    expect(got.wholeMs - got.firstMs).toBeGreaterThan(HOLD_MS);
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

  it("when sluice ends in the middle, answers that are held pass at once, and all come whole", async () => {
    const slow = { words: LONG.words?.slice(0, 30) ?? [], everyMs: 30 };
    const asked = Promise.all(Array.from({ length: 10 }, () => ask({ weak: slow, strong: GOOD })));
    const before = await judged();
    await waitFor("they are held", async () => (await judged()) >= before + 10);
    const address = app.extProcAddress;
    await app.close();
    for (const got of await asked) expect(got.text).toBe(streamed("weak", got.id, slow));
    app = await startSluice(address);
    const again = await ask({ weak: REFUSED, strong: GOOD });
    expect(again.text).toBe(streamed("strong", again.id, GOOD));
  });
});
