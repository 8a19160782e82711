import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { commented, dimmed, effectiveFile, markFor } from "../../src/cli/effective-file.ts";
import { loadWithFile, parseConfig } from "../../src/config/load.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-effective-"));
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

test("what is printed is the same configuration when it is read again", async () => {
  for (const text of ["", FILE]) {
    const before = await loaded(text);
    expect(parseConfig(effectiveFile(before, commented), "again")).toEqual(before.config);
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
