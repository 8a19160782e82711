// `evaluate` plays a learned policy with tiers by topic: where the topic decides, and not where the score alone would send a row.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";
import { topicsOfWords } from "../request/policy/learned/topics-of.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-evaluate-topics-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const topics = topicsOfWords({ law: ["plaintiff"], chat: ["weather"] });
const [model, data, config] = [join(folder, "model.json"), join(folder, "data.jsonl"), join(folder, "sluice.yaml")];
writeFileSync(model, encodeModel(modelOf(["theorem"], { topics }))); // law looks easy to it
const rows = Array.from({ length: 60 }, (_, at) =>
  at % 3 === 0 ? { prompt: `the plaintiff ${at}`, label: "strong" } : { prompt: `the weather ${at}`, label: "weak" },
);
writeFileSync(data, rows.map((row) => JSON.stringify(row)).join("\n"));

async function misroutes(settings: string): Promise<number | undefined> {
  writeFileSync(config, `policies: { main: { type: learned, file: model.json, threshold: 0.5${settings} } }`);
  printed.output = "";
  await evaluateCommand(["evaluate"]).parseAsync(["--json", "--resamples", "20", "--data", data, "--config", config, "--policy", "main"], {
    from: "user",
  });
  const { policies } = JSON.parse(printed.output) as {
    policies: readonly { name: string; figures: { labels: { misroute: { value: number } } } }[];
  };
  return policies.find(({ name }) => name === "main")?.figures.labels.misroute.value;
}

test.each([
  ["as the score has it, without any", "", 20 / 60],
  ["by the topic", ", byTopic: { law: [strong] }", 0],
  ["by a topic that keeps it from strong", ", byTopic: { law: [weak] }", 20 / 60],
])("rows are routed %s", async (_, settings, wrong) => {
  expect(await misroutes(settings)).toBeCloseTo(wrong, 9);
});
