import { expect, test } from "vitest";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";

function logged(level: string): { lines: string[]; log: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  return { lines, log: createLogger({ level, destination: { write: (line) => lines.push(line) } }) };
}

test("a message is one line of JSON with time, level name and its fields", () => {
  const { lines, log } = logged("info");
  log.warn({ reason: "over-budget", text: "two\nlines" }, "decided");
  expect(lines).toHaveLength(1);
  expect(lines[0]?.match(/\n/g)).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "warn",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    name: "sluice",
    msg: "decided",
    reason: "over-budget",
    text: "two\nlines",
  });
});

test("messages under the level are not written", () => {
  const { lines, log } = logged("error");
  log.warn("quiet");
  log.error("loud");
  expect(lines).toHaveLength(1);
});
