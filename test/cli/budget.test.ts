// `sluice budget`: the limits of a running sluice as text and as JSON, from what the admin port says.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { budgetText } from "../../src/cli/budget.ts";
import { type AdminServer, startAdmin } from "../../src/outcome/admin/server.ts";
import { createMetrics } from "../../src/outcome/telemetry/metrics.ts";
import { LIMITS, sampleView } from "../outcome/live/sample.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const TABLE = `limit  scope  window      passed    used  held back    left       of  at its end  sent down
day    all    2026-11-29  50.0 %  $60.50      $0.70  $38.80  $100.00      $98.10     31.0 %
dear   all    2026-11-29  50.0 %     600          0     400    1,000       1,200          –  !
team   –      –                –       –          –       –   2000 k

dear is without 2 requests, whose tier has no price
`;

let admin: AdminServer;

beforeAll(async () => {
  admin = await startAdmin({
    listen: { admin: "127.0.0.1:0", adminHosts: [] },
    env: {},
    metrics: createMetrics(),
    ready: () => true,
    notReloaded: () => undefined,
    config: () => ({}),
    live: () => ({ ...sampleView(1), limits: LIMITS }),
    feedback: () => ({ kind: "unknown" }),
  });
});
afterAll(() => admin?.close());

async function budget(...options: string[]) {
  const child = spawn(process.execPath, [MAIN, "budget", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const closed = new Promise((resolve) => child.on("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout: stdout.replaceAll("\u00a0", " "), stderr, code: await closed };
}

describe("sluice budget", () => {
  test("says of each limit how it stands, marks what is short, and what its figures are without", async () => {
    expect(await budget("--admin", admin.address)).toEqual({ stdout: TABLE, stderr: "", code: 0 });
  });

  test("with --json prints the same as JSON", async () => {
    const { stdout, code } = await budget("--admin", admin.address, "--json");
    expect({ code, limits: JSON.parse(stdout) }).toEqual({ code: 0, limits: LIMITS });
  });

  test("says so where nothing is limited, and where nobody answers", async () => {
    expect(budgetText([])).toBe("No quotas or budgets are configured: docs/limits.md says how.\n");
    const { stderr, code } = await budget("--admin", "127.0.0.1:1");
    expect({ stderr: stderr.split("\n")[0], code }).toMatchObject({
      stderr: expect.stringContaining("no answer from the admin port"),
      code: 1,
    });
  });
});
