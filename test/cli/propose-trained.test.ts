// `sluice propose` where a trained policy is the change: what it keeps of the learned policy before it, and what it does of several tiers.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { proposeCommand } from "../../src/cli/propose.ts";
import { loadConfig } from "../../src/config/load.ts";
import { policyNamed } from "../../src/config/routing-of.ts";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { readLoop } from "../../src/study/loop/read-loop.ts";
import { decisionsOf } from "../../src/study/propose/asked-rows.ts";
import { readRows } from "../../src/study/propose/labelled-rows.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";
import { topicsOfWords } from "../request/policy/learned/topics-of.ts";
import { madeRows } from "../study/propose/made-rows.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-propose-trained-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

type Row = { readonly content: string; readonly needs: boolean; readonly at: number };

/** A word that tells in four of ten rows; what `more` says goes into the row. */
function rowsFile(name: string, more: (row: Row) => object): string {
  const made = madeRows({ seed: 2, rows: 320, needs: 0.05, planted: { word: "kubernetes", language: "en", share: 0.4, needs: 0.95 } });
  const lines = made.labelled.map(({ body, quality }, at) => {
    const { messages } = JSON.parse(new TextDecoder().decode(body)) as { readonly messages: readonly [{ readonly content: string }] };
    const [{ content }] = messages;
    return JSON.stringify({ id: `${at}`, request: { messages }, ...more({ content, needs: quality[0] === 0, at }) });
  });
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

/** The texts of what it wrote, and of each row the tier that the written candidate decides for. */
async function proposed(name: string, data: string, config: string, ...options: readonly string[]) {
  const out = join(folder, name);
  mkdirSync(out);
  const file = join(out, "sluice.yaml");
  writeFileSync(file, config);
  const words = ["--data", data, "--config", file, "--out", join(out, "out"), "--resamples", "200", "--try", "trained", ...options];
  await proposeCommand(["propose", ...words])
    .exitOverride()
    .parseAsync(words, { from: "user" });
  const read = (each: string) => readFileSync(join(out, "out", each), "utf8");
  const written = await loadConfig(join(out, "out", "sluice.yaml"));
  const tiers = written.tiers.map((tier) => tier.name);
  const { labelled } = await readRows(readLoop([data]), tiers);
  const place = { tiers, defaultTier: tiers.at(-1) ?? "", can: undefined, envelopes: [] };
  const decided = decisionsOf(labelled, policyNamed(written, "proposed").policy, place);
  return { yaml: read("sluice.yaml"), report: JSON.parse(read("proposal.json")) as Report, decided: [...decided] };
}

interface Report {
  readonly proposal: {
    readonly chosen: string;
    readonly change: { readonly leftOut: readonly object[]; readonly unused?: object };
    readonly comparison: { readonly figures: readonly { readonly figure: string; readonly after: { readonly value: number } }[] };
  };
}

const writtenPolicy = (yaml: string) => (parse(yaml) as { readonly policies: { readonly proposed: object } }).policies.proposed;
const figure = ({ proposal }: Report, name: string) => proposal.comparison.figures.find((each) => each.figure === name)?.after.value ?? 0;
const part = (of: readonly number[], tier: number) => of.filter((each) => each === tier).length / of.length;

test("tiers of topics that the new model tells are measured and written; what is lost is said", { timeout: 60_000 }, async () => {
  const isLaw = (at: number) => at % 3 === 0;
  const data = rowsFile("topics.jsonl", ({ content, needs, at }) => {
    const [group, word] = isLaw(at) ? ["law", "plaintiff"] : ["chat", "weather"];
    const request = { messages: [{ role: "user", content: `${word} ${word}s ${content}` }] };
    return { request, group, weak: needs ? 0 : 1, strong: 1 };
  });
  const topics = topicsOfWords({ law: ["plaintiff"], chat: ["weather"], tax: ["levy"] });
  writeFileSync(join(folder, "old.json"), encodeModel(modelOf(["theorem"], { topics })));
  const near = "{ name: near, from: -0.1, below: 0, shape: { prepend: Think. } }";
  const byTopic = "byTopic: { law: [strong], tax: [strong], other: [weak] }";
  const config = `policies:\n  main: { type: learned, file: ${join(folder, "old.json")}, ${byTopic}, bands: [${near}] }\n`;
  const { yaml, report, decided } = await proposed("topics", data, config, "--weak-share", "0.6");
  expect(writtenPolicy(yaml)).toEqual({
    ...{ type: "learned", file: "proposed-model.json", threshold: "auto", weakShare: 0.6 },
    byTopic: { law: ["strong"] },
  });
  expect(printed.output.replace(/\s+/g, " ")).toContain(
    "byTopic stays: law strong - no byTopic for tax any more: the new model does not tell it, which takes 20 rows of this " +
      "group - no byTopic for other any more: topics that the new model does not tell would be among them - no bands any more (near):",
  );
  expect(report.proposal.change.leftOut).toEqual([
    { what: "topic", topic: "tax" },
    { what: "other-topics" },
    { what: "bands", names: ["near"] },
  ]);
  expect(
    part(
      decided.filter((_, at) => isLaw(at)),
      1,
    ),
  ).toBeGreaterThan(0.98);
  expect(
    part(
      decided.filter((_, at) => !isLaw(at)),
      1,
    ),
  ).toBeLessThan(0.6);
  expect(Math.abs(figure(report, "weakShare") - part(decided, 0))).toBeLessThan(0.06); // by whole rows that it has not seen
});

test("bands that end at the threshold are written as they stand", { timeout: 60_000 }, async () => {
  const data = rowsFile("bands.jsonl", ({ needs }) => ({ weak: needs ? 0 : 1, strong: 1 }));
  writeFileSync(join(folder, "plain.json"), encodeModel(modelOf(["theorem"])));
  const under = "{ name: under, below: 0, shape: { prepend: Think. } }";
  const { yaml, report } = await proposed(
    "bands",
    data,
    `policies:\n  main: { type: learned, file: ${join(folder, "plain.json")}, bands: [${under}] }\n`,
  );
  expect(writtenPolicy(yaml)).toMatchObject({ bands: [{ name: "under", below: 0, shape: { prepend: "Think." } }] });
  expect([report.proposal.change.leftOut, printed.output.includes("bands stay: under")]).toEqual([[], true]);
});

const TIERS = ["small", "medium", "large"].map(
  (name, at) => `  - { name: ${name}, price: { inputPerMTok: ${10 ** at}, outputPerMTok: ${10 ** at} } }\n`,
);
const THREE = `tiers:\n${TIERS.join("")}policies:\n  main: { type: fixed, tier: small }\n`;

test("of three tiers each is decided for, where the rows tell of each", { timeout: 60_000 }, async () => {
  const data = rowsFile("three.jsonl", ({ content, needs, at }) => {
    const hard = needs && at % 2 === 0;
    const request = { messages: [{ role: "user", content: hard ? `theorem ${content}` : content }] };
    return { request, scores: { small: needs ? 0 : 1, medium: hard ? 0 : 1, large: 1 } };
  });
  const { report, decided } = await proposed("three", data, THREE, "--weak-share", "0.6");
  expect([0, 1, 2].map((tier) => part(decided, tier) > 0.1)).toEqual([true, true, true]);
  expect(report.proposal.change.unused).toBeUndefined();
  expect(Math.abs(figure(report, "weakShare") - part(decided, 0))).toBeLessThan(0.06);
});

test("of three tiers the middle one gets nothing where no row tells of it, and that is said", { timeout: 60_000 }, async () => {
  const data = rowsFile("two.jsonl", ({ needs }) => ({ weak: needs ? 0 : 1, strong: 1 }));
  const { report, decided } = await proposed("two", data, THREE, "--weak-share", "0.6");
  expect([part(decided, 1), part(decided, 2) > 0.3]).toEqual([0, true]);
  expect(report.proposal.change.unused).toEqual({ tiers: ["medium"], why: "no-scores" });
  expect(printed.output.replace(/\s+/g, " ")).toContain("it sends nothing to medium: no labelled row has `scores` of its own");
});
