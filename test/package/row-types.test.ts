// The types that the package ships, held against what they describe: the lines that are written, and the rows that are read.
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { DATA_SET_TYPES, decisionLogTypes } from "../../scripts/row-types.ts";
import { decisionLine } from "../../src/outcome/sinks/decision-line.ts";
import { outcome } from "../outcome/sinks/outcomes.ts";
import { dataFile, examplesOf } from "../study/dataset/files.ts";

const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
const FULL = outcome({}, { prompt: { text: "설계 좀", cut: true }, traceparent: `00-${"a1".repeat(16)}-${"b2".repeat(8)}-01` });
const UNKNOWN = outcome({ kind: "unknown", decided: undefined, served: undefined, cost: undefined });

/** Names of the constants that do not have their type. */
async function misfits(module: string, types: string, type: string, values: readonly string[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-types-"));
  writeFileSync(join(folder, `${module}.d.mts`), types);
  const constants = values.map((value, at) => `export const value${at}: ${type} = ${value};`);
  writeFileSync(join(folder, "values.mts"), [`import type { ${type} } from "./${module}.mjs";`, ...constants].join("\n"));
  const args = [TSC, "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--module", "nodenext", "--pretty", "false", "values.mts"];
  const output = await new Promise<string>(
    (resolve) => void execFile(process.execPath, args, { cwd: folder }, (_e, stdout) => resolve(stdout)),
  );
  return [...new Set([...output.matchAll(/^values\.mts\((\d+),/gm)].map(([, line]) => `value${Number(line) - 2}`))];
}

describe("sluice/decision-log", () => {
  const line = decisionLine(FULL, 0).trim();

  it("fits the fullest line and the emptiest, and no line with anything else", async () => {
    const emptiest = decisionLine(UNKNOWN, 0).trim();
    const values = [line, emptiest, line.replace('"score":0.75', '"score":"0.75"'), line.replace('"usd"', '"eur"'), "{}"];
    expect(await misfits("decision-log", decisionLogTypes(), "DecisionLine", values)).toEqual(["value2", "value3", "value4"]);
  });
});

describe("sluice/data-set", () => {
  const good = [
    { prompt: "hi", label: "weak" },
    { prompt: "hi", weak: 0.5, strong: 1, group: 3, path: "/v1/messages" },
    { messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }], weak: false, strong: true },
    { request: { model: "m", messages: [{ role: "user", content: "hi" }] }, label: "strong", group: "monday" },
  ];
  const bad = [
    { label: "weak" },
    { prompt: "hi" },
    { prompt: "hi", messages: [{ role: "user", content: "hi" }], label: "weak" },
    { prompt: "hi", label: "medium" },
    { prompt: "hi", label: "weak", weak: 1, strong: 1 },
    { prompt: "hi", weak: 1 },
    { prompt: 3, label: "weak" },
    { messages: "hi", label: "weak" },
    { request: [], label: "weak", prompt: "hi" },
    { prompt: "hi", label: "weak", group: {} },
  ];

  it("fits every row that is read, and none that is refused", async () => {
    const values = [...good, ...bad].map((row) => JSON.stringify(row));
    expect(await misfits("data-set", DATA_SET_TYPES, "DataSetRow", values)).toEqual(bad.map((_row, at) => `value${good.length + at}`));
  });

  it("fits the rows of sessions, whether they are judged or not", async () => {
    const turns = [
      { prompt: "hi" },
      { prompt: "hi", session: "s", turn: 1, time: "2026-01-31T09:00:00Z", inputTokens: 12, outputTokens: 3, label: "weak" },
      { request: { model: "m" }, session: 7, time: 12.5, weak: 0, strong: 1 },
    ];
    const not = [{ session: "s" }, { prompt: "hi", turn: "first" }, { prompt: "hi", label: "weak", weak: 0, strong: 1 }];
    const values = [...turns, ...not].map((row) => JSON.stringify(row));
    expect(await misfits("data-set", DATA_SET_TYPES, "SessionRow", values)).toEqual(["value3", "value4", "value5"]);
  });

  it.each(good.map((row, at) => [JSON.stringify(row), at] as const))("is read: %s", async (row, at) => {
    expect(await examplesOf([dataFile(`good-${at}.jsonl`, `${row}\n`)])).toHaveLength(1);
  });

  it.each(bad.map((row, at) => [JSON.stringify(row), at] as const))("is refused: %s", async (row, at) => {
    await expect(examplesOf([dataFile(`bad-${at}.jsonl`, `${row}\n`)])).rejects.toMatchObject({ code: "data-invalid" });
  });
});
