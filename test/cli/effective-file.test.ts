import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { commented, dimmed, effectiveFile, markFor } from "../../src/cli/effective-file.ts";
import { loadWithFile, parseConfig } from "../../src/config/load.ts";
import { modelsIn } from "../../src/config/model-source.ts";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-effective-"));
const { id: _, ...model } = modelOf(["prove"]);
writeFileSync(join(folder, "m.json"), encodeModel({ ...model, weakShare: 0.7, cut: 0.42 }));
afterAll(() => rmSync(folder, { recursive: true }));

async function loaded(text: string) {
  const path = join(folder, "sluice.yaml");
  writeFileSync(path, text);
  return loadWithFile(path);
}

const FILE = `
listen: { admin: "[::1]:9003" }
tiers: [{ name: weak, price: { perHour: 2 } }, { name: top, model: "true" }]
active: b
policies:
  a: { type: length }
  b:
    type: rules
    rules: [{ name: "a: #b\\n", tier: weak, match: { headers: { x-a: "*" } } }]
    headers: [x-a]
    fallback: { tier: top, params: { a: { b: [1, null] } } }
`;

test("a default ends with a comment, and what the file says does not", async () => {
  const lines = effectiveFile(await loaded(FILE), commented).split("\n");
  const expected = [
    "listen:",
    "  extProc: 127.0.0.1:9002 # default",
    '  admin: "[::1]:9003"',
    "  - name: weak",
    "defaultTier: top # default",
    "active: b",
    "    maxChars: 500 # default",
    "shutdown: # default",
    "  graceMs: 30000 # default",
  ];
  expect(lines).toEqual(expect.arrayContaining(expected));
});

/** Policies of every type that fills in more than its schema does. */
const FILLED_IN = `
tiers: [{ name: low }, { name: mid, cluster: "mid*", price: { perHour: 2 } }, { name: top, model: m }]
active: some
policies:
  some: { type: threshold, preset: v3, maxTurns: 9, over: mid }
  own: { type: threshold, keywords: [b, a], maxBytes: 8 }
  hard: { type: difficulty, words: { domain: [law] } }
  bands: { type: difficulty, bands: [{ below: 0.3, tier: low, params: { n: 1 } }, { tier: top }] }
  coin: { type: random }
  ruled: { type: rules, rules: [{ name: r, tier: low, match: { maxChars: 1 } }] }
  long: { type: length, over: mid }
  untrained: { type: learned }
  trained: { type: learned, file: m.json }
  fixed: { type: learned, file: m.json, threshold: 0.3 }
  auto: { type: learned, file: m.json, threshold: auto, weakShare: 0.6, maxThreshold: 0.9 }
  one: { type: fixed, tier: mid }
  both: { type: chain, of: [ruled, one] }
`;

/** What stands under a key of the policies or the tiers, without its indentation. */
function under(text: string, key: string): readonly string[] {
  const lines = text.split("\n");
  const from = lines.indexOf(key) + 1;
  const indent = (line: string | undefined) => /^ */.exec(line ?? "")?.[0].length ?? 0;
  const count = lines.slice(from).findIndex((line) => indent(line) <= indent(key));
  return lines.slice(from, from + count).map((line) => line.trim());
}

test.each([
  ["  - name: low", "# model: dropped; the server uses its own", "# cluster: any of low, kube_*_low_*, low.*", "price: # default"],
  ["  - name: mid", "# model: dropped; the server uses its own", "cluster: mid*", "price:", "# inputPerMTok: not known", "perHour: 2"],
  ["  some:", "preset: v3", "# keywords: 10 of the preset v3", "maxChars: 750 # default", "# maxBytes: not asked", "maxTurns: 9"],
  ["  some:", "under: low # default", "over: mid"],
  ["  own:", "preset: v7 # default", "- b", "- a", "maxChars: 500 # default", "maxBytes: 8", "over: top # default"],
  ["  hard:", "words:", "# reasoning: 24 of the preset", "- law", "- below: 0.2 # default", "tier: low # default", "- tier: top # default"],
  ["  coin:", "shares: # default", "low: 1 # default", "mid: 1 # default", "top: 1 # default"],
  ["  ruled:", "# fallback: none; the policy abstains"],
  ["  untrained:", "# file: none; untrained", "threshold: 0.5 # default", "unsure: abstain # default"],
  ["  trained:", "threshold: 0.42 # default", "# weakShare: 0.7; counts only with `threshold: auto`", "minConfidence: 0.5 # default"],
  [
    "  fixed:",
    "threshold: 0.3",
    "minConfidence: 0.6 # default",
    "unsure: up # default",
    "# minThreshold: counts only with `threshold: auto`",
  ],
  [
    "  auto:",
    "threshold: auto",
    "weakShare: 0.6",
    "# minThreshold: where the share was 20 points less in training; yields to the traffic",
    "maxThreshold: 0.9",
  ],
])("what is filled in%s is a default where a value says it, else a note", async (key, ...expected) => {
  expect(under(effectiveFile(await loaded(FILLED_IN), commented), key)).toEqual(expect.arrayContaining(expected));
});

test("what is printed is the same configuration when it is read again", async () => {
  for (const text of ["{}", FILE, FILLED_IN]) {
    const before = await loaded(text);
    expect(parseConfig(effectiveFile(before, commented), "again", modelsIn(folder))).toEqual(before.config);
  }
});

test("without a file every line is a default, dimmed as a whole", async () => {
  const lines = effectiveFile(await loadWithFile(undefined), dimmed)
    .trimEnd()
    .split("\n");
  expect(lines.length).toBeGreaterThan(30);
  expect(lines.filter((line) => !line.startsWith("\x1b[2m") || !line.endsWith("\x1b[0m"))).toEqual([]);
});

test("secrets are masked", async () => {
  const text = effectiveFile(await loaded('traces: { endpoint: "http://me:hunter2@c:1", headers: { x-team: s3same } }'), commented);
  expect(text).not.toMatch(/hunter2|s3same/);
  expect(text).toContain('x-team: "[redacted]"');
});

test.each([
  [true, {}, dimmed],
  [true, { NO_COLOR: "" }, dimmed],
  [true, { NO_COLOR: "1" }, commented],
  [true, { TERM: "dumb" }, commented],
  [false, {}, commented],
])("terminal %s with %o", (terminal, env, mark) => {
  expect(markFor(terminal, env)).toBe(mark);
});
