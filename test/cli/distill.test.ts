import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { distillCommand } from "../../src/cli/distill.ts";
import type { LoopRow } from "../../src/study/loop/loop-row.ts";
import { loopLine } from "../../src/study/loop/read-loop.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-distill-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const TOPICS = "primes seas compilers bread violins taxes gardens glaciers poems engines maps birds clocks bridges".split(" ");

function dataFile(name: string, lessons: number): string {
  const rows = TOPICS.map(
    (topic, at): LoopRow => ({
      id: topic,
      request: { messages: [{ role: "user", content: `${`${topic}? `.repeat(6)}What is it?` }] },
      answers: { weak: { text: "?" }, strong: { text: `All of ${topic}.` } },
      label: at < lessons ? "strong" : "weak",
    }),
  );
  const path = join(folder, name);
  writeFileSync(path, rows.map(loopLine).join(""));
  return path;
}

async function run(...options: string[]): Promise<void> {
  await distillCommand().exitOverride().parseAsync(options, { from: "user" });
}

const linesIn = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n");

describe("sluice distill", () => {
  test("writes lessons, keeps some aside, and says what it left out and why", async () => {
    const [out, validation] = [join(folder, "train.jsonl"), join(folder, "validation.jsonl")];
    await run("--data", dataFile("rows.jsonl", 12), "--out", out, "--validation", validation, "--validation-share", "0.17");
    expect(printed.output).toBe("14 rows: 10 lessons, and 2 kept aside\n  left out 2: weak did well enough\n");
    expect([linesIn(out).length, linesIn(validation).length]).toEqual([10, 2]);
    expect(JSON.parse(linesIn(out)[0] ?? "")).toMatchObject({ messages: [{ role: "user" }, { role: "assistant" }] });
  });

  test("writes nothing where there are fewer than ten, and counts all the same", async () => {
    const out = join(folder, "few.jsonl");
    await expect(run("--data", dataFile("few-rows.jsonl", 9), "--out", out, "--json")).rejects.toMatchObject({ code: "distill-too-few" });
    expect(JSON.parse(printed.output)).toMatchObject({ rows: 14, lessons: 9, validation: 0, leftOut: { "weak did well enough": 5 } });
    expect(existsSync(out)).toBe(false);
  });

  test("says so where what is alike cannot be kept aside", async () => {
    const rows = TOPICS.map((topic): LoopRow => {
      const content = `Of the following word tell me all that there is to know of it, please: ${topic}`;
      return { id: topic, request: { prompt: content }, answers: { strong: { text: topic } }, label: "strong" };
    });
    const [data, out, validation] = [join(folder, "alike.jsonl"), join(folder, "a.jsonl"), join(folder, "v.jsonl")];
    writeFileSync(data, rows.map(loopLine).join(""));
    await run("--data", data, "--out", out, "--validation", validation, "--validation-share", "0.3");
    expect(printed.output).toBe("14 rows: 14 lessons; none kept aside, since they are all nearly the same request\n");
    expect(readFileSync(validation, "utf8")).toBe("");
  });

  test("masks what is private in requests and answers, and what it is told is private", async () => {
    const rows = TOPICS.map(
      (topic, at): LoopRow => ({
        id: topic,
        request: {
          user: "ana",
          messages: [{ role: "user", content: `${`${topic}? `.repeat(6)}Write to ana@example.com of ticket TK-${at}.` }],
        },
        answers: { strong: { text: `To ben@example.com: all of ${topic}, ticket TK-${at}.` } },
        label: "strong",
      }),
    );
    const [data, out] = [join(folder, "private.jsonl"), join(folder, "masked.jsonl")];
    writeFileSync(data, rows.map(loopLine).join(""));
    await run("--data", data, "--out", out, "--format", "trl", "--mask", "TK-[0-9]+");
    const [first = ""] = linesIn(out);
    expect(JSON.parse(first)).toEqual({
      prompt: [{ role: "user", content: `${"primes? ".repeat(6)}Write to [email] of ticket [private].` }],
      completion: [{ role: "assistant", content: "To [email]: all of primes, ticket [private]." }],
    });
    expect(readFileSync(out, "utf8")).not.toMatch(/example|TK-|"user":/);
    expect(printed.output).toContain("\n  masked 28 email, 14 user, 28 own\n");
  });
});
