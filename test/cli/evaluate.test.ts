import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CommanderError } from "commander";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import type { SluiceError } from "../../src/errors.ts";
import type { EvaluationResult } from "../../src/study/evaluate/result.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-evaluate-"));
const printed = catchPrinted();
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(content) : content);
  return path;
}

async function evaluate(...options: string[]): Promise<void> {
  await evaluateCommand(["evaluate", ...options])
    .exitOverride()
    .configureOutput({
      writeErr: (text) => {
        printed.messages += text;
      },
    })
    .parseAsync(["--resamples", "200", ...options], { from: "user" });
}

async function evaluateJson(...options: string[]): Promise<EvaluationResult> {
  await evaluate("--json", ...options);
  return JSON.parse(printed.output) as EvaluationResult;
}

async function errorOf(...options: string[]): Promise<SluiceError | CommanderError> {
  return evaluate(...options).then(
    () => Promise.reject(new Error("expected an error")),
    (error) => error,
  );
}

/** `hard` of every ten rows hold a keyword and need strong; one of ten holds one for nothing. */
const rows = (count: number, hard = 4) =>
  Array.from({ length: count }, (_, at) => {
    const needsStrong = at % 10 < hard;
    const prompt = needsStrong || at % 10 === 9 ? `Please refactor this, number ${at}` : `Good morning, number ${at}`;
    return { prompt, group: `g${at % 2}`, label: needsStrong ? "strong" : "weak", weakScore: needsStrong ? 0 : 1 };
  });

const labelled = file(
  "labels.jsonl",
  rows(400)
    .map(({ prompt, group, label }) => JSON.stringify({ prompt, group, label }))
    .join("\n"),
);

describe("tiers that cannot take a request", () => {
  const image = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
  const request = (at: number) => ({
    tools: at % 4 === 0 ? [{ type: "function", function: { name: "f" } }] : [],
    ...(at % 5 === 0 ? { max_tokens: 9000 } : {}),
    messages: [
      { role: "user", content: at % 10 === 1 ? [{ type: "text", text: `What is this? ${at}` }, image] : `Good morning, number ${at}` },
    ],
  });
  const whole = file(
    "requests.jsonl",
    Array.from({ length: 100 }, (_, at) => JSON.stringify({ request: request(at), label: at % 10 === 1 ? "strong" : "weak" })).join("\n"),
  );
  const tiers = (keys: string) => file("tiers.yaml", `tiers: [{ name: weak, ${keys} }, { name: strong }]`);

  test.each<[keys: string, moved: number]>([
    ["can: { images: true }", 0],
    ["can: { images: false }", 10],
    ["can: { tools: false }", 25],
    ["contextTokens: 8000", 20],
    ["can: { images: false, tools: false }, contextTokens: 8000", 10 + 25 + 20 - 5],
  ])("with %s, %d of 100 rows count for the tier that takes them", async (keys, moved) => {
    const { policies, warnings } = await evaluateJson("--data", whole, "--policy", "v7", "--config", tiers(keys));
    expect(policies[0]).toMatchObject({ moved, figures: { weakShare: { value: (100 - moved) / 100 } } });
    const said = warnings.filter((warning) => warning.includes("which cannot take them"));
    expect(said).toEqual(moved === 0 ? [] : [expect.stringMatching(new RegExp(`^v7: ${moved} of 100 rows count for another tier`))]);
  });
});

describe("results", () => {
  test("a policy that routes is told so, first of all", async () => {
    await evaluate("--data", labelled, "--policy", "v7");
    expect(printed.output).toMatch(/^Data {2}\S+labels\.jsonl\n {6}400 rows with labels; 40\.0 % need strong\n\nDoes it route\?\n/);
    expect(printed.output).toMatch(/\n {2}YES +v7 +misroutes 10 % at 50 % weak/);
    expect(printed.messages).toBe("");
    expect(process.exitCode).toBeUndefined();
  });

  test("--json is the whole result as one object", async () => {
    const result = await evaluateJson("--data", labelled, "--policy", "v7", "--seed", "7");
    expect(printed.output.split("\n")).toHaveLength(2);
    expect(result).toMatchObject({
      rows: 400,
      skipped: 0,
      truth: "labels",
      neededStrong: 0.4,
      seed: 7,
      resamples: 200,
      sweep: [],
      gate: [],
    });
    expect(result.files).toEqual([labelled]);
    const [policy] = result.policies;
    expect(policy).toMatchObject({ name: "v7", evidence: "better" });
    expect(policy?.figures.labels.confusion).toEqual({ truePositives: 160, falsePositives: 40, falseNegatives: 0, trueNegatives: 200 });
    expect(policy?.baselines.map(({ name }) => name).toSorted()).toEqual(["all-strong", "all-weak", "length", "random"]);
    expect(policy?.byGroup.map(({ name }) => name)).toEqual(["g0", "g1"]);
  });

  test("the same seed gives the same bytes", async () => {
    await evaluate("--data", labelled, "--json");
    const first = printed.output;
    printed.output = "";
    await evaluate("--data", labelled, "--json");
    expect(printed.output).toBe(first);
  });

  test("without --policy the active one of the configuration is judged, at the configuration's prices", async () => {
    const config = file(
      "sluice.yaml",
      `tiers:
  - { name: weak, price: { inputPerMTok: 1, outputPerMTok: 1 } }
  - { name: strong, price: { inputPerMTok: 10, outputPerMTok: 10 } }
active: short
policies:
  short: { type: threshold, preset: v7, maxChars: 5 }
`,
    );
    const result = await evaluateJson("--data", labelled, "--config", config, "--output-tokens", "1000");
    expect(result.policies.map(({ name }) => name)).toEqual(["short"]);
    expect(result.policies[0]?.figures.weakShare.value).toBe(0);
    expect(result.policies[0]?.figures.costPer1000).toBeGreaterThan(10);
    expect(result.policies[0]?.figures.costPer1000).toBeLessThan(10.2);
  });

  test("several policies stand beside each other, each once", async () => {
    const result = await evaluateJson("--data", labelled, "--policy", "v7", "v1", "--policy", "v7");
    expect(result.policies.map(({ name }) => name)).toEqual(["v7", "v1"]);
  });

  test("a policy that is not there", async () => {
    expect(await errorOf("--data", labelled, "--policy", "nosuch")).toMatchObject({ exitCode: 2 });
  });

  test("--sweep shows a front", async () => {
    await evaluate("--data", labelled, "--sweep");
    expect(printed.output).toMatch(/\nSweep: \d+ of \d+ settings are on the front/);
  });

  test("--html writes a page, and says where", async () => {
    const page = join(folder, "report.html");
    await evaluate("--data", labelled, "--html", page);
    expect(readFileSync(page, "utf8")).toMatch(/^<!doctype html>/i);
    expect(printed.messages).toBe(`the page is in ${page}\n`);
    expect(await errorOf("--data", labelled, "--html", join(folder, "no", "folder.html"))).toMatchObject({
      code: "output-unwritable",
      exitCode: 1,
    });
  });
});

describe("what the report says of itself", () => {
  test("it tells version, day, command line and configuration, and ends with what to do next", async () => {
    const config = file("told.yaml", "tiers: [{ name: small }, { name: large }]\n");
    await evaluate("--data", labelled, "--policy", "v7", "--config", config, "--labels", "weak=easy", "strong=hard one");
    const options = `--config ${config} --labels weak=easy 'strong=hard one'`;
    const [, run, next] = /\nRun\n([\s\S]*)\n\nNext\n([\s\S]*)$/.exec(printed.output) ?? [];
    expect(run).toContain(`      sluice evaluate --data ${labelled} --policy v7 ${options}\n      sluice `);
    expect(run).toMatch(/\n {6}sluice \d+\.\d+\.\d+\S*, \d{4}-\d{2}-\d{2}\n/);
    expect(run).toMatch(/\n {6}configuration \S+told\.yaml\n {6}threshold@v7: \{"type": "threshold",/);
    expect(next).toBe(`      v7: use it: put this into sluice.yaml, then watch its share
        $ sluice check --config ${config}
        $ sluice top
        active: v7
        policies:
          v7: { type: threshold, preset: v7 }
`);
  });

  test("--json and the page say the same", async () => {
    const page = join(folder, "told.html");
    const { about, next } = await evaluateJson("--data", labelled, "--policy", "v1", "--html", page);
    expect(about).toMatchObject({
      date: new Date().toISOString().slice(0, 10),
      command: `sluice evaluate --json --data ${labelled} --policy v1 --html ${page}`,
      configuration: { defaultTier: "strong", policies: [{ name: "v1", id: "threshold@v1", settings: { type: "threshold" } }] },
    });
    expect(next).toHaveLength(1);
    const html = readFileSync(page, "utf8");
    expect(html).toContain(`<pre dir="auto">${about?.command}</pre>`);
    expect(html.indexOf("What to do next</h2>")).toBeGreaterThan(html.indexOf("This run</h2>"));
  });

  test("the training that it advises reads the same data the same way", async () => {
    const plain = rows(100).map(({ label }, at) => JSON.stringify({ prompt: `Hello ${at}`, label }));
    const path = file("plain.jsonl", plain.join("\n"));
    const { next } = await evaluateJson("--data", path, "--policy", "v1", "--columns", "label=label", "--gate", "misroute<=0.9", "--sweep");
    expect(next?.[0]?.commands).toEqual([`sluice train --data ${path} --columns label=label --out model.json`]);
  });
});

describe("too little to judge", () => {
  const some = (name: string, count: number, hard?: number) =>
    file(
      name,
      rows(count, hard)
        .map(({ prompt, label }) => JSON.stringify({ prompt, label }))
        .join("\n"),
    );

  test.each([
    [some("29.jsonl", 29), "no verdict on 29 rows: it takes at least 30, 1 more", /label 1 more rows at least, 171/],
    [some("easy.jsonl", 60, 0), "none of these rows needs strong", /label rows that need strong/],
    [some("hard.jsonl", 60, 10), "all of these rows need strong", /label rows for which weak would do/],
  ])("%s: no verdict, no evidence, and what to label", async (path, verdict, what) => {
    const result = await evaluateJson("--data", path, "--policy", "v7", "--gate", "better-than=random");
    expect(result.policies[0]).toMatchObject({ evidence: "none", verdict: expect.stringContaining(verdict) });
    expect(result.next?.[0]?.what).toMatch(what);
    expect(result.gate[0]?.met).toBe(false);
  });

  test("30 rows of both kinds get a verdict", async () => {
    const result = await evaluateJson("--data", some("30.jsonl", 30), "--policy", "v7");
    expect(result.policies[0]?.verdict).not.toContain("no verdict");
  });
});

describe("data", () => {
  test("a page that cannot be written is told before the data is looked at", async () => {
    const nowhere = join(folder, "no", "folder.html");
    expect(await errorOf("--data", "nowhere.jsonl", "--html", nowhere)).toMatchObject({ code: "output-unwritable" });
    expect(await errorOf("--data", "nowhere.jsonl", "--html", folder)).toMatchObject({ code: "output-unwritable" });
  });

  test("a request without text is refused: it would count as the shortest of all", async () => {
    const empty = file("empty.jsonl", '{"messages":[{"role":"user","content":""}],"label":"weak"}\n');
    expect(await errorOf("--data", empty)).toMatchObject({ code: "data-invalid", message: expect.stringContaining(`${empty}:1: `) });
    expect(await errorOf("--data", empty, "--skip-bad")).toMatchObject({ code: "data-empty" });
  });

  test("--labels gives the values of a label their tiers", async () => {
    const words = rows(100).map(({ prompt, label }) => JSON.stringify({ prompt, label: label === "strong" ? "hard" : 0 }));
    const result = await evaluateJson("--data", file("words.jsonl", words.join("\n")), "--labels", "weak=easy,0", "strong=hard");
    expect(result).toMatchObject({ rows: 100, truth: "labels", neededStrong: 0.4 });
  });

  test("--models gives the models of an arena their tiers", async () => {
    const battles = rows(100).map(({ prompt, label }) =>
      JSON.stringify({
        model_a: "small",
        model_b: "large",
        winner: label === "strong" ? "model_b" : "tie",
        conversation_a: [{ role: "user", content: prompt }],
      }),
    );
    const arena = file("arena.jsonl", battles.join("\n"));
    expect(await evaluateJson("--data", arena, "--models", "weak=small", "strong=large")).toMatchObject({ rows: 100, neededStrong: 0.4 });
    expect(await errorOf("--data", arena)).toMatchObject({ hint: expect.stringContaining("--models") });
  });

  const HEADER = "prompt,mistralai/Mixtral-8x7B-Instruct-v0.1,gpt-4-1106-preview\n";
  const subject = (at: number) =>
    HEADER +
    rows(100)
      .map(({ prompt, weakScore }) => `"${prompt}, subject ${at}",${weakScore === 1 ? "True" : "False"},True\n`)
      .join("");

  test("RouteLLM's files: columns by their names, a group a file, contaminated prompts left out", async () => {
    const files = [file("mmlu_anatomy.csv", subject(1)), file("mmlu_virology.csv", subject(2))];
    const exclude = file("contaminated_prompts.jsonl", `{"eval_prompt":"Please refactor this, number 0, subject 1"}\n`);
    const columns = "prompt=prompt,weak=mistralai/Mixtral-8x7B-Instruct-v0.1,strong=gpt-4-1106-preview,group=@file";
    const result = await evaluateJson("--data", ...files, "--policy", "v7", "--columns", columns, "--exclude", exclude);
    expect(result).toMatchObject({ rows: 199, truth: "scores", allStrongQuality: 1 });
    expect(Object.fromEntries(result.policies[0]?.byGroup.map(({ name, rows }) => [name, rows]) ?? [])).toEqual({
      mmlu_anatomy: 99,
      mmlu_virology: 100,
    });
    expect(result.policies[0]?.figures.scores?.gapRecovered?.value).toBe(1);
    expect(printed.messages).toBe(`left out 1 row whose prompt is in ${exclude}\n`);
  });

  test("a bad row ends it, with the place, the column and what to do", async () => {
    const bad = file("bad.jsonl", '{"prompt":"p","label":"weak"}\n{"prompt":"p","label":"medium"}\n');
    expect(await errorOf("--data", bad)).toMatchObject({
      exitCode: 1,
      message: `${bad}:2: column "label": expected weak or strong, found "medium"`,
      hint: expect.stringMatching(
        /^Say which values mean which tier, for example --labels weak=easy,0 strong=hard,1\. Or leave .* --skip-bad\.$/,
      ),
    });
    expect(printed.output).toBe("");
  });

  test("--skip-bad goes on, and says how many of which kind, the first three with their place", async () => {
    const bad = ['{"prompt":"p"}', "{", "[]", '{"prompt":"p"}', '{"request":{"model":"m"},"label":"weak"}'];
    const some = file("some.jsonl", [...bad, readFileSync(labelled, "utf8")].join("\n"));
    await evaluate("--data", some, "--skip-bad");
    expect(printed.output).toContain("400 rows with labels, 5 bad rows left out;");
    expect(printed.messages).toBe(`skipped 5 rows: 2 no label or scores, 1 not JSON, 1 not an object, 1 bad request
  ${some}:1: expected a label "label" or the scores "weak" and "strong", found "prompt"
  ${some}:2: expected a JSON object, found "{"
  ${some}:3: expected a JSON object, found []
  and 2 more
`);
  });

  test("a request that no filter could read is a bad row too", async () => {
    const foreign = file("foreign.jsonl", '{"request":{"model":"m"},"label":"weak"}\n');
    expect(await errorOf("--data", foreign)).toMatchObject({
      code: "data-invalid",
      message: `${foreign}:1: the request is JSON of no format that is read`,
    });
    expect(await errorOf("--data", foreign, "--skip-bad")).toMatchObject({
      code: "data-empty",
      message: `${foreign}: no rows left: 1 skipped`,
    });
  });

  test("requests of every format are read, by their path or their shape", async () => {
    const requests = [
      { path: "/v1/chat/completions", request: { messages: [{ role: "user", content: "hi" }] } },
      { path: "/v1/messages", request: { system: "s", messages: [{ role: "user", content: [{ type: "text", text: "refactor" }] }] } },
      { path: "/v1/responses", request: { input: "refactor" } },
      { path: "/v1/completions", request: { prompt: "hi" } },
    ];
    const formats = file("formats.jsonl", requests.map((each) => JSON.stringify({ ...each, label: "weak" })).join("\n"));
    const result = await evaluateJson("--data", formats, "--policy", "v7");
    expect(result.policies[0]?.figures.weakShare.value).toBe(0.5);
  });
});

describe("gate", () => {
  test("conditions that are met leave exit code 0", async () => {
    await evaluate("--data", labelled, "--policy", "v7", "--gate", "misroute<=0.15,weak-share=0.4..0.6,better-than=random");
    expect(printed.output).toMatch(/\nGate: passed\n {2}met {2}v7 {2}misroute<=0\.15 +misroute 0\.1 \[/);
    expect(process.exitCode).toBeUndefined();
  });

  test("one that is not met makes it 1, each with its figure", async () => {
    const result = await evaluateJson("--data", labelled, "--policy", "v7", "--gate", "misroute<=0.05,weak-share=0.4..0.6");
    expect(result.gate.map(({ condition, met }) => [condition, met])).toEqual([
      ["misroute<=0.05", false],
      ["weak-share=0.4..0.6", true],
    ]);
    expect(result.gate[0]?.figure).toMatch(/^misroute 0\.1 \[/);
    expect(process.exitCode).toBe(1);
  });
});

describe("usage", () => {
  test.each([
    [["--gate", "misroute=0.1"], /--gate.*"=" takes a range/],
    [["--seed", "x"], /--seed.*whole number from 0 up/],
    [["--resamples", "0"], /--resamples.*whole number from 1 up/],
    [["--output-tokens", "1.5"], /--output-tokens.*whole number/],
  ])("%j is refused", async (options, message) => {
    const error = await errorOf("--data", labelled, ...options);
    expect(error).toBeInstanceOf(CommanderError);
    expect(printed.messages).toMatch(message);
  });

  test("--data is needed", async () => {
    expect(await errorOf("--json")).toBeInstanceOf(CommanderError);
  });

  test.each([
    [["--columns", "promt=x"], "columns-invalid"],
    [["--labels", "weak=easy"], "tiers-invalid"],
    [["--models", "small"], "tiers-invalid"],
    [["--data", "nowhere.jsonl"], "data-not-found"],
    [["--config", "nowhere.yaml"], "config-not-found"],
  ])("%j", async (options, code) => {
    expect(await errorOf("--data", labelled, ...options)).toMatchObject({ code, exitCode: 2 });
  });
});

test("--robust counts the decisions that flip", async () => {
  const { policies } = await evaluateJson("--data", labelled, "--policy", "v7", "--robust");
  const [spaces, cases, typo] = policies[0]?.robust ?? [];
  expect([spaces?.rows, cases?.rows, typo?.rows]).toEqual([400, 400, 400]);
  expect([spaces?.share.value, cases?.share.value]).toEqual([0, 0]); // v7 folds case, and looks for words
  expect(typo?.toWeak).toBeGreaterThan(0);
});
