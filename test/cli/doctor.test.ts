// What `sluice doctor` prints for people and for programs, how it ends, and what it says to wrong usage. What it finds is tested elsewhere.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { diagnosisText } from "../../src/cli/diagnosis-text.ts";
import { doctorCommand } from "../../src/cli/doctor.ts";
import { finding } from "../../src/setup/doctor/finding.ts";
import { readEnvoyYaml } from "../../src/setup/stack/envoy-config.ts";
import { diagnose } from "../support/doctor.ts";
import { catchPrinted } from "../support/printed.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const SHIPPED = fileURLToPath(new URL("../../envoy/envoy.yaml", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-doctor-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const SKIPPED = file("skipped.yaml", readEnvoyYaml().replace("request_header_mode: SEND", "request_header_mode: SKIP"));
const CLOSED = file("closed.yaml", readEnvoyYaml().replace("failure_mode_allow: true", "failure_mode_allow: false"));

async function doctor(...args: readonly string[]): Promise<number> {
  printed.output = "";
  process.exitCode = 0;
  await doctorCommand().parseAsync([...args], { from: "user" });
  const exitCode = Number(process.exitCode);
  process.exitCode = 0;
  return exitCode;
}

describe("for people", () => {
  test("nothing found is said, with what was looked at", async () => {
    expect(await doctor("--envoy-config", SHIPPED)).toBe(0);
    expect(printed.output).toBe(`looked at ${SHIPPED}: 1 listener, 1 ext_proc filter, 6 clusters\nno findings\n`);
  });

  test("a finding says where, what, why, and the lines that mend it; text is wrapped, lines to be copied are not", () => {
    const where = "listener llm > filter envoy.filters.http.ext_proc";
    const found = finding("goaways", {
      where,
      what: "Seen 4 times, and then once more.",
      fix: "a: { b: c }\n# a long line that is to be copied as it is\n",
    });
    const text = diagnosisText({ findings: [{ ...found, why: "It costs much, and nobody sees it." }], lookedAt: ["an Envoy"] }, 40);
    expect(text).toBe(`warning[goaways]: the server closed connections under Envoy
  where   listener llm > filter envoy.filters.http.ext_proc
  what    Seen 4 times, and then once
          more.
  why     It costs much, and nobody sees
          it.
  mend    a: { b: c }
          # a long line that is to be copied as it is

looked at an Envoy
1 warning
`);
  });

  test("the worst comes first, and the last line counts; of several files each place names its own", async () => {
    expect(await doctor("--envoy-config", CLOSED, SKIPPED, SHIPPED)).toBe(1);
    const heads = printed.output.split("\n").filter((line) => /^(?:\S+\[| {2}where)/.test(line));
    expect(heads).toEqual([
      expect.stringMatching(/^error\[request-headers-not-sent\]: /),
      expect.stringContaining(`where   ${SKIPPED}: listener llm`),
      expect.stringMatching(/^warning\[fails-closed\]: /),
      expect.stringContaining(`where   ${CLOSED}: listener llm`),
    ]);
    expect(printed.output.trimEnd().split("\n").at(-1)).toBe("1 error, 1 warning");
  });

  test("warnings alone end with 0", async () => {
    expect(await doctor("--envoy-config", CLOSED)).toBe(0);
  });
});

describe("options", () => {
  test("--json prints one object", async () => {
    const { findings, lookedAt, exitCode } = await diagnose(printed, "--envoy-config", SKIPPED);
    expect(printed.output.trimEnd().split("\n")).toHaveLength(1);
    expect(findings).toEqual([
      expect.objectContaining({
        id: "request-headers-not-sent",
        severity: "error",
        where: expect.stringMatching(/^listener llm > /),
        fix: expect.stringContaining("request_header_mode: SEND"),
      }),
    ]);
    expect([lookedAt.length, exitCode]).toEqual([1, 1]);
  });

  test("--config says which tiers must have routes", async () => {
    const config = file("tiers.yaml", "tiers: [{ name: weak }, { name: medium }, { name: strong }]");
    expect((await diagnose(printed, "--envoy-config", SHIPPED, "--config", config)).ids).toEqual(["tier-without-route"]);
  });

  test("--config says whether the server takes resets for an attack", async () => {
    const endless = file("endless.yaml", readEnvoyYaml().replace("common_http_protocol_options: { max_requests_per_connection: 900 }", ""));
    const severity = async (transport: string) => {
      const config = file("transport.yaml", `listen: { transport: ${transport} }`);
      return (await diagnose(printed, "--envoy-config", endless, "--config", config)).findings.map(({ severity }) => severity);
    };
    expect([await severity("http2"), await severity("grpc-js")]).toEqual([["note"], ["warning"]]);
  });

  test("--cluster says which filter is sluice, where two are there and neither is named so", async () => {
    const twice = readEnvoyYaml()
      .replaceAll("cluster_name: sluice }", "cluster_name: router }")
      .replace("- name: sluice\n", "- name: router\n")
      .replace(
        /( {10})(- name: envoy\.filters\.http\.ext_proc\n(?: {12}.*\n)+)/,
        (filter) =>
          filter +
          filter.replace("- name: envoy.filters.http.ext_proc", "- name: authz").replace("cluster_name: router", "cluster_name: weak"),
      );
    const path = file("twice.yaml", twice);
    expect((await diagnose(printed, "--envoy-config", path)).ids).toEqual(["ext-proc-missing"]);
    expect((await diagnose(printed, "--envoy-config", path, "--cluster", "router")).ids).toEqual([]);
  });

  test("--manifests takes folders and files; what they do not tell is said", async () => {
    const deploy = fileURLToPath(new URL("../../deploy", import.meta.url));
    const all = await diagnose(printed, "--manifests", join(deploy, "kgateway"), join(deploy, "kubernetes"));
    expect(all.findings).toEqual([]);
    expect(all.lookedAt).toEqual([expect.stringContaining("for kgateway: 1 GatewayExtension")]);
    await doctor("--manifests", join(deploy, "kgateway"), join(deploy, "kubernetes/service.yaml"));
    expect(printed.output).toMatch(/^looked at 7 files, .*\nnot looked at: .*\nno findings\n$/);
  });
});

describe("wrong usage", () => {
  const empty = join(folder, "empty");
  mkdirSync(empty);

  test.each([
    ["nothing to look at", [], "doctor-usage"],
    ["two things to look at", ["--envoy-admin", "127.0.0.1:1", "--envoy-config", SHIPPED], "doctor-usage"],
    ["a file that is not there", ["--envoy-config", join(folder, "none.yaml")], "envoy-config-unreadable"],
    ["a file that is not Envoy's", ["--envoy-config", file("list.yaml", "- a\n")], "envoy-config-invalid"],
    ["a folder that is not there", ["--manifests", join(folder, "none")], "manifests-unreadable"],
    ["a folder without manifests", ["--manifests", empty], "manifests-unreadable"],
    ["a manifest that is no YAML", ["--manifests", file("bad-manifest.yaml", "a: [")], "manifest-invalid"],
    ["a configuration with mistakes", ["--envoy-config", SHIPPED, "--config", file("bad.yaml", "lgo: 1")], "config-invalid"],
  ])("%s: exit code 2", async (_, args, code) => {
    await expect(doctor(...args)).rejects.toMatchObject({ code, exitCode: 2 });
    expect(printed.output).toBe("");
  });
});

test("as a program: findings on standard output, exit code 1 for an error", () => {
  const run = spawnSync(process.execPath, [MAIN, "doctor", "--envoy-config", SKIPPED], { encoding: "utf8" });
  expect([run.status, run.stderr]).toEqual([1, ""]);
  expect(run.stdout).toMatch(/^error\[request-headers-not-sent\]/);
});
