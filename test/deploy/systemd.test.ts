// The systemd unit: systemd itself finds nothing wrong with it, it starts what the package has, and its sandbox is as tight as it says.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const unit = read("deploy/systemd/sluice.service");
const { bin } = JSON.parse(read("package.json")) as { bin: { sluice: string } };

/** How much of the host a service could still reach, by systemd's own reckoning: 10 is all. */
const MOST_EXPOSED = 2;

const isThere = spawnSync("systemd-analyze", ["--version"]).error === undefined;
if (!isThere) process.stderr.write("systemd-analyze is not on the PATH: deploy/systemd/sluice.service goes unchecked by it\n");

/** The unit with a Node.js that is there, since systemd looks whether it is. */
function unitFile(text = unit): string {
  const path = join(mkdtempSync(join(tmpdir(), "sluice-unit-")), "sluice.service");
  writeFileSync(path, text.replace("/usr/bin/node", process.execPath));
  return path;
}

function analyze(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync("systemd-analyze", args, { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

describe("deploy/systemd/sluice.service", () => {
  it.skipIf(!isThere)("is a unit in which systemd finds nothing wrong", () => {
    expect(analyze("verify", "--man=no", unitFile())).toEqual({ status: 0, output: "" });
    expect(analyze("verify", "--man=no", unitFile(unit.replace("ProtectHome=", "ProtectHouse="))).output).toContain("ProtectHouse");
  });

  it.skipIf(!isThere)("leaves little of the host within reach", () => {
    const { output } = analyze("security", "--offline=true", "--no-pager", unitFile());
    expect(Number(/exposure level for sluice\.service: ([\d.]+)/.exec(output)?.[1])).toBeLessThanOrEqual(MOST_EXPOSED);
  });

  it("starts the program where the README has it installed, and reloads by SIGHUP", () => {
    expect(unit).toContain(
      `ExecStart=/usr/bin/node /opt/sluice/node_modules/sluice/${bin.sluice} serve --config /etc/sluice/sluice.yaml\n`,
    );
    expect(unit).toContain("ExecReload=/bin/kill -HUP $MAINPID\n");
    expect(read("deploy/systemd/README.md")).toContain("--prefix /opt/sluice");
  });

  it("leaves V8 what it needs: memory to write code into, and netlink to look names up", () => {
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute=(?:yes|true|1|on)/m);
    expect(unit).toMatch(/^RestrictAddressFamilies=.*AF_NETLINK/m);
  });
});
