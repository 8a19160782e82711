// `sluice train` with an embedding endpoint: the rows' vectors are asked for once, and the model takes them where they tell something.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { trainCommand } from "../../src/cli/train.ts";
import { parseModel } from "../../src/request/policy/learned/model-file.ts";
import { sampleExamples } from "../study/train/sample-examples.ts";
import { catchPrinted } from "../support/printed.ts";
import { startVectorServer } from "../support/vector-server.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-train-embedding-"));
const [out, data, keyFile] = [join(folder, "model.json"), join(folder, "rows.jsonl"), join(folder, "key")];
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const rows = sampleExamples({ rows: 300, telling: 0.3, truth: "label" }).map(({ body, truth }, row) => {
  const { messages } = JSON.parse(new TextDecoder().decode(body)) as { messages: { content: string }[] };
  return { prompt: `${messages[0]?.content} ${row}`, label: truth.kind === "label" ? truth.needed : "" };
});
writeFileSync(data, rows.map((row) => JSON.stringify(row)).join("\n"));
writeFileSync(keyFile, "secret\n");

const needed = new Map(rows.map(({ prompt, label }) => [prompt, label]));
const server = await startVectorServer((text) => [needed.get(text) === "strong" ? 1 : -1, (text.length % 7) - 3, 2, 0, 1, 0, 0, 1]);

async function run(...options: string[]): Promise<void> {
  const command = trainCommand(["train", ...options]).exitOverride();
  await command.parseAsync(["--out", out, "--date", "2026-01-31", ...options], { from: "user" });
}
const EMBEDDED = ["--data", data, "--embedding-endpoint", server.url, "--embedding-model", "small"];

describe("sluice train --embedding-endpoint", () => {
  test("asks for the vector of each row, and makes a model that takes them; a second run asks nothing and makes the same", async () => {
    await run(...EMBEDDED, "--embedding-key-file", keyFile);
    const first = readFileSync(out);
    expect(parseModel(first).embedding).toMatchObject({ model: "small", dimensions: 8, isCut: false });
    expect(server.asked.flat().toSorted()).toEqual(rows.map(({ prompt }) => prompt).toSorted());
    expect(server.bodies[0]).toMatchObject({ model: "small", encoding_format: "float" });
    expect(server.bodies[0]).not.toHaveProperty("dimensions");
    expect(new Set(server.keys)).toEqual(new Set(["Bearer secret"]));
    expect(printed.messages).toMatch(/^embedded \d+ of 300 texts$/m);
    expect(printed.output).toContain("The embedding is taken: ");
    expect(printed.output).toContain(`trained: { type: learned, file: `);
    expect(printed.output).toContain(`embedding: { endpoint: ${JSON.stringify(server.url)} }`);
    const asked = server.bodies.length;
    await run(...EMBEDDED);
    expect(server.bodies.length).toBe(asked);
    expect(readFileSync(out).equals(first)).toBe(true);
    await run("--data", data, "--embeddings", `${data}.vectors.jsonl`);
    expect(readFileSync(out).equals(first)).toBe(true);
  });

  test("with dimensions asks for so many, and the model says that they were asked for", async () => {
    await run(...EMBEDDED, "--embedding-dimensions", "8", "--embeddings", join(folder, "eight.jsonl"));
    expect(server.bodies.at(-1)).toMatchObject({ dimensions: 8 });
    expect(parseModel(readFileSync(out)).embedding).toMatchObject({ dimensions: 8, isCut: true });
  });

  test.each([
    [
      "vectors of another model",
      ["--data", data, "--embedding-endpoint", server.url, "--embedding-model", "large"],
      "holds vectors of small, not of large",
    ],
    ["no model", ["--data", data, "--embedding-endpoint", server.url], "--embedding-endpoint needs --embedding-model"],
    ["standard input and no file", [...EMBEDDED.slice(2), "--data", "-"], "beside standard input there is no file of vectors"],
    ["a key that is nowhere", [...EMBEDDED, "--embedding-key-file", join(folder, "none")], "none: cannot be read"],
  ])("refuses %s before it reads a row", async (_what, options, message) => {
    await expect(run(...options)).rejects.toMatchObject({ code: "vectors-unusable", message: expect.stringContaining(message) });
  });

  test.each([
    ["a URL without a scheme", ["--embedding-endpoint", "127.0.0.1:8080/v1/embeddings"]],
    ["five dimensions", ["--embedding-dimensions", "5"]],
  ])("refuses %s as wrong usage", async (_what, options) => {
    await expect(run("--data", data, ...options)).rejects.toMatchObject({ code: "commander.invalidArgument" });
  });
});
