// The decision logs of several processes: what the one standard output does not take is counted and said.
import { expect, test } from "vitest";
import type { LineTarget } from "../../src/outcome/output/line-target.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { decisionLogs } from "../../src/processes/decision-logs.ts";

test("lines that nobody takes are counted as dropped, and those that somebody takes are not", async () => {
  const [said, counted, taken]: [string[], [string, number][], string[]] = [[], [], []];
  let takes = true;
  const target: LineTarget = {
    async write(lines) {
      if (!takes) return { kind: "failed", lines: 0, cause: new Error("the reader is gone") };
      taken.push(...lines);
      return { kind: "done", lines: lines.length };
    },
    writeNow: () => 0,
    reopen: async () => {},
    close: async () => {},
  };
  const log = createLogger({ level: "warn", destination: { write: (line) => void said.push(line) } });
  const open = () => decisionLogs({ decisionLogged: (...result) => void counted.push(result) }, log, target);
  const first = open();
  first.write("a");
  await first.close(1000);
  takes = false;
  const second = open();
  for (const line of ["b", "c"]) second.write(line);
  await second.close(100);
  expect([taken, counted]).toEqual([["a\n"], [["dropped", 2]]]);
  expect(said).toEqual([expect.stringMatching(/"count":2.*the reader is gone.*lines of the decision logs are lost/)]);
});
