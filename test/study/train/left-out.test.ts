import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { splitsFor } from "../../../src/study/train/left-out.ts";
import { reportJson, reportText } from "../../../src/study/train/report.ts";
import { train } from "../../../src/study/train/train.ts";
import type { TrainingRows } from "../../../src/study/train/training-rows.ts";
import { streamed } from "./sample-examples.ts";

const TOPICS = ["harbour", "violin", "glacier", "ledger", "orchid", "turbine", "saddle", "quartz"];
const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

/** Requests of eight topics, half of which need strong: the topic's own words tell, and nothing that another topic has in common. */
function topical(rows: number, named: boolean): Example[] {
  const random = randomSource(5);
  return Array.from({ length: rows }, (_, row) => {
    const topic = row % TOPICS.length;
    const words = Array.from({ length: 6 + Math.floor(random() * 10) }, () => `${TOPICS[topic]}${Math.floor(random() * 40)}`);
    const needsStrong = topic % 2 === 0 ? random() < 0.8 : random() < 0.1;
    const body = new TextEncoder().encode(JSON.stringify({ messages: [{ role: "user", content: words.join(" ") }] }));
    const truth = { kind: "scores", weak: needsStrong ? 0.1 : 0.9, strong: 0.9 } as const;
    return { body, path: undefined, group: named ? TOPICS[topic] : undefined, truth, place: `topical:${row + 1}` };
  });
}

function trained(newTopics: number, named = true) {
  const settings = { scope: "all", target: "strong-gains", weakShare: 0.5, newTopics, seed: 1, force: false, date: "2026-01-31" } as const;
  const quiet = { rows: () => {}, models: () => {}, refuse: () => {} };
  return train(streamed(topical(640, named)), scanner, { ...settings, maxRows: 10_000 }, quiet);
}

describe("whole groups left out", () => {
  test("show that words which tell the topic tell nothing of another, and the advice is for topics like these only", async () => {
    const { report, model } = await trained(0.2);
    const { best, reach, use, sentence } = report.advice;
    expect(best.apgr.value).toBeGreaterThan(0.65);
    expect(best.groups?.apgr.value).toBeLessThan(0.6);
    expect([use, reach]).toEqual(["learned", "topics like these only"]);
    expect(sentence).toMatch(/^Use the learned policy \(.*\) for topics like these only: .*; on topics left out APGR \.\d{3} \[/);
    expect(model?.summary.groupsApgr).toBe(best.groups?.apgr.value);
    expect(reportText(report)).toContain("whole groups left out (of 8)");
    expect(reportJson(report)).toMatchObject({ groups: 8, settings: { newTopics: 0.2 }, advice: { reach: "topics like these only" } });
  });

  test("make intervals of whole groups, which are wider than those of rows", async () => {
    const { report } = await trained(0.2);
    const width = (estimate: { low: number; high: number } | undefined) => (estimate?.high ?? 0) - (estimate?.low ?? 0);
    const { best } = report.advice;
    expect(width(best.groups?.apgr)).toBeGreaterThan(1.5 * width(best.apgr));
  });

  test("end in no model where most of the traffic will be of other topics", async () => {
    const { report, model } = await trained(0.9);
    expect(report.advice.use).not.toBe("learned");
    expect(model).toBeUndefined();
  });

  test("are not to be had where rows name no groups, and the report says so", async () => {
    const { report } = await trained(0.2, false);
    expect(report.advice.reach).toBe("unknown");
    expect(report.estimates.every(({ groups }) => groups === undefined)).toBe(true);
    expect(reportText(report)).toContain("Topics that are not among these rows: nobody knows.");
  });

  test("never train on a row that is nearly the same as one that is tested, even of another group", () => {
    const count = 60;
    const positive = Uint8Array.from({ length: count }, (_, row) => (row % 6 < 3 ? 1 : 0));
    const groups = Int32Array.from({ length: count }, (_, row) => row % 5);
    const clusters = Int32Array.from({ length: count }, (_, row) => (row === 1 ? 0 : row)); // rows 0 and 1 are of two groups
    const splits = splitsFor({ positive, groups, groupCount: 5 } as unknown as TrainingRows, clusters, randomSource(1));
    for (const { chosen, tested } of splits.groups ?? []) {
      const isTested = new Set(tested);
      const own = new Set([...tested].map((row) => groups[row]));
      for (const row of chosen) expect(own.has(groups[row])).toBe(false);
      if (isTested.has(0) !== isTested.has(1)) for (const row of [0, 1]) expect(chosen.includes(row)).toBe(false);
    }
    expect(splits.groups?.flatMap(({ tested }) => [...tested]).sort((a, b) => a - b)).toEqual([...positive.keys()]);
  });

  test("are not left out where the rows that remain would all need the same tier", () => {
    const positive = Uint8Array.from({ length: 60 }, (_, row) => (row < 30 ? 1 : 0));
    const groups = Int32Array.from({ length: 60 }, (_, row) => (row < 30 ? 0 : 1));
    const clusters = Int32Array.from({ length: 60 }, (_, row) => row);
    expect(splitsFor({ positive, groups, groupCount: 2 } as unknown as TrainingRows, clusters, randomSource(1)).groups).toBeUndefined();
  });
});
