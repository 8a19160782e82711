// `sluice collect` from the command line: what it says, what it refuses, and Ctrl-C in the middle of it.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { collectCommand } from "../../src/cli/collect.ts";
import { linesOf, newFolder, question, rowsIn } from "../study/collect/collected.ts";
import { langfuseStandIn, observation } from "../study/collect/langfuse-server.ts";
import { catchPrinted } from "../support/printed.ts";

const printed = catchPrinted();
afterEach(() => void vi.unstubAllEnvs());

async function run(...options: string[]): Promise<void> {
  await collectCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parseAsync(options, { from: "user" });
}

function dataIn(folder: string, rows: readonly object[]): string {
  const file = join(folder, "chats.jsonl");
  writeFileSync(file, linesOf(...rows));
  return file;
}

describe("sluice collect", () => {
  test("says what it wrote, what it counted together, what it masked and what it left out", async () => {
    const folder = newFolder();
    const out = join(folder, "requests.jsonl");
    const prompts = [question(1), question(1), `${question(1)}.`, "mail jo@example.com about ACME-9"];
    const data = dataIn(folder, [...prompts.map((prompt) => ({ prompt })), { other: 1 }]);
    await run("--data", data, "--out", out, "--mask", "ACME-\\d+");
    expect(printed.output).toBe(
      `${out}: 2 rows, 2 of them new
counted with another row: 1 the same, 1 nearly the same (\`like\`)
masked: 1 email, 1 own
left out: 1 no request
  ${data}:5: expected a column "prompt" or "messages" or "request", found "other"
`,
    );
    expect(readFileSync(out, "utf8")).toContain("mail [email] about [private]");
  });

  test("reads Langfuse with keys of the environment alone", async () => {
    const server = await langfuseStandIn({ observations: () => [observation(1, question(1))] });
    const out = join(newFolder(), "requests.jsonl");
    vi.stubEnv("LANGFUSE_PUBLIC_KEY", "pk-lf-1");
    vi.stubEnv("LANGFUSE_SECRET_KEY", "");
    await expect(run("--langfuse", server.url, "--out", out)).rejects.toMatchObject({ code: "langfuse-access" });
    vi.stubEnv("LANGFUSE_SECRET_KEY", "sk-lf-1");
    await expect(run("--langfuse", server.url.replace("//", "//pk:sk@"), "--out", out)).rejects.toMatchObject({ code: "langfuse-access" });
    await run("--langfuse", server.url, "--out", out, "--json", "--from", "2026-01-31");
    server.close();
    expect(JSON.parse(printed.output)).toMatchObject({ rows: 1, written: 1, stopped: false });
    expect(server.asked[0]).toMatchObject({
      query: { fromStartTime: "2026-01-31T00:00:00.000Z" },
      authorization: `Basic ${Buffer.from("pk-lf-1:sk-lf-1").toString("base64")}`,
    });
  });

  test.each([
    ["nothing to read", ["--out", "x.jsonl"], "give one of --log, --langfuse, --otlp and --data"],
    ["a time that is none", ["--langfuse", "http://x", "--from", "yesterday", "--out", "x.jsonl"], "It must be a time"],
    ["a pattern that takes no linear time", ["--data", "x.jsonl", "--mask", "(?=a)", "--out", "x.jsonl"], "uses a lookahead"],
    ["an address that is none", ["--langfuse", "cloud", "--out", "x.jsonl"], "--langfuse cloud: no address"],
  ])("refuses %s", async (_, options, message) => {
    await expect(run(...options)).rejects.toThrow(message);
  });

  test("leaves a whole file behind Ctrl-C, and goes on from there", async () => {
    const folder = newFolder();
    const out = join(folder, "requests.jsonl");
    const data = dataIn(
      folder,
      Array.from({ length: 40_000 }, (_, number) => ({ prompt: question(number) })),
    );
    const child = spawn(process.execPath, ["src/main.ts", "collect", "--data", data, "--out", out, "--json"], { stdio: "pipe" });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    await untilThere(`${out}.part`);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    const { rows, stopped } = JSON.parse(said) as { rows: number; stopped: boolean };
    expect(stopped).toBe(true);
    expect(rows).toBeLessThan(40_000);
    expect(rowsIn(out)).toHaveLength(rows);
    await run("--data", data, "--out", out, "--json");
    expect(rowsIn(out)).toHaveLength((JSON.parse(printed.output) as { rows: number }).rows);
    expect(new Set(rowsIn(out).map(({ id }) => id)).size).toBe(rowsIn(out).length);
    expect(rowsIn(out).reduce((sum, { like }) => sum + (like ?? 1), 0)).toBe(40_000);
  });
});

/** With something in it. */
async function untilThere(file: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    try {
      if (readFileSync(file).length > 0) return;
    } catch {}
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`${file} did not come`);
}
