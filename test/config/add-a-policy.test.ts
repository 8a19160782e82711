// CONTRIBUTING.md shows how to add a policy by its diffs: they are applied to a copy of the sources, which must compile and route with it.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const COMPILING_MS = 120_000;

const diffs = [...readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8").matchAll(/^```diff\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
const copy = mkdtempSync(join(tmpdir(), "sluice-add-a-policy-"));

beforeAll(() => {
  for (const path of ["src", "package.json", "tsconfig.json"]) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const diff of diffs) execFileSync("git", ["apply", "-"], { cwd: copy, input: diff, env: { ...process.env, GIT_DIR: "none" } });
});
afterAll(() => rmSync(copy, { recursive: true }));

function compile(): string {
  const config = { extends: "./tsconfig.json", include: ["src"], exclude: ["src/request/chat/assembly"] };
  writeFileSync(join(copy, "tsconfig.add.json"), JSON.stringify(config));
  try {
    return execFileSync(process.execPath, [TSC, "-p", "tsconfig.add.json"], { cwd: copy, encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test("the diffs touch two new files and one list, and compile", { timeout: COMPILING_MS }, () => {
  expect(diffs.map((diff) => /^\+\+\+ b\/(.*)$/m.exec(diff)?.[1])).toEqual([
    "src/request/policy/tools.ts",
    "src/config/policies/tools.ts",
    "src/config/policies/list.ts",
  ]);
  expect(compile()).toBe("");
});

test("a request is routed by the new policy, which check and explain know too", () => {
  const config = join(copy, "sluice.yaml");
  writeFileSync(config, "policies: { main: { type: tools, tier: weak } }\n");
  const sluice = (args: readonly string[], input = "") =>
    execFileSync(process.execPath, [join(copy, "src/main.ts"), ...args, "--config", config], { encoding: "utf8", input });
  expect(sluice(["check"])).toMatch(/^policy +main@[0-9a-f]{8}: weak where tools are offered; else abstains$/m);
  const tools = [{ type: "function", function: { name: "ls" } }];
  const request = { messages: [{ role: "user", content: "hi" }] };
  const explained = (body: object) => JSON.parse(sluice(["explain", "--json", "-"], JSON.stringify(body))) as unknown;
  expect(explained({ ...request, tools })).toMatchObject({ tier: "weak", reason: "tools" });
  expect(explained(request)).toMatchObject({ tier: "strong", reason: "abstained" });
});

test("a description that leaves out a member does not compile", { timeout: COMPILING_MS }, () => {
  const path = join(copy, "src/config/policies/tools.ts");
  writeFileSync(path, readFileSync(path, "utf8").replaceAll(/^ {2}(?:keywords|mayAbstain|warnings|shorthand): .*\n/gm, ""));
  expect(compile()).toMatch(/missing the following properties .*: mayAbstain, keywords, warnings, shorthand/);
});
