import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { collected, newFolder, question, rowsIn } from "./collected.ts";
import { type LangfuseStandIn, langfuseStandIn, observation } from "./langfuse-server.ts";

const servers: LangfuseStandIn[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function standIn(script: Parameters<typeof langfuseStandIn>[0]): Promise<LangfuseStandIn> {
  const server = await langfuseStandIn(script);
  servers.push(server);
  return server;
}

const WAITS = { firstWaitMs: 1, mostWaitMs: 20, tries: 3, timeoutMs: 5000 };

function sourcesOf({ url }: LangfuseStandIn, to: string, from?: string) {
  return { langfuse: { access: { url, publicKey: "pk", secretKey: "sk" }, from, to }, waits: WAITS };
}

const FIVE = [
  observation(1, question(1)),
  observation(2, [{ role: "user", content: question(2) }], { totalCost: 0.002, usageDetails: { input: 5, output: 7 } }),
  observation(3, JSON.stringify({ model: "m", messages: [{ role: "user", content: question(3) }] })),
  observation(4, null),
  observation(5, question(5), {
    metadata: { attributes: { "sluice.tier.decided": "weak", "sluice.tier.served": "weak", "sluice.score": "0.25" } },
  }),
];

describe("out of Langfuse", () => {
  test("come generations, page by page, and the ratings given to them or to their traces", async () => {
    const scores = [
      {
        at: "2026-01-31T10:00:00Z",
        name: "user-rating",
        value: 2,
        dataType: "NUMERIC",
        subject: { kind: "observation", id: "o2", traceId: "t2" },
      },
      { at: "2026-01-31T10:01:00Z", name: "rating", value: 5, dataType: "NUMERIC", subject: { kind: "trace", id: "t5" } },
      { at: "2026-01-31T10:02:00Z", name: "toxicity", value: 1, dataType: "NUMERIC", subject: { kind: "trace", id: "t1" } },
      { at: "2026-01-31T10:03:00Z", name: "rating", value: 3, dataType: "NUMERIC", subject: { kind: "trace", id: "elsewhere" } },
    ];
    const server = await standIn({ observations: () => FIVE, scores: () => scores });
    const out = join(newFolder(), "requests.jsonl");
    const counts = await collected(out, sourcesOf(server, "2026-02-01T00:00:00.000Z"));
    expect(rowsIn(out)).toMatchObject([
      { id: "t1:o1", request: { messages: [{ role: "user", content: question(1) }] }, time: "2026-01-31T09:01:00.000Z" },
      { id: "t2:o2", seen: { cost: 0.002, inputTokens: 5, outputTokens: 7, rating: 2 } },
      { id: "t3:o3", request: { model: "m", messages: [{ content: question(3) }] } },
      { id: "t5:o5", decision: { tier: "weak", score: 0.25 }, seen: { tier: "weak", rating: 5 } },
    ]);
    expect(rowsIn(out)[0]).not.toHaveProperty("seen");
    expect(counts).toMatchObject({ words: 2, strayWords: 1, dropped: { "no request": 1 } });
    expect(server.asked).toHaveLength(5);
    expect(server.asked.map(({ query }) => query["cursor"])).toEqual([undefined, "2", "4", undefined, "2"]);
    expect(server.asked[0]).toMatchObject({
      query: { type: "GENERATION", toStartTime: "2026-02-01T00:00:00.000Z" },
      authorization: `Basic ${Buffer.from("pk:sk").toString("base64")}`,
    });
  });

  test("what is asked for too often or fails for a while is asked for again", async () => {
    const troubles = [{ status: 429, headers: { "retry-after": "0" } }, { status: 503 }];
    const server = await standIn({ observations: () => FIVE, troubles });
    const out = join(newFolder(), "requests.jsonl");
    await collected(out, sourcesOf(server, "2026-02-01T00:00:00.000Z"));
    expect(rowsIn(out)).toHaveLength(4);
    expect(server.asked).toHaveLength(2 + 3 + 1);
  });

  test("a run that was ended by trouble keeps its pages, and the next goes on with the page that was missing", async () => {
    const troubles: { status: number }[] = [];
    let pages = 0;
    const onPage = () => {
      if (++pages === 1) troubles.push({ status: 500 }, { status: 500 }, { status: 502 });
    };
    const server = await standIn({ observations: () => FIVE, troubles, onPage });
    const out = join(newFolder(), "requests.jsonl");
    const sources = sourcesOf(server, "2026-02-01T00:00:00.000Z");
    await expect(collected(out, sources)).rejects.toThrow("no page of api/public/v2/observations in 3 tries: status 502");
    expect(rowsIn(out)).toHaveLength(2);
    const before = server.asked.length;
    await collected(out, sources);
    expect(server.asked[before]?.query["cursor"]).toBe("2");
    expect(rowsIn(out).map(({ id }) => id)).toEqual(["t1:o1", "t2:o2", "t3:o3", "t5:o5"]);
  });

  test("a later run asks for what came since, and hears of scores of what it has", async () => {
    const scores: { at: string; name: string; value: number; subject: object }[] = [];
    const server = await standIn({ observations: () => FIVE, scores: () => scores });
    const out = join(newFolder(), "requests.jsonl");
    await collected(out, sourcesOf(server, "2026-01-31T09:03:00.000Z", "2026-01-31T09:02:00.000Z"));
    expect(rowsIn(out).map(({ id }) => id)).toEqual(["t2:o2"]);
    scores.push({ at: "2026-01-31T09:30:00.000Z", name: "rating", value: 1, subject: { kind: "trace", id: "t2" } });
    const before = server.asked.length;
    await collected(out, sourcesOf(server, "2026-01-31T10:00:00.000Z"));
    expect(server.asked[before]?.query).toMatchObject({
      fromStartTime: "2026-01-31T09:03:00.000Z",
      toStartTime: "2026-01-31T10:00:00.000Z",
    });
    expect(rowsIn(out).map(({ id, seen }) => [id, seen?.rating])).toEqual([
      ["t2:o2", 1],
      ["t3:o3", undefined],
      ["t5:o5", undefined],
    ]);
  });

  test.each([
    ["keys are refused", [{ status: 401 }], "status 401"],
    ["it is an older version", [{ status: 404 }], "status 404"],
  ])("it is said at once that %s", async (_, troubles, message) => {
    const server = await standIn({ observations: () => FIVE, troubles });
    const out = join(newFolder(), "requests.jsonl");
    await expect(collected(out, sourcesOf(server, "2026-02-01T00:00:00.000Z"))).rejects.toThrow(message);
    expect(server.asked).toHaveLength(1);
  });

  test("a wait of the server's is cut short by Ctrl-C", async () => {
    const stop = new AbortController();
    const server = await standIn({ observations: () => FIVE, troubles: [{ status: 429, headers: { "retry-after": "3600" } }] });
    const out = join(newFolder(), "requests.jsonl");
    const sources = { ...sourcesOf(server, "2026-02-01T00:00:00.000Z"), waits: { ...WAITS, mostWaitMs: 3_600_000 } };
    const running = collected(out, sources, { signal: stop.signal });
    const deadline = performance.now() + 5000;
    while (server.asked.length === 0 && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await running).toMatchObject({ stopped: true, rows: 0 });
  });
});
