// The rollout of a configuration, with its file: what is kept, what a damaged file comes to, and what a reload without one ends.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { plannedRollout } from "../../../src/config/routing-of.ts";
import { type RunningRollout, runRollout } from "../../../src/outcome/rollout/run.ts";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";
import { createMetrics, type Metrics } from "../../../src/outcome/telemetry/metrics.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-rollout-"));
const file = join(folder, "rollout.json");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const POLICIES = "active: main\npolicies: { main: { type: length, maxChars: 9 }, next: { type: length, maxChars: 99 } }";
const config = parseConfig(
  `${POLICIES}\nrollout: { candidate: next, file: ${JSON.stringify(file)}, stages: [{ share: 0.1, hours: 1 }, { share: 0.5, hours: 1 }] }`,
  "test.yaml",
);

async function started(metrics: Metrics): Promise<RunningRollout> {
  const rollout = runRollout({ isHeard: () => true, metrics, log: createLogger({ level: "silent" }) });
  await rollout.prepare(plannedRollout(config));
  rollout.takesEffect();
  return rollout;
}

test("what a person said outlives the process, a damaged file holds it, and without the key nothing is left of it", async () => {
  const first = await started(createMetrics());
  expect(first.act("promote")).toEqual({ kind: "done" });
  await first.close();
  const second = await started(createMetrics());
  expect(second.standing()).toEqual({ share: 0.5, isOver: false });
  await second.close();

  writeFileSync(file, readFileSync(file, "utf8").slice(0, 99));
  const metrics = createMetrics();
  const third = await started(metrics);
  expect(third.statuses()).toMatchObject([{ status: "held", stage: 0, share: 0.1 }]);
  expect(existsSync(`${file}.bad`)).toBe(true);
  expect((await metrics.expose("prometheus")).text).toContain('sluice_rollout_file_total{result="bad"} 1');

  await third.prepare(undefined);
  third.takesEffect();
  expect([third.statuses(), third.standing()]).toEqual([[], { share: 0, isOver: true }]);
  expect(third.act("hold")).toMatchObject({ kind: "refused" });
  await third.close();
});
