// CONTRIBUTING.md shows how to add a capability by its diffs: they are applied to a copy of the sources, which must compile and know it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sourcesWith } from "../support/contributing.ts";

const COMPILING_MS = 120_000;

const { folder, touched, compile, sluice } = sourcesWith("Add a capability");
afterAll(() => rmSync(folder, { recursive: true }));

/** What `check` prints of a file. */
function check(text: string, ...options: string[]): string {
  const path = join(folder, "sluice.yaml");
  writeFileSync(path, text);
  return sluice(["check", "--config", path, ...options]);
}

test("the diffs touch one new file and one list, and the settings are typed", { timeout: COMPILING_MS }, () => {
  expect(touched).toEqual(["src/config/capabilities/budget.ts", "src/config/capabilities/list.ts"]);
  const use = (type: string) =>
    `import type { Config } from "./config/config.ts";\nexport const over = (config: Config): ${type} => config.budget.over;\n`;
  writeFileSync(join(folder, "src/right.ts"), use("string"));
  writeFileSync(join(folder, "src/wrong.ts"), use("number"));
  const said = compile();
  for (const file of ["right", "wrong"]) rmSync(join(folder, `src/${file}.ts`));
  expect(said.trimEnd().split("\n")).toEqual([expect.stringMatching(/^src\/wrong\.ts.*Type 'string' is not assignable to type 'number'/)]);
});

test("check knows its keys, shows what they come to, and refuses what does not fit", () => {
  expect(check("{}")).toContain("budget: # default\n  # dollarsPerDay: no limit\n  over: weak # default\n");
  expect(check("budget: { dollarsPerDay: 9, over: strong }")).toContain("budget:\n  dollarsPerDay: 9\n  over: strong\n");
  expect(JSON.parse(check("budget: { dollarsPerDay: 9 }", "--json"))).toMatchObject({
    config: { budget: { dollarsPerDay: 9, over: "weak" } },
  });
  expect(() => check("budget: { dollarPerDay: 9 }")).toThrow("budget.dollarPerDay: unknown key; did you mean dollarsPerDay?");
  expect(() => check("budget: { over: strnog }")).toThrow("budget.over: there is no tier strnog; did you mean strong?");
});

test("a description that leaves out a member, or a key that may be missing, does not compile", { timeout: COMPILING_MS }, () => {
  const at = (name: string) => join(folder, `src/config/capabilities/${name}.ts`);
  const whole = readFileSync(at("budget"), "utf8");
  writeFileSync(at("no-members"), whole.replace("  ...plain,\n", ""));
  writeFileSync(at("no-key"), whole.replace(/^ {2}effective: .*\n/m, ""));
  const said = compile();
  expect(said).toMatch(
    /^src\/config\/capabilities\/no-members\.ts.*missing the following properties .*: shown, secrets, atNextStart, warnings/m,
  );
  expect(said).toMatch(/^src\/config\/capabilities\/no-key\.ts.*error/m);
  expect(said).not.toContain("budget.ts");
});
