// `sluice judge` from the command line, against judges by script whose biases, and a truth, are known.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { judgeCommand } from "../../src/cli/judge.ts";
import type { PairFigures } from "../../src/study/asking/judging/bias.ts";
import { randomSource } from "../../src/study/evaluate/random-source.ts";
import type { LoopRow } from "../../src/study/loop/loop-row.ts";
import { dataFile } from "../study/dataset/files.ts";
import { catchPrinted } from "../support/printed.ts";
import { type Heard, scriptedModel } from "../support/scripted-model.ts";

const printed = catchPrinted();
const model = await scriptedModel(() => ({}));

/** What a judge is shown: both answers, as they stand between their marks. */
function shown({ body }: Heard): { readonly a: string; readonly b: string } {
  const text = JSON.stringify(body["messages"]);
  const part = (name: string) =>
    JSON.parse(`"${new RegExp(`<answer-${name}-[0-9a-f]+>\\\\n(.*?)\\\\n</answer-${name}-`).exec(text)?.[1] ?? ""}"`) as string;
  return { a: part("A"), b: part("B") };
}

/** How good an answer is stands in it, and which question it answers; what has none, or answers another, is no answer. */
function quality(answer: string, heard: Heard): number {
  const asked = /Question (\w+):/.exec(JSON.stringify(heard.body))?.[1];
  const answered = /Answer to (\w+) \[q=(-?[\d.]+)\]/.exec(answer);
  return answered === null || answered[1] !== asked ? -9 : Number(answered[2]);
}

interface Biases {
  readonly first?: number;
  readonly longer?: number;
}

function scores(heard: Heard, { first = 0, longer = 0 }: Biases = {}): string {
  const { a, b } = shown(heard);
  const gap = quality(a, heard) - quality(b, heard) + first + longer * Math.tanh((a.length - b.length) / 300);
  const tenths = (score: number) => Math.round(10 * Math.min(10, Math.max(0, score))) / 10;
  return JSON.stringify({ reason: "as scripted", A: tenths(5 + gap / 2), B: tenths(5 - gap / 2) });
}

interface Made {
  readonly weak: number;
  readonly strong: number;
  readonly longer?: number; // characters that strong is longer by
}

function row(id: string, { weak, strong, longer = 0 }: Made, more: Partial<LoopRow> = {}): LoopRow {
  const answer = (q: number, chars: number) => ({ text: `Answer to ${id} [q=${q.toFixed(3)}] ${"x".repeat(Math.max(0, chars))}` });
  const request = { messages: [{ role: "user", content: `Question ${id}: why?` }] };
  return { id, request, answers: { weak: answer(weak, 900), strong: answer(strong, 900 + longer) }, ...more };
}

const files = (rows: readonly LoopRow[]) => dataFile(`judge-${count}.jsonl`, rows.map((each) => JSON.stringify(each)).join("\n"));
const some = (rows: number, more: (at: number) => Partial<LoopRow> = () => ({})) =>
  Array.from({ length: rows }, (_, at) => row(`r${at}`, at % 3 === 0 ? { weak: 2, strong: 1 } : { weak: 1, strong: 2 }, more(at)));

let out = "";
let count = 0;
beforeEach(() => {
  count++;
  out = dataFile(`judged-${count}.jsonl`, "").replace(/\.jsonl$/, "-out.jsonl");
  model.heard.length = 0;
  model.script = (heard) => ({ text: scores(heard) });
  process.exitCode = undefined;
});

async function judge(data: string, ...options: string[]): Promise<void> {
  const given = ["--data", data, "--out", out, "--url", model.url, "--model", "judge-1", "--price", "1,1", "--max-cost", "5", "--yes"];
  await judgeCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parseAsync([...given, ...options], { from: "user" });
}
const written = () =>
  readFileSync(out, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as LoopRow);

/** All that is found, but for the last digits of sums. */
function findings(): unknown {
  const toNine = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toFixed(9)) : value);
  const { canaries, agreement, pairs } = JSON.parse(printed.output, toNine) as Record<string, unknown>;
  return { canaries, agreement, pairs };
}

function report(): PairFigures {
  const { pairs } = JSON.parse(printed.output) as { readonly pairs: readonly { readonly figures: PairFigures }[] };
  const [pair] = pairs;
  if (pair === undefined) throw new Error("there is no pair in the report");
  return pair.figures;
}

describe("a fair judge", () => {
  test("makes a data set of answers, which evaluate reads as it is", async () => {
    await judge(files(some(30)));
    expect(written()).toHaveLength(30);
    const at = expect.stringMatching(/^\d{4}-/) as string;
    expect(written().find(({ id }) => id === "r1")).toMatchObject({
      weak: 0.45,
      strong: 0.55,
      labels: [{ by: "judge", needed: "strong", better: "strong", at }],
      judged: { by: "judge-1", lengths: { weak: 923, strong: 923 }, cost: 0.00003 },
    });
    expect(written().find(({ id }) => id === "r0")).toMatchObject({
      weak: 0.55,
      strong: 0.45,
      labels: [{ needed: "weak", better: "weak" }],
    });
    expect(printed.output).toMatch(/^judged: {5}30 rows by judge-1, each in both orders\n/);
    expect(printed.output).toContain("canaries:   8 of 8 seen through");
    expect(printed.output).toContain("position: no bias found");
    expect(printed.output).toContain("length:   nothing can be told: the answers of all pairs differ by as many characters\n");
    printed.output = "";
    await evaluateCommand().parseAsync(["--data", out, "--policy", "v7", "--json"], { from: "user" });
    expect(JSON.parse(printed.output)).toMatchObject({ rows: 30 });
  });

  test("is never told who answered, and sees every pair in both orders under marks that change", async () => {
    await judge(files(some(10)));
    const ofRow = model.heard.filter((heard) => JSON.stringify(heard.body).includes("Question r4:")).map(shown);
    const straight = ofRow.filter(({ a, b }) => a.includes("[q=1.000]") && b.includes("[q=2.000]"));
    const turned = ofRow.filter(({ a, b }) => a.includes("[q=2.000]") && b.includes("[q=1.000]"));
    expect([straight.length, turned.length]).toEqual([1, 1]);
    const texts = model.heard.map(({ body }) => JSON.stringify(body["messages"]));
    expect(texts.filter((text) => /\bweak\b|\bstrong\b/.test(text))).toEqual([]);
    expect(new Set(texts.map((text) => /<answer-A-(\w+)>/.exec(text)?.[1])).size).toBe(texts.length);
  });

  test("is not asked again about what stands in the journal, until the answers are others", async () => {
    const rows = some(12);
    await judge(files(rows));
    model.heard.length = 0;
    await judge(files(rows));
    expect(model.heard).toEqual([]);
    await judge(files([...rows.slice(1), row("r0", { weak: 3, strong: 1 })]));
    expect(model.heard.filter((heard) => JSON.stringify(heard.body).includes("[q=3.000]")).length).toBeGreaterThanOrEqual(2);
    expect(model.heard.length).toBeLessThan(20);
    expect(written().find(({ id }) => id === "r0")).toMatchObject({ weak: 0.6, strong: 0.4 });
  });

  test("is asked the same, and found the same, in whatever order the rows come", async () => {
    const rows = some(60, (at) => ({ labels: [{ by: "ann", better: (at % 7 === 0 ? 1 : at) % 3 === 0 ? "weak" : "strong" }] }));
    await judge(files(rows), "--json");
    const [found, asked] = [findings(), model.heard.length];
    expect(asked).toBe(2 * (60 + 8));
    [printed.output, model.heard.length] = ["", 0];
    await judge(files(rows.toReversed()), "--json");
    expect(model.heard).toEqual([]);
    expect(findings()).toEqual(found);
  });

  test("that forgets its scores is asked once more; rows without any are left out, and said", async () => {
    const forgot = new Set<string>();
    model.script = (heard) => {
      const { a, b } = shown(heard);
      if (JSON.stringify(heard.body).includes("Question r5:") && a !== "" && b !== "" && quality(a, heard) > -9 && quality(b, heard) > -9)
        return { text: "Hard to say." };
      const key = `${a}|${b}`;
      if (forgot.has(key)) return { text: scores(heard) };
      forgot.add(key);
      return { text: "Both are fine." };
    };
    await judge(files(some(9)));
    expect(written()).toHaveLength(8);
    expect(printed.output).toContain("left out:   0 rows without two answers, 1 not judged");
  });

  test("speaks Anthropic's interface, too", async () => {
    await judge(files(some(9)), "--format", "messages", "--temperature", "0");
    expect(model.heard[0]?.path).toBe("/v1/messages");
    expect(model.heard[0]?.body).toMatchObject({
      temperature: 0,
      model: "judge-1",
      system: expect.stringContaining("Length is no merit") as string,
    });
    expect(written()).toHaveLength(9);
  });
});

describe("rows with a reference", () => {
  test("are graded, and cost nothing", async () => {
    const graded = some(6, (at) => ({
      reference: { number: at % 2 },
      answers: { weak: { text: "It is 0" }, strong: { text: `It is ${at % 2}` } },
    }));
    await judge(files(graded));
    expect(model.heard).toEqual([]);
    expect(written().map(({ weak, strong, judged }) => [weak, strong, judged?.by])).toEqual(
      graded.map((_, at) => [at % 2 === 0 ? 1 : 0, 1, "number"]),
    );
    expect(printed.output).toContain("graded: 6 by number");
  });

  test("with tests go to the judge, unless code may be run", async () => {
    const code = (text: string) => ({ text: `\`\`\`python\n${text}\n\`\`\`` });
    const tests = [
      row(
        "c",
        { weak: 1, strong: 1 },
        { reference: { tests: "assert f() == 1" }, answers: { weak: code("def f(): return 2"), strong: code("def f(): return 1") } },
      ),
    ];
    await judge(files(tests), "--run-code");
    expect(model.heard).toEqual([]);
    expect(written()[0]).toMatchObject({ weak: 0, strong: 1, judged: { by: "tests" } });
  });
});

describe("a set with known truth, and a judge that likes what is first, and what is long", () => {
  const random = randomSource(11);
  const normal = () => Math.sqrt(-2 * Math.log(random() || 1e-12)) * Math.cos(2 * Math.PI * random());
  const made = Array.from({ length: 1200 }, () => ({
    weak: 0,
    strong: Number((0.6 + normal()).toFixed(3)),
    longer: Math.round(250 + 300 * normal()),
  }));
  const truth = made.filter(({ strong }) => strong > 0).length / made.length;
  const truthGap = made.reduce((sum, { strong }) => sum + strong, 0) / made.length / 10;

  test("both biases are found, and corrected scores are within 2 points of the truth", async () => {
    const rows = made.map((each, at) => row(`r${at}`, each));
    model.script = (heard) => ({ text: scores(heard, { first: 0.5, longer: 1.2 }) });
    await judge(files(rows), "--json", "--concurrency", "16", "--correct-length");
    const { judged, corrected, position, length } = report();
    expect(position.low).toBeGreaterThan(0);
    expect(length.low).toBeGreaterThan(0);
    expect(judged.base.value - truth).toBeGreaterThan(0.05);
    expect(Math.abs(corrected.base.value - truth)).toBeLessThan(0.02);
    expect(Math.abs(corrected.mean.base - corrected.mean.challenger - truthGap)).toBeLessThan(0.02);
    const gaps = written().map(({ weak = 0, strong = 0 }) => strong - weak);
    expect(Math.abs(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length - truthGap)).toBeLessThan(0.02);
  }, 60_000);
});

describe("a judge that cannot be trusted is refused, at the price of its canaries, and nothing is written", () => {
  test.each<[string, (heard: Heard) => string]>([
    ["always says A", () => '{"reason": "", "A": 9, "B": 2}'],
    ["always says B", () => '{"reason": "", "A": 2, "B": 9}'],
    ["likes everything alike", () => '{"reason": "", "A": 7, "B": 7}'],
    ["likes whatever is longer", (heard) => JSON.stringify({ A: shown(heard).a.length > shown(heard).b.length ? 9 : 1, B: 5 })],
    [
      "obeys an answer that speaks to it",
      (heard) =>
        /void/.test(shown(heard).a + shown(heard).b)
          ? '{"A": 10, "B": 10}'
          : /Question/.test(shown(heard).a + shown(heard).b)
            ? '{"A": 5, "B": 5}'
            : scores(heard),
    ],
  ])("one that %s", async (_, script) => {
    model.script = (heard) => ({ text: script(heard) });
    await expect(judge(files(some(40)))).rejects.toMatchObject({ code: "judge-refused" });
    expect(model.heard.length).toBeLessThanOrEqual(16);
    expect(existsSync(out)).toBe(false);
    expect(printed.output).toMatch(/canaries: {3}\d of 8 seen through; it fell for /);
  });

  test("one that people do not agree with, as soon as 50 of their verdicts are judged", async () => {
    const rows = some(90, (at) => (at < 60 ? { labels: [{ by: "ann", better: at % 2 === 0 ? "weak" : "strong" }] } : {}));
    await expect(judge(files(rows))).rejects.toMatchObject({
      code: "judge-refused",
      message: expect.stringMatching(/kappa with people is -?0\.\d+ on 60/) as string,
    });
    expect(model.heard.length).toBe(16 + 120);
    expect(existsSync(out)).toBe(false);
    expect(printed.output).toContain("under .40: no verdict");
  });

  test("while 50 who agree count for it, and fewer are said to be few", async () => {
    const agreeing = (rows: number, of: number) =>
      some(rows, (at) => (at < of ? { labels: [{ by: "ann", better: at % 3 === 0 ? "weak" : "strong" }] } : {}));
    await judge(files(agreeing(70, 55)));
    expect(printed.output).toContain("agrees on 100 % of 55 rows, kappa 1.00 [1.00–1.00]\n");
    expect(printed.output).toContain("moved to what people said");
    expect(
      written()
        .find(({ id }) => id === "r0")
        ?.labels?.map(({ by }) => by),
    ).toEqual(["ann", "judge"]);
    printed.output = "";
    await judge(files(agreeing(30, 20)));
    expect(printed.output).toContain("not enough to count, 50 are");
  });
});

test("a server that refuses the key ends it at once, and what it has cost is said", async () => {
  model.script = (heard) => (model.heard.length > 20 ? { status: 401, text: "expired" } : { text: scores(heard) });
  await expect(judge(files(some(30)), "--concurrency", "1")).rejects.toMatchObject({ code: "asking-hopeless" });
  expect(printed.messages).toMatch(/answers: {2}20, 200 tokens in and 100 out\ncost: {5}\$0\.000/);
  expect(existsSync(out)).toBe(false);
});

test("a tier that answers everything with one text is told", async () => {
  const same = { text: "I am the best answer there could be, believe me, whatever the question." };
  const rows = some(20).map((each) => ({ ...each, answers: { ...each.answers, weak: same } }) as LoopRow);
  await judge(files(rows));
  expect(printed.output).toContain("constant:   weak gives one answer to 20 of 20 requests");
});

test("more than two tiers are held against the last, each with a score", async () => {
  const config = dataFile("three.yaml", "tiers: [{ name: small }, { name: middle }, { name: large }]");
  const rows = Array.from({ length: 10 }, (_, at) => ({
    id: `t${at}`,
    request: { messages: [{ role: "user", content: `Question t${at}: why?` }] },
    answers: Object.fromEntries(["small", "middle", "large"].map((tier, q) => [tier, { text: `Answer to t${at} [q=${q}]` }])),
  }));
  await judge(files(rows), "--config", config);
  const [{ scores: { small = 0, middle = 0, large = 0 } = {}, weak, strong } = { id: "", request: {} } as LoopRow] = written();
  expect([small < middle, middle < large, weak === small, strong === large]).toEqual([true, true, true, true]);
});

test("of the tiers of a configuration only some may be judged", async () => {
  const config = dataFile("two-of-three.yaml", "tiers: [{ name: weak }, { name: strong }, { name: huge }]");
  await expect(judge(files(some(9)), "--config", config)).rejects.toMatchObject({ code: "judge-nothing" });
  await judge(files(some(9)), "--config", config, "--tiers", "weak", "strong");
  expect(written()).toHaveLength(9);
});

test("own rubrics take the place of ours, by task", async () => {
  const rubric = dataFile("rubrics.yaml", "general: Be just.\nlegal: Cite the law.\n");
  await judge(files(some(9, (at) => (at === 3 ? { task: "legal" } : {}))), "--rubric", rubric);
  const of = (id: string) =>
    model.heard.filter((heard) => JSON.stringify(heard.body).includes(`Question ${id}:`)).map(({ body }) => JSON.stringify(body));
  expect(of("r3").every((text) => text.includes("Cite the law."))).toBe(true);
  expect(of("r4").every((text) => text.includes("Be just."))).toBe(true);
});

test("Ctrl-C and the cap keep the journal, write no data set, and the next run goes on", async () => {
  const data = files(some(12));
  model.script = (heard) => ({ text: scores(heard), usage: [400, 150] });
  await expect(judge(data, "--max-cost", "0.012", "--concurrency", "1")).rejects.toMatchObject({ code: "asking-cap-reached" });
  const asked = model.heard.length;
  expect([asked > 0, asked < 40, existsSync(out)]).toEqual([true, true, false]);
  model.script = (heard) => {
    if (model.heard.length === asked + 4) process.emit("SIGINT");
    return { text: scores(heard) };
  };
  await judge(data, "--concurrency", "1");
  expect([process.exitCode, existsSync(out)]).toEqual([130, false]);
  model.script = (heard) => ({ text: scores(heard) });
  await judge(data);
  process.exitCode = undefined;
  expect(written()).toHaveLength(12);
  expect(model.heard.length).toBe(40);
});

test.each<[string, string[], string]>([
  ["no answers to judge", [], "judge-nothing"],
  ["a rubric that is no text", ["--rubric", dataFile("bad.yaml", "general: [1]")], "judge-rubric"],
  ["an output that is read", ["--out", dataFile("read.jsonl", "")], "asking-file"],
])("refuses %s", async (_, options, code) => {
  const data = dataFile("read.jsonl", `${JSON.stringify({ id: "a", request: { messages: [] } })}\n`);
  writeFileSync(data, `${JSON.stringify({ id: "a", request: { messages: [] } })}\n`);
  await expect(judge(data, ...options)).rejects.toMatchObject({ code });
});
