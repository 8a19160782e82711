// `sluice replay` from the command line, against model servers by script.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import { replayCommand } from "../../src/cli/replay.ts";
import { startStandIn } from "../../src/setup/stack/stand-in-process.ts";
import type { LoopRow } from "../../src/study/loop/loop-row.ts";
import { dataFile } from "../study/dataset/files.ts";
import { newCa } from "../support/certificates.ts";
import { catchPrinted } from "../support/printed.ts";
import { scriptedModel } from "../support/scripted-model.ts";

const printed = catchPrinted();
const CONFIG = dataFile(
  "replay.yaml",
  `tiers:
  - { name: weak, model: small, price: { inputPerMTok: 1000, outputPerMTok: 2000 } }
  - { name: strong, model: large, price: { inputPerMTok: 10000, outputPerMTok: 20000 } }
`,
); // 10 tokens in and 5 out: $0.02 and $0.20
const model = await scriptedModel(() => ({}));

const row = (id: string): LoopRow =>
  ({ id, request: { model: "any", stream: true, messages: [{ role: "user", content: `Say ${id}` }] }, team: "a" }) as LoopRow;
const DATA = dataFile("replay-rows.jsonl", [1, 2, 3, 4].map((n) => JSON.stringify(row(`r${n}`))).join("\n"));

let out = "";
let count = 0;
beforeEach(() => {
  out = dataFile(`replayed-${count++}.jsonl`, "");
  model.heard.length = 0;
  model.script = ({ body }) => ({ text: `I am ${String(body["model"])}` });
  process.exitCode = undefined;
});

async function replay(...options: string[]): Promise<void> {
  const given = ["--data", DATA, "--out", out, "--config", CONFIG, "--url", model.url, "--yes", "--output-tokens", "5", ...options];
  await replayCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parseAsync(given, { from: "user" });
}
const written = () =>
  readFileSync(out, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as LoopRow);

describe("replay", () => {
  test("asks every tier, and keeps row and answers together, with tokens and cost", async () => {
    await replay("--max-cost", "2");
    expect(
      written()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["r1", "r2", "r3", "r4"]);
    const [first] = written();
    expect(first).toMatchObject({
      team: "a",
      answers: {
        weak: { text: "I am small", finish: "stop", inputTokens: 10, outputTokens: 5, cost: 0.02 },
        strong: { text: "I am large", cost: 0.2 },
      },
    });
    expect(model.heard).toHaveLength(8);
    expect(model.heard.some(({ body }) => "stream" in body)).toBe(false);
    expect(printed.messages).toMatch(/^4 rows\n {2}weak: 4 requests, about \d+ tokens in and 20 out: \$0\.\d\d\n/);
    expect(printed.output).toContain("cost:     $0.88");
  });

  test("asks nothing again that was answered, and of what failed only that", async () => {
    model.script = ({ body }) =>
      body["model"] === "large" && JSON.stringify(body).includes("r2") ? { status: 400, text: "too long" } : { text: "yes" };
    await replay("--max-cost", "2");
    expect(written().find(({ id }) => id === "r2")?.answers?.["strong"]?.error).toBe("refused: status 400: too long");
    expect(printed.output).toContain("failures: 1 refused; the last: status 400: too long");
    model.heard.length = 0;
    model.script = () => ({ text: "now" });
    await replay("--max-cost", "2");
    expect(model.heard).toHaveLength(1);
    expect(written()).toHaveLength(4);
    expect(written().find(({ id }) => id === "r2")?.answers).toMatchObject({ weak: { text: "yes" }, strong: { text: "now" } });
  });

  test("goes on behind a line that a crash tore", async () => {
    writeFileSync(out, `${JSON.stringify({ ...row("r1"), answers: { weak: { text: "a" }, strong: { text: "b" } } })}\n{"id":"r2","requ`);
    await replay("--max-cost", "2");
    expect(model.heard).toHaveLength(6);
    expect(
      written()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["r1", "r2", "r3", "r4"]);
  });

  test("tries again what may pass, as late as it is told", async () => {
    const seen = new Set<unknown>();
    model.script = ({ body }) => {
      const key = JSON.stringify(body);
      if (seen.has(key)) return { text: "second" };
      seen.add(key);
      return { status: 429, headers: { "retry-after-ms": "5" }, text: "slow down" };
    };
    await replay("--max-cost", "2", "--concurrency", "8");
    expect(written().every(({ answers }) => answers?.["weak"]?.text === "second" && answers["strong"]?.text === "second")).toBe(true);
    expect(printed.output).toContain("retries:  8");
  }, 20_000);

  test("stops before the cap is passed, and says how to go on", async () => {
    await expect(replay("--max-cost", "0.5", "--concurrency", "1")).rejects.toMatchObject({
      code: "asking-cap-reached",
    });
    const cost = written().reduce((sum, { answers }) => sum + (answers?.["weak"]?.cost ?? 0) + (answers?.["strong"]?.cost ?? 0), 0);
    expect(written()).toHaveLength(2);
    expect(cost).toBeLessThanOrEqual(0.5);
  });

  test("Ctrl-C begins nothing new, and leaves a whole file that the next run goes on with", async () => {
    model.script = () => {
      if (model.heard.length === 2) process.emit("SIGINT");
      return { text: "yes" };
    };
    await replay("--max-cost", "2", "--concurrency", "1");
    expect(process.exitCode).toBe(130);
    expect(written().map(({ id }) => id)).toEqual(["r1"]);
    expect(printed.messages).toContain("waiting for the answers under way");
    await replay("--max-cost", "2");
    expect(written()).toHaveLength(4);
    process.exitCode = undefined;
  });

  test("says so where the estimate is over the cap", async () => {
    await expect(replay("--max-cost", "0")).rejects.toMatchObject({ code: "asking-cap-reached" });
    expect(printed.messages).toContain("which is more than --max-cost: it will stop on the way");
    expect(model.heard).toEqual([]);
  });

  test("names the tier in a header, where one address serves all, and takes the key from the environment", async () => {
    process.env["REPLAY_KEY"] = "k-123";
    await replay("--max-cost", "2", "--tier-header", "x-tier", "--key-env", "REPLAY_KEY", "--header", "x-team: search");
    expect(new Set(model.heard.map(({ headers }) => `${headers["x-tier"]} ${headers.authorization} ${headers["x-team"]}`))).toEqual(
      new Set(["weak Bearer k-123 search", "strong Bearer k-123 search"]),
    );
  });

  test("ends at once where the key is refused, and shows no key", async () => {
    process.env["REPLAY_KEY"] = "k-123";
    model.script = ({ headers }) => ({ status: 401, text: `bad key: ${headers.authorization}` });
    await expect(replay("--max-cost", "2", "--key-env", "REPLAY_KEY", "--concurrency", "1")).rejects.toMatchObject({
      code: "asking-hopeless",
    });
    expect(model.heard.length).toBeLessThanOrEqual(2);
    expect(printed.output).toContain("bad key: Bearer [key]");
    expect(printed.output + printed.messages).not.toContain("k-123");
  });

  test("asks in the interface that a row came by, of all four", async () => {
    const weak = await startStandIn("weak");
    const strong = await startStandIn("strong");
    const text = "How are you?";
    const bodies: Readonly<Record<string, object>> = {
      "/v1/chat/completions": { messages: [{ role: "user", content: text }] },
      "/v1/completions": { prompt: text },
      "/v1/responses": { input: text, stream: true },
      "/v1/messages": { max_tokens: 50, messages: [{ role: "user", content: text }] },
      "/v1/embeddings": { input: text },
    };
    const rows = Object.entries(bodies).map(([path, request]) => JSON.stringify({ id: path, path, request: { model: "m", ...request } }));
    const urls = [`weak=http://${weak.address}`, `strong=http://${strong.address}`];
    const files = ["--data", dataFile("formats.jsonl", rows.join("\n")), "--out", out, "--config", CONFIG];
    await replayCommand().parseAsync([...files, "--url", ...urls, "--yes", "--max-cost", "900"], { from: "user" });
    await Promise.all([weak.stop(), strong.stop()]);
    expect(printed.messages).toContain("5 rows, 1 left out: no chats");
    expect(written()).toHaveLength(4);
    for (const { answers } of written()) {
      expect(answers?.["weak"]).toMatchObject({ text: expect.stringContaining("the weak stand-in") as string, outputTokens: 15 });
      expect(answers?.["strong"]).toMatchObject({
        text: expect.stringContaining("the strong stand-in") as string,
        model: "stand-in-strong",
      });
    }
  });

  test("sends nothing where the certificate is not trusted", async () => {
    const heard: unknown[] = [];
    const server = createServer(newCa().issue({ name: "localhost" }), (request, response) => void heard.push(request.url, response.end()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    await expect(replay("--max-cost", "2", "--url", `weak=${url}`)).rejects.toMatchObject({ code: "asking-hopeless" });
    server.close();
    expect(heard).toEqual([]);
  });

  test("waits no longer than it is told", async () => {
    let answer = () => {};
    const delay = new Promise<void>((resolve) => {
      answer = resolve;
    });
    model.script = () => ({ text: "late", delay });
    await replay("--max-cost", "2", "--timeout", "1", "--attempts", "1");
    answer();
    expect(printed.output).toContain("failures: 8 timeout; the last: nothing whole within 1 s");
  });

  test("follows no redirect: a key goes nowhere else", async () => {
    model.script = () => ({ status: 307, headers: { location: "/v1/elsewhere" }, raw: "" });
    await replay("--max-cost", "2");
    expect(model.heard.every(({ path }) => path === "/v1/chat/completions")).toBe(true);
    expect(printed.output).toContain("8 refused");
  });

  test.each<[string, string[], string]>([
    ["without a terminal and without --yes", ["--max-cost", "1"], "asking-not-confirmed"],
    ["a tier that there is not", ["--max-cost", "1", "--yes", "--model", "week=a"], "asking-target"],
    ["a key where its variable's name belongs", ["--max-cost", "1", "--yes", "--key-env", "sk-123"], "key-unusable"],
    ["an output that is no JSON Lines", ["--max-cost", "1", "--yes", "--out", `${CONFIG}.json`], "asking-file"],
    ["an output that is read", ["--max-cost", "1", "--yes", "--out", DATA], "asking-file"],
  ])("refuses %s, and asks nothing", async (_, options, code) => {
    const given = ["--data", DATA, "--out", out, "--config", CONFIG, "--url", model.url, ...options];
    await expect(replayCommand().exitOverride().parseAsync(given, { from: "user" })).rejects.toMatchObject({ code });
    expect(model.heard).toEqual([]);
    expect(existsSync(`${CONFIG}.json`)).toBe(false);
  });
});
