// The package as `npm pack` makes it, on a machine without a checkout: small, and everything it promises works from an empty folder.
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { type Child, startChild } from "../../src/setup/stack/child.ts";
import { envoyBin } from "../support/envoy.ts";
import { freePort } from "../support/free-port.ts";
import { emptyFolder, installPackage, type PackedPackage, packPackage, strangerEnv } from "../support/installed-package.ts";
import { curl, isTitle, listens, printedAddresses, servers } from "../support/printed-stack.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const MAX_PACKED_BYTES = 1_400_000; // 0.2.0: 1.3 MB
const MAX_UNPACKED_BYTES = 4_500_000; // 0.2.0: 4.4 MB
const MAX_START_MS = 60_000;
const NPX = ["--no-install", "sluice"];
const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

const { folder, remove } = emptyFolder();
stopAtEnd(remove);
let packed: PackedPackage;

beforeAll(async () => {
  packed = packPackage(folder);
  await installPackage(packed.tarball, folder);
});

/** In the folder, as a stranger's shell would run it. */
function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): { child: Child; lines: readonly string[] } {
  const lines: string[] = [];
  const options = { env: { ...strangerEnv(), ...env }, cwd: folder, onLine: (line: string) => void lines.push(line) };
  const child = startChild(command, args, options);
  stopAtEnd(child.stop);
  return { child, lines };
}

async function startStack(): Promise<{ child: Child; lines: readonly string[] }> {
  const stack = start("npx", [...NPX, "stack", "--port", "0"], { ENVOY_BIN: await envoyBin() });
  await waitFor("the stack is up", () => stack.child.hasExited() || stack.lines.some(isTitle), MAX_START_MS);
  return stack;
}

describe("the packed package", () => {
  it("is small", () => {
    expect(packed.packedBytes).toBeLessThan(MAX_PACKED_BYTES);
    expect(packed.unpackedBytes).toBeLessThan(MAX_UNPACKED_BYTES);
  });

  it("holds what runs, what is read, and the examples: no sources, tests, maps or tools", () => {
    const manifests = /^deploy\/(?:systemd\/.*|(?:kubernetes|kgateway|envoy-gateway)\/[\w-]+\.yaml)$/;
    const kept = /^(?:package\.json|README(?:\.[\w-]+)?\.md|LICENSE|dist\/.*\.(?:js|d\.ts)|docs\/.*|envoy\/.*|examples\/.*)$/;
    expect(packed.files.filter((path) => !kept.test(path) && !manifests.test(path))).toEqual([]);
  });

  it("installs without any development dependency", () => {
    for (const name of ["typescript", "vitest", "node", "assemblyscript"])
      expect(existsSync(join(folder, "node_modules", name))).toBe(false);
  });
});

describe("in an empty folder", () => {
  it("`stack` is up and its three curl commands are answered within a minute", async () => {
    const startedAt = Date.now();
    const { child, lines } = await startStack();
    const answers = [];
    for (const command of lines.filter((line) => line.startsWith("  curl "))) answers.push(await curl(command));
    expect(Date.now() - startedAt).toBeLessThan(MAX_START_MS);
    expect(answers.map((answer) => /stand-in-(weak|strong)/.exec(answer)?.[1])).toEqual(["weak", "strong", "weak"]);
    expect(child.hasExited()).toBe(false);
    await expectGoneAfterSigterm(child, lines);
  });

  it("`serve` is ready, and ends when it is asked to", async () => {
    const admin = `127.0.0.1:${await freePort()}`;
    writeFileSync(join(folder, "sluice.yaml"), `listen: { extProc: "127.0.0.1:0", admin: "${admin}" }\n`);
    const { child, lines } = start(join(folder, "node_modules/.bin/sluice"), ["serve", "--config", "sluice.yaml"]);
    await waitFor("sluice is ready", async () => child.hasExited() || (await fetch(`http://${admin}/readyz`)).ok, 20_000);
    await child.stop();
    expect([child.exitCode(), lines.join("\n")]).toEqual([0, expect.not.stringContaining("rror")]);
  });

  it("`evaluate` judges a policy on the examples that came along", async () => {
    const data = "node_modules/sluice/examples/parity.jsonl";
    const args = [...NPX, "evaluate", "--data", data, "--policy", "v7", "--json"];
    const { stdout } = await promisify(execFile)("npx", args, { cwd: folder, env: strangerEnv() });
    expect(JSON.parse(stdout)).toMatchObject({ policies: [expect.objectContaining({ name: expect.stringContaining("v7") })] });
  });

  it("TypeScript finds the types of the decision log and of a data set", async () => {
    const program = `import type { DataSetRow } from "sluice/data-set";
import type { DecisionLine } from "sluice/decision-log";
const label = (line: DecisionLine) => (line.decision?.tier === "weak" ? "weak" : "strong");
export const row = (line: DecisionLine): DataSetRow => ({ prompt: line.prompt ?? "", label: label(line) });
// @ts-expect-error: there is no such field
export const nothing = (line: DecisionLine) => line.noSuchField;
`;
    writeFileSync(join(folder, "rows.mts"), program);
    await promisify(execFile)(process.execPath, [TSC, "--noEmit", "--strict", "--module", "nodenext", "rows.mts"], { cwd: folder });
  });
});

/** SIGTERM to npx, which ends the shell it started sluice through, but not sluice. */
async function expectGoneAfterSigterm(npx: Child, lines: readonly string[]): Promise<void> {
  const { url, envoyAdmin, sluiceAdmin } = printedAddresses(lines);
  const addresses = [url, sluiceAdmin, envoyAdmin].map((each) => each.replace("http://", "")).concat(await servers(envoyAdmin));
  expect(addresses.length).toBe(6);
  npx.signal("SIGTERM");
  for (const address of addresses) await waitFor(`nothing listens on ${address}`, async () => !(await listens(address)), 20_000);
}
