// `evaluate --cache-pairs`: with embeddings that call everything alike the veto stands alone, and too few pairs prove nothing.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import type { MeasuredPairs } from "../../src/study/cache-pairs/measured.ts";
import { type EmbeddingServer, startEmbeddingServer } from "../support/embedding-server.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-cache-pairs-"));
const printed = catchPrinted();
const PAIRS = fileURLToPath(new URL("../../examples/cache-pairs.jsonl", import.meta.url));
let server: EmbeddingServer;
let config: string;

beforeAll(async () => {
  server = await startEmbeddingServer("alike");
  config = file("sluice.yaml", `cache: { ttl: 1d, semantic: { endpoint: "${server.url}", model: m, timeoutMs: 1000 } }`);
});
beforeEach(() => {
  server.way = "alike";
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const evaluate = (...words: readonly string[]) =>
  evaluateCommand(["evaluate"]).parseAsync([...words, "--config", config], { from: "user" });
const exitCode = () => {
  const code = process.exitCode ?? 0;
  process.exitCode = 0;
  return code;
};

describe("pairs of questions", () => {
  test("are judged by likeness and by words, by language and kind, with an exact bound", async () => {
    await evaluate("--cache-pairs", PAIRS, "--json");
    const result = JSON.parse(printed.output) as MeasuredPairs;
    expect(result.different).toMatchObject({ pairs: 659, served: 0, byLikeness: 659 });
    expect(result.alike.served).toBeGreaterThan(120);
    expect(result.bound).toBeCloseTo(1 - 0.05 ** (1 / 659), 6);
    expect(result.rows.find(({ language, kind }) => language === "ko" && kind === "order")?.served).toMatchObject({ served: 0 });
    expect([result.isOn, exitCode()]).toEqual([true, 0]);
  });

  test.each([
    [
      "too few",
      '{"one":"a 1","two":"a 2","same":false}',
      "off: 1 different pairs prove 95.00 % only; 299 without a wrong one prove maxError",
    ],
    [
      "one served wrongly",
      '{"one":"Is it on?","two":"is it on","same":false}',
      "off: up to 100.00 % of what asks for something else is answered",
    ],
  ])("of which there are %s keep it off, and it says why", async (_, line, why) => {
    await evaluate("--cache-pairs", file("pairs.jsonl", `${line}\n\n{"one":"Hi","two":"hi","same":true}\n`));
    expect(printed.output).toContain(why);
    expect(exitCode()).toBe(1);
  });

  test.each([
    ["no JSON", "{", "data-invalid"],
    ["no question", '{"one":"","two":"a","same":true}', "data-invalid"],
    ["no word on whether they ask the same", '{"one":"a","two":"b"}', "data-invalid"],
    ["nothing", "\n", "data-empty"],
  ])("with %s in a line are refused", async (_, line, code) => {
    await expect(evaluate("--cache-pairs", file("bad.jsonl", line))).rejects.toMatchObject({ code });
  });

  test("are not judged without an endpoint, nor by one that fails", async () => {
    server.way = "status";
    await expect(evaluate("--cache-pairs", PAIRS)).rejects.toMatchObject({
      code: "embeddings-failed",
      message: expect.stringContaining("503"),
    });
    const none = file("none.yaml", "cache: {}");
    const command = evaluateCommand(["evaluate"]).parseAsync(["--cache-pairs", PAIRS, "--config", none], { from: "user" });
    await expect(command).rejects.toMatchObject({ code: "semantic-off" });
  });
});
