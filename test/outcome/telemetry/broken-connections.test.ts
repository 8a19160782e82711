// Connections ended for what their peers did: each counted, the log told at once and not flooded.
import { expect, test } from "vitest";
import { brokenConnections } from "../../../src/outcome/telemetry/broken-connections.ts";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";

test("each is counted by why; the first is told of at once, the rest together at the end", async () => {
  const metrics = createMetrics();
  const lines: string[] = [];
  const { onBroken, close } = brokenConnections(
    metrics,
    createLogger({ level: "info", destination: { write: (line) => lines.push(line) } }),
  );
  onBroken("flood", new Error("too many resets"));
  onBroken("flood", new Error("too many resets"));
  onBroken("protocol-error", new Error("no SETTINGS in time"));
  const told = () => lines.map((line) => JSON.parse(line) as { readonly msg: string; readonly count: number; readonly err: Error });
  expect(told().map(({ count, err }) => [count, err.message])).toEqual([[1, "too many resets"]]);
  close();
  expect(told().map(({ msg, count }) => [msg, count])).toEqual([
    ["connections are ended for what their peers did", 1],
    ["connections are ended for what their peers did", 2],
  ]);
  expect((await metrics.expose("prometheus")).text).toContain('sluice_connections_broken_total{why="flood"} 2');
});
