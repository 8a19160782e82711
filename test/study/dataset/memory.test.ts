import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("generated-input.ts", import.meta.url));

/** Node alone takes 50 to 60 MB. A reader that kept its rows needs twice the size of the file more. */
const CEILING_MEGABYTES = 360;

test.each([
  ["json-lines", 200],
  ["json-list", 200],
  ["csv", 100],
])("%s of %d MB are read in bounded memory", { timeout: 120_000 }, async (format, megabytes) => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, format, String(megabytes)]);
  const result = JSON.parse(stdout) as { rows: number; megabytes: number; peakMegabytes: number };
  expect(result.megabytes).toBeGreaterThanOrEqual(megabytes);
  expect(result.rows).toBeGreaterThan(megabytes * 1000);
  expect(result.peakMegabytes).toBeLessThan(CEILING_MEGABYTES);
});
