// Standard output whose reader has left, as in `sluice … | head`: no stack trace, and the command ends as it would have.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { SLUICE_MAIN } from "../support/sluice.ts";

test.each(["--help", "evaluate --help", "schema"])("sluice %s", async (words) => {
  const child = spawn(process.execPath, [SLUICE_MAIN, ...words.split(" ")], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy(); // long before anything is written
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  expect(await text(child.stderr)).toBe("");
  expect(await ended).toBe(0);
});
