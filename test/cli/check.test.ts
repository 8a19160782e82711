import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkCommand } from "../../src/cli/check.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-check-"));
let output: string;
beforeEach(() => {
  output = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    output += chunk;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

async function check(config: string, ...options: string[]): Promise<unknown> {
  const path = join(folder, "sluice.yaml");
  writeFileSync(path, config);
  return checkCommand().parseAsync(["--config", path, ...options], { from: "user" });
}

test("a good configuration is summed up: addresses, tiers, policy with thresholds, limits", async () => {
  await check(`
tiers:
  - { name: weak, price: { inputPerMTok: 0.1, perHour: 0.3 } }
  - { name: strong, model: glm-5 }
active: main
policies:
  main: { type: threshold, preset: v3, maxBytes: 600 }
  spare: { type: threshold }
unreadable: refuse
`);
  expect(output.replace(/@[0-9a-f]{8}:/, "@HASH:")).toBe(`ext_proc      127.0.0.1:9002
admin         127.0.0.1:9003
tier          weak; model dropped; $0.1 per million input tokens, $0.3 per hour
tier          strong; model glm-5; no price
default tier  strong; unreadable JSON is refused with 400
policy        main@HASH: strong for 10 keywords, or over 750 characters, 600 bytes, 7 messages; else weak
text read     all
not active    spare
limits        16777216 bytes a body, 268435456 bytes in flight
`);
});

test("--json prints the effective configuration", async () => {
  await check("log: {level: warn}", "--json");
  expect(JSON.parse(output)).toMatchObject({ valid: true, config: { log: { level: "warn" }, policies: { main: { id: "main@v7" } } } });
});

test("a bad configuration ends with exit code 2; --json prints its problems too", async () => {
  await expect(check("lgo: 1")).rejects.toMatchObject({ code: "config-invalid", exitCode: 2 });
  expect(output).toBe("");
  await expect(check("lgo: 1", "--json")).rejects.toMatchObject({ code: "config-invalid" });
  expect(JSON.parse(output)).toEqual({
    valid: false,
    problems: [{ path: "lgo", message: "unknown key; did you mean log?", line: 1, column: 1 }],
  });
});
