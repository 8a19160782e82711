// `sluice feedback`: ratings out of decision logs and into a running sluice, by files and by Langfuse.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { feedbackCommand } from "../../src/cli/feedback.ts";
import { startAdmin } from "../../src/outcome/admin/server.ts";
import type { Feedback } from "../../src/outcome/signals/feedback.ts";
import type { FeedbackResult } from "../../src/outcome/signals/signals.ts";
import { createMetrics } from "../../src/outcome/telemetry/metrics.ts";
import { linesOf, newFolder } from "../study/collect/collected.ts";
import { langfuseStandIn } from "../study/collect/langfuse-server.ts";
import { catchPrinted } from "../support/printed.ts";

const printed = catchPrinted();
const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
});

async function run(...options: string[]): Promise<void> {
  await feedbackCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parseAsync(options, { from: "user" });
}

function request(id: string, more: object = {}) {
  const decision = { tier: "weak", policy: "main@1", reason: "learned-under" };
  return { time: "2026-01-31T09:00:00.000Z", requestId: id, decision, outcome: { kind: "joined" }, ...more };
}

const word = (requestId: string, rating: number) => ({ time: "2026-01-31T09:10:00.000Z", requestId, rating });
const TRACE = { traceId: "0af7651916cd43dd8448eb211c80319c" };

/** The first part of the log is rotated and packed; ratings may stand in another part than their request. */
function logs(folder: string): readonly [string, string] {
  const [first, second] = [join(folder, "decisions.jsonl.1.gz"), join(folder, "decisions.jsonl")];
  writeFileSync(first, gzipSync(linesOf(request("a", TRACE), request('b",c'), request("c"), word("a", 2))));
  writeFileSync(second, linesOf(word('b",c', 5), word("a", 4), word("gone", 1), { ...request("d"), rating: 3 }));
  return [first, second];
}

async function sluice(answers: Readonly<Record<string, FeedbackResult>>) {
  const heard: Feedback[] = [];
  const admin = await startAdmin({
    listen: { admin: "127.0.0.1:0", adminHosts: [] },
    env: {},
    metrics: createMetrics(),
    ready: () => true,
    notReloaded: () => undefined,
    config: () => ({}),
    live: () => {
      throw new Error("nobody asks");
    },
    feedback(feedback) {
      heard.push(feedback);
      return answers[feedback.requestId] ?? { kind: "unknown" };
    },
  });
  closing.push(() => admin.close());
  return { address: admin.address, heard };
}

const TAKEN: FeedbackResult = { kind: "taken", decision: { tier: "weak", policy: "main@1", reason: "learned-under" } };

describe("sluice feedback export", () => {
  test("writes each rating with its decision, the first where there are two, as JSON Lines or CSV", async () => {
    const folder = newFolder();
    const out = join(folder, "ratings.csv");
    await run("export", "--log", ...logs(folder), "--out", out);
    expect(readFileSync(out, "utf8")).toBe(
      `request_id,rating,time,tier,policy,reason,trace_id
a,2,2026-01-31T09:00:00.000Z,weak,main@1,learned-under,${TRACE.traceId}
"b"",c",5,2026-01-31T09:00:00.000Z,weak,main@1,learned-under,
d,3,2026-01-31T09:00:00.000Z,weak,main@1,learned-under,
`,
    );
    expect(printed.output).toBe(`3 ratings, in ${out}\n1 of requests that are not in these logs, left out\n`);
  });

  test("without a file prints them, one a line", async () => {
    await run("export", "--log", ...logs(newFolder()));
    const rows = printed.output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(rows).toMatchObject([
      { request_id: "a", rating: 2, tier: "weak", trace_id: TRACE.traceId },
      { request_id: 'b",c', rating: 5 },
      { request_id: "d", rating: 3 },
    ]);
  });

  test("sends those that belong to a trace to Langfuse, under an id that makes sending twice no harm", async () => {
    const server = await langfuseStandIn({ observations: () => [], troubles: [{ status: 503 }] });
    closing.push(() => server.close());
    vi.stubEnv("LANGFUSE_PUBLIC_KEY", "pk");
    vi.stubEnv("LANGFUSE_SECRET_KEY", "sk");
    await run("export", "--log", ...logs(newFolder()), "--langfuse", server.url);
    const metadata = { "sluice.tier": "weak", "sluice.policy": "main@1", "sluice.reason": "learned-under" };
    expect(server.received).toEqual([{ id: "sluice-a", ...TRACE, name: "user-rating", value: 2, dataType: "NUMERIC", metadata }]);
    expect(server.asked.at(-1)).toMatchObject({ path: "/api/public/scores", authorization: `Basic ${btoa("pk:sk")}` });
    expect(printed.output).toContain("1 sent to Langfuse, 2 belong to no trace\n");
  });

  test("refuses to begin without a log", async () => {
    await expect(run("export")).rejects.toMatchObject({ message: "error: give the decision logs with --log" });
  });
});

describe("sluice feedback import", () => {
  test("brings what was exported to a running sluice, and says what it did not take", async () => {
    const folder = newFolder();
    const out = join(folder, "ratings.csv");
    await run("export", "--log", ...logs(folder), "--out", out);
    const { address, heard } = await sluice({ a: TAKEN, d: { kind: "rated", rating: 5 } });
    const more = join(folder, "more.jsonl");
    writeFileSync(more, linesOf({ request_id: "a", rating: 9 }, { requestId: "e", rating: 1 }, { rating: 2 }));
    await run("import", out, more, "--admin", address);
    expect(heard).toEqual([
      { requestId: "a", rating: 2 },
      { requestId: 'b",c', rating: 5 },
      { requestId: "d", rating: 3 },
      { requestId: "e", rating: 1 },
    ]);
    expect(printed.output).toContain(`1 ratings taken
2 of requests that this sluice does not know, or no more: import them with --into
1 of requests that were rated otherwise before, which stays
2 rows are no rating
  ${more}:1: expected rating, a whole number from 1 to 5
  ${more}:3: expected request_id, the x-request-id of a request
`);
  });

  test("into a file makes lines that are read with the decision log", async () => {
    const folder = newFolder();
    const [, second] = logs(folder);
    const [given, into] = [join(folder, "given.jsonl"), join(folder, "words.jsonl")];
    const log = join(folder, "only.jsonl");
    writeFileSync(log, linesOf(request("c")));
    writeFileSync(given, linesOf({ request_id: "c", rating: 4 }));
    await run("import", given, "--into", into);
    await run("export", "--log", log, into);
    expect(printed.output).toContain('{"request_id":"c","rating":4,');
    expect(second).toContain("decisions");
  });

  test("out of Langfuse finds the request of a trace, its own scores left out", async () => {
    const at = "2026-01-31T10:00:00Z";
    const score = { at, name: "user-rating", value: 1, dataType: "NUMERIC" };
    const scores = [
      { ...score, id: "x1", subject: { kind: "trace", id: TRACE.traceId } },
      { ...score, id: "x2", subject: { kind: "observation", id: "o", traceId: "elsewhere" } },
      { ...score, id: "sluice-a", value: 5, subject: { kind: "trace", id: TRACE.traceId } },
      { ...score, id: "x3", name: "toxicity", subject: { kind: "trace", id: TRACE.traceId } },
    ];
    const server = await langfuseStandIn({ observations: () => [], scores: () => scores });
    closing.push(() => server.close());
    vi.stubEnv("LANGFUSE_PUBLIC_KEY", "pk");
    vi.stubEnv("LANGFUSE_SECRET_KEY", "sk");
    const { address, heard } = await sluice({ a: TAKEN });
    await run("import", "--langfuse", server.url, "--log", ...logs(newFolder()), "--from", "2026-01-01", "--admin", address);
    expect(heard).toEqual([{ requestId: "a", rating: 1 }]);
    expect(server.asked[0]?.query).toMatchObject({ name: "user-rating", fields: "subject", fromTimestamp: "2026-01-01T00:00:00.000Z" });
    expect(printed.output).toContain("1 ratings taken");
  });

  test.each([
    [["import"], "error: give files, or --langfuse"],
    [["import", "--langfuse", "http://127.0.0.1:1"], "error: --langfuse needs the decision logs: --log"],
  ])("refuses %j", async (options, message) => {
    await expect(run(...options)).rejects.toMatchObject({ message });
  });
});
