// What a Node.js that is too old says: one clear line and what to do, whatever was asked for. Real ones are run, not made-up versions.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, describe as group, it } from "vitest";
import { describe, ERRORS, SluiceError } from "../../src/errors.ts";
import { oldNode } from "../support/old-node.ts";
import { SLUICE_MAIN } from "../support/sluice.ts";

const VERSIONS = ["14.21.3", "20.20.2"];
const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { engines: { node: string } };
const oldest = engines.node.replace(">=", "");

function run(node: string, args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(node, [SLUICE_MAIN, ...args], (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });
}

group.each(VERSIONS)("Node.js %s", (version) => {
  it.each([[["serve"]], [["stack", "--port", "0"]], [["--version"]], [["no-such-command"]], [[]]])(
    "refuses %j in a clear word",
    async (args) => {
      const expected = new SluiceError("node-too-old", `Node.js ${version} is too old: sluice needs ${oldest} or newer`);
      expect(await run(await oldNode(version), args)).toEqual({
        code: ERRORS["node-too-old"].exitCode,
        stdout: "",
        stderr: `${describe(expected)}\n`,
      });
    },
  );
});

group("the entry", () => {
  it("runs the program on a Node.js that is new enough", async () => {
    expect(await run(process.execPath, ["--version"])).toMatchObject({ code: 0, stderr: "" });
  });

  it("imports nothing before it has looked", () => {
    expect(readFileSync(SLUICE_MAIN, "utf8")).not.toMatch(/^import\b|\bfrom "/m);
  });
});
