// The program as it is built, run by its name as npx does.
import { execFileSync } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

test("may be run as it is", () => {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}` };
  expect(execFileSync(MAIN, ["--version"], { encoding: "utf8", env })).toMatch(/^\d+\.\d+\.\d+\n$/);
});
