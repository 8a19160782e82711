// Decision log and traces follow the configuration: what changes is opened anew, what does not goes on.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { createSinks } from "../../../src/outcome/sinks/sinks.ts";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";
import { stopAtEnd } from "../../support/teardown.ts";
import { waitFor } from "../../support/wait-for.ts";
import { outcome } from "./outcomes.ts";

const idsIn = (file: string) =>
  existsSync(file) ? [...readFileSync(file, "utf8").matchAll(/"requestId":"([^"]+)"/g)].map(([, id]) => id) : [];

test("a new file in the configuration takes the lines from then on, and the old one has all from before", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
  const [first, second] = [join(folder, "first.jsonl"), join(folder, "second.jsonl")];
  const logTo = (file: string, rest = "") => parseConfig(`decisionLog: { to: file, file: "${file}" }\n${rest}`, "test");
  let config = logTo(first);
  const sinks = await createSinks({ config: () => config, metrics: createMetrics(), log: createLogger({ level: "silent" }), env: {} });
  sinks.outcome(outcome({ requestId: "a" }));
  config = logTo(first, "defaultTier: weak");
  await sinks.reconfigure();
  sinks.outcome(outcome({ requestId: "b" }));
  config = logTo(second);
  await sinks.reconfigure();
  sinks.outcome(outcome({ requestId: "c" }));
  config = parseConfig("", "test");
  await sinks.reconfigure();
  sinks.outcome(outcome({ requestId: "d" }));
  await sinks.close(5000);
  await waitFor("the replaced ones have written all", () => idsIn(first).length === 2 && idsIn(second).length === 1);
  expect([idsIn(first), idsIn(second)]).toEqual([["a", "b"], ["c"]]);
});

test("signs of misroutes are written while an audit slice is drawn, from the reload on that begins it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "decisions.jsonl");
  let config = parseConfig(`decisionLog: { to: file, file: "${file}" }`, "test");
  const sinks = await createSinks({ config: () => config, metrics: createMetrics(), log: createLogger({ level: "silent" }), env: {} });
  sinks.word("a", { signal: "repeat" });
  config = parseConfig(`decisionLog: { to: file, file: "${file}" }\naudit: { share: 0.01 }`, "test");
  await sinks.reconfigure();
  sinks.word("b", { signal: "repeat" });
  await sinks.close(5000);
  expect(idsIn(file)).toEqual(["b"]);
});
