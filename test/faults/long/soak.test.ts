// The soak of docs/reliability.md in short: the whole under load, while everything that can be done to sluice befalls it side by side.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { noTmpfs } from "../../support/tmpfs.ts";

const SOAK = ["bench/soak.ts", "--minutes", "0.6", "--rate", "200", "--faults"];
const without = noTmpfs();

describe.skipIf(without !== undefined)(`a soak with faults${without === undefined ? "" : ` (skipped: ${without})`}`, () => {
  test("no request fails or goes unrouted, each line and span is accounted for, each fault is told of", { timeout: 180_000 }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, SOAK, { encoding: "utf8", timeout: 170_000 });
    expect(status, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toContain("requests failed");
  });
});
