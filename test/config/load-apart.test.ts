// The thread that reads a configuration on a reload has bounds of its own, whatever the file is.
import { expect, test } from "vitest";
import { loadApart } from "../../src/config/load-apart.ts";

const task = (text: string) => ({ path: "sluice.yaml", text, before: "tiers: [{ name: a }]\n" });
const NEVER = new AbortController().signal;

test("what it finds comes back as plain values, the place of each problem included", async () => {
  expect(await loadApart(task("tiers: [{ name: a }, { name: b }]\n"), NEVER)).toMatchObject({
    kind: "loaded",
    config: { tiers: [{ name: "a" }, { name: "b" }], defaultTier: "b" },
    shrinkage: { suspect: false, gone: [] },
  });
  expect(await loadApart(task("activ: a\n"), NEVER)).toMatchObject({
    kind: "invalid",
    count: 1,
    problems: [{ path: "activ", line: 1, column: 1, message: "unknown key; did you mean active?" }],
  });
  expect(await loadApart(task("# nothing\n"), NEVER)).toMatchObject({ kind: "refused", code: "config-empty" });
});

test.each([
  ["60 MB of memory", { heapMB: 60, ms: 60_000 }, "takes more than 60 MB to read and check"],
  ["a moment", { heapMB: 256, ms: 1 }, "takes more than 0.001 seconds to read and check"],
])("with %s for a file that needs more, the file is refused and the process goes on", async (_what, limits, message) => {
  await expect(loadApart(task(`tiers: [${"1,".repeat(60_000)}]\n`), NEVER, limits)).rejects.toMatchObject({
    code: "config-too-large",
    message: `sluice.yaml: ${message}`,
  });
});

test("stopped, it ends with the reason", async () => {
  const stop = new AbortController();
  const loading = loadApart(task("tiers: []\n"), stop.signal);
  stop.abort(new Error("closing"));
  await expect(loading).rejects.toThrow("closing");
});
