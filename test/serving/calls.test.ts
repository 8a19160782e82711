// What Envoy's calls bring, in a whole sluice: a message of its access log that cannot be read is counted and said, and those behind it
// are read.
import { afterEach, expect, test } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { accessLogClient } from "../support/access-log-client.ts";
import { metric } from "../support/metrics.ts";
import { waitFor } from "../support/wait-for.ts";

let app: App | undefined;
afterEach(() => app?.close());

test("an access log message that cannot be read is counted among those that gave no outcome", async () => {
  const said: string[] = [];
  const log = createLogger({ level: "warn", destination: { write: (line) => void said.push(line) } });
  app = await startApp({ config: parseConfig(`listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }`, "test"), log });
  const { extProcAddress, adminAddress } = app;
  const client = accessLogClient(String(extProcAddress));
  try {
    await client.sendUnreadable();
    await client.send(["a"]);
    await waitFor("the entry behind it", async () => (await metric(`http://${adminAddress}`, "sluice_access_log_entries_total")) === 1);
    expect(await metric(`http://${adminAddress}`, "sluice_access_log_ignored_total", { why: "unreadable" })).toBe(1);
    expect(said).toEqual([expect.stringContaining("access log message unreadable")]);
  } finally {
    client.close();
  }
});
