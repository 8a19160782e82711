// The decision log under logrotate, as deploy/systemd/sluice.logrotate has it and by `copytruncate`: every line counted as written is in
// one of the files, once.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { accessLogClient } from "../support/access-log-client.ts";
import { metric } from "../support/metrics.ts";
import { startSluice } from "../support/sluice.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const SHIPPED = readFileSync(fileURLToPath(new URL("../../deploy/systemd/sluice.logrotate", import.meta.url)), "utf8");
const LOGROTATE = ["logrotate", "/usr/sbin/logrotate"].find((path) => spawnSync(path, ["--version"]).error === undefined);
if (LOGROTATE === undefined && process.env["CI"] === "true") throw new Error("logrotate is not on the PATH");
const without = LOGROTATE === undefined ? " (skipped: there is no logrotate)" : "";

async function start() {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
  const logs = join(folder, "logs");
  const sluice = await startSluice({ config: `decisionLog: { to: file, file: "${logs}/decisions.jsonl", keep: 0 }` });
  const client = accessLogClient(sluice.extProc);
  stopAtEnd(async () => client.close());
  let sent = 0;
  const send = (count: number) => client.send(Array.from({ length: count }, () => `request-${sent++}`));
  const written = () => metric(sluice.adminUrl, "sluice_decision_log_lines_total", { result: "written" });
  const allWritten = () => waitFor("all are written", async () => (await written()) === sent);
  /** By force: now, whatever the time. */
  const rotate = (config: string) => {
    const file = join(folder, "logrotate.conf");
    writeFileSync(file, config, { mode: 0o644 });
    execFileSync(LOGROTATE ?? "", ["--force", "--state", join(folder, "state"), file]);
  };
  return { logs, sluice, send, allWritten, rotate };
}

/** Of all files in the folder, compressed or not, in order. */
function idsIn(folder: string): readonly number[] {
  const texts = readdirSync(folder).map((name) => {
    const bytes = readFileSync(join(folder, name));
    return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  });
  const ids = texts.flatMap((text) => [...text.matchAll(/"requestId":"request-(\d+)"/g)].map(([, id]) => Number(id)));
  return ids.sort((a, b) => a - b);
}

describe.skipIf(LOGROTATE === undefined)(`logrotate${without}`, () => {
  test("as we ship it, four times under load: each line is in one of the files, once", async () => {
    const { logs, sluice, send, allWritten, rotate } = await start();
    const config = SHIPPED.replaceAll("/var/log/sluice/", `${logs}/`).replace(
      "systemctl reload sluice.service",
      `kill -HUP ${sluice.child.pid}`,
    );
    expect(config).not.toBe(SHIPPED);
    await send(10);
    await allWritten();
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 20; j++) await send(50);
      rotate(config);
      for (let j = 0; j < 20; j++) await send(50);
      await allWritten();
    }
    const names = ["decisions.1.jsonl", "decisions.2.jsonl.gz", "decisions.3.jsonl.gz", "decisions.4.jsonl.gz", "decisions.jsonl"];
    expect(readdirSync(logs).sort()).toEqual(names);
    expect(idsIn(logs)).toEqual(Array.from({ length: 8010 }, (_, i) => i));
  });

  test("by copytruncate: the next line begins the file, and nothing is lost but what comes during the copy", async () => {
    const { logs, send, allWritten, rotate } = await start();
    await send(1000);
    await allWritten();
    rotate(`${logs}/decisions.jsonl {\n  copytruncate\n  rotate 10\n  extension .jsonl\n}\n`);
    await send(500);
    await allWritten();
    expect(readdirSync(logs).sort()).toEqual(["decisions.1.jsonl", "decisions.jsonl"]);
    expect(readFileSync(join(logs, "decisions.jsonl"), "utf8").startsWith("{")).toBe(true);
    expect(idsIn(logs)).toEqual(Array.from({ length: 1500 }, (_, i) => i));
  });
});
