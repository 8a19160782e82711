// `sluice evaluate` and `explain` of a policy whose model takes vectors: with them where they are given, else it says that they are missed.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { explainCommand } from "../../src/cli/explain.ts";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { vectorModelOf } from "../request/policy/learned/vector-model.ts";
import { catchPrinted } from "../support/printed.ts";
import { startVectorServer } from "../support/vector-server.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-evaluate-embedding-"));
const at = (name: string) => join(folder, name);
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = 600; // more than are asked for at once
const prompts = Array.from({ length: ROWS }, (_, row) => `question ${row} of ${row % 3 === 0 ? "one kind" : "another"}`);
writeFileSync(
  at("rows.jsonl"),
  prompts.map((prompt, row) => JSON.stringify({ prompt, label: row % 3 === 0 ? "strong" : "weak" })).join("\n"),
);
writeFileSync(at("model.json"), encodeModel(vectorModelOf(["nothing"])));
writeFileSync(at("other.json"), encodeModel(vectorModelOf([], 0, { embedding: otherEmbedding() })));

writeFileSync(at("wide.json"), encodeModel(vectorModelOf([], 0, { embedding: wideEmbedding() })));

function wideEmbedding() {
  const { embedding } = vectorModelOf([]);
  const [step] = embedding?.steps ?? [];
  const parts = step?.parts.map((part) => ({ ...part, vector: new Float32Array(3) })) ?? [];
  return embedding && step && { ...embedding, dimensions: 3, steps: [{ ...step, parts }] };
}

function otherEmbedding() {
  const { embedding } = vectorModelOf([]);
  return embedding && { ...embedding, model: "other" };
}

const server = await startVectorServer((text) => [text.includes("one kind") ? 1 : -1, 0]);
const ASKED = ["--embedding-endpoint", server.url, "--embedding-model", "small"];

async function evaluate(...options: string[]) {
  const policy = options.includes("--policy") ? [] : ["--policy", `learned:${at("model.json")}`];
  const words = ["--data", at("rows.jsonl"), ...policy, "--json", "--resamples", "50", ...options];
  await evaluateCommand(["evaluate", ...words])
    .exitOverride()
    .parseAsync(words, { from: "user" });
  const { policies } = JSON.parse(printed.output) as { policies: { figures: object }[] };
  return policies.map(({ figures }) => figures);
}

describe("sluice evaluate", () => {
  test("asks for the vectors of the rows, decides with them, and asks for none of them twice", async () => {
    const [figures] = await evaluate(...ASKED);
    expect(figures).toMatchObject({ labels: { misroute: { value: 0 } } });
    expect(server.asked.flat().toSorted()).toEqual(prompts.toSorted());
    expect(printed.messages).not.toContain("measured without");
  });

  test("reads them from the file alone", async () => {
    const before = server.bodies.length;
    expect((await evaluate("--embeddings", at("rows.jsonl.vectors.jsonl")))[0]).toMatchObject({ labels: { misroute: { value: 0 } } });
    expect(server.bodies.length).toBe(before);
  });

  test("without them measures what the text alone decides, and says so", async () => {
    await evaluate();
    const missing = "measured without the vectors that the model takes; --embeddings FILE or --embedding-endpoint gives them";
    expect(printed.messages).toContain(`learned:${at("model.json")}: ${missing}\n`);
  });

  test("of two policies says which is measured without", async () => {
    await evaluate(...ASKED, "--policy", `learned:${at("other.json")}`, `learned:${at("model.json")}`, "v7");
    expect(printed.messages).toMatch(/^learned:[^ ,]*other\.json: measured without/m);
  });

  test("refuses vectors that none of the policies takes", async () => {
    await expect(evaluate(...ASKED, "--policy", "v7")).rejects.toMatchObject({
      code: "vectors-unusable",
      message: "none of the policies takes vectors of small",
    });
  });

  test("refuses vectors of another length than the policy's model takes", async () => {
    await expect(evaluate(...ASKED, "--policy", `learned:${at("wide.json")}`)).rejects.toMatchObject({
      code: "vectors-unusable",
      message: "the vectors have 2 numbers, a policy's model takes 3",
    });
  });

  test("in words of sessions measures without, and says so", async () => {
    await evaluate("--by-session").catch(() => undefined);
    expect(printed.messages).toContain("measured without the vectors that the model takes\n");
  });
});

test("sluice explain says that the text alone has decided", async () => {
  const embedding = `{ endpoint: "${server.url}" }`;
  writeFileSync(at("sluice.yaml"), `policies: { main: { type: learned, file: model.json, embedding: ${embedding} } }`);
  writeFileSync(at("request.json"), JSON.stringify({ messages: [{ role: "user", content: "question 0 of one kind" }] }));
  const words = ["--config", at("sluice.yaml"), at("request.json")];
  await explainCommand().exitOverride().parseAsync(words, { from: "user" });
  expect(printed.output).toContain(
    "reason    learned-under (no-vector)\nvector    none: explain asks nobody for it, so the text alone decides\n",
  );
});
