// CONTRIBUTING.md shows how to add a policy by its diffs: they are applied to a copy of the sources, which must compile and route with it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sourcesWith } from "../support/contributing.ts";

const COMPILING_MS = 120_000;

const { folder, touched, compile, sluice } = sourcesWith("Add a policy");
afterAll(() => rmSync(folder, { recursive: true }));

test("the diffs touch two new files and one list, and compile", { timeout: COMPILING_MS }, () => {
  expect(touched).toEqual(["src/request/policy/tools.ts", "src/config/policies/tools.ts", "src/config/policies/list.ts"]);
  expect(compile()).toBe("");
});

test("a request is routed by the new policy, which check and explain know too", () => {
  const config = join(folder, "sluice.yaml");
  writeFileSync(config, "policies: { main: { type: tools, tier: weak } }\n");
  expect(sluice(["check", "--config", config])).toMatch(/^policy +main@[0-9a-f]{8}: weak where tools are offered; else abstains$/m);
  const tools = [{ type: "function", function: { name: "ls" } }];
  const request = { messages: [{ role: "user", content: "hi" }] };
  const explained = (body: object) => JSON.parse(sluice(["explain", "--json", "-", "--config", config], JSON.stringify(body))) as unknown;
  expect(explained({ ...request, tools })).toMatchObject({ tier: "weak", reason: "tools" });
  expect(explained(request)).toMatchObject({ tier: "strong", reason: "abstained" });
});

test("a description that leaves out a member does not compile", { timeout: COMPILING_MS }, () => {
  const path = join(folder, "src/config/policies/tools.ts");
  writeFileSync(path, readFileSync(path, "utf8").replaceAll(/^ {2}(?:keywords|mayAbstain|warnings|shorthand): .*\n/gm, ""));
  expect(compile()).toMatch(/missing the following properties .*: mayAbstain, keywords, warnings, shorthand/);
});
