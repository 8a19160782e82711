// `sluice init`: what it asks, what it refuses, and that it writes all or nothing and never over what is there.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { askForMissing } from "../../src/cli/init-questions.ts";
import { parseConfig } from "../../src/config/load.ts";
import { SluiceError } from "../../src/errors.ts";
import { TRAFFICS } from "../../src/setup/init/answers.ts";
import { serviceAt } from "../../src/setup/init/cluster-service.ts";
import { initFiles } from "../../src/setup/init/files.ts";
import { requireNew, writeNew } from "../../src/setup/init/write-files.ts";
import { parseServerUrl } from "../../src/setup/stack/server-url.ts";
import { newFolder, runSluice } from "../support/init.ts";
import { waitFor } from "../support/wait-for.ts";

const SERVERS = ["--weak", "http://127.0.0.1:1", "--strong", "https://api.example.com/v1"];
const GIVEN = [...SERVERS, "--traffic", "chat"];

function url(text: string) {
  const parsed = parseServerUrl(text);
  if (parsed === undefined) throw new Error(`no URL: ${text}`);
  return parsed;
}

describe("what is written", () => {
  it.each(TRAFFICS)("sluice.yaml for %s is valid, holds no key, and names the schema beside it first", (traffic) => {
    const tiers = { weak: { url: url("http://a:1"), model: undefined }, strong: { url: url("https://b.example.com"), model: "x: #y" } };
    const files = initFiles({ tiers, traffic, gateway: "none" }, {}, (path) => path);
    expect(files.map(({ path }) => path)).toEqual(["sluice.yaml", "sluice.schema.json"]);
    const text = files[0]?.text ?? "";
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/sluice\.schema\.json\n/);
    expect(text.split("\n").filter((line) => line.length > 140)).toEqual([]);
    expect(parseConfig(text, "sluice.yaml").tiers.map(({ name, model }) => [name, model])).toEqual([
      ["weak", undefined],
      ["strong", "x: #y"],
    ]);
  });

  it("is checked, and what to do next is said", async () => {
    const folder = newFolder();
    const { code, stdout, stderr } = await runSluice(["init", ...SERVERS, "--yes", "--out", join(folder, "new/one")]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(readdirSync(join(folder, "new/one")).sort()).toEqual(["envoy.yaml", "sluice.schema.json", "sluice.yaml"]);
    for (const words of ["default tier  strong", "no findings", "sluice serve --config", "API keys: clients send their own"]) {
      expect(stdout).toContain(words);
    }
  });

  it("stands in this folder with --yes alone", async () => {
    const folder = newFolder();
    expect((await runSluice(["init", ...SERVERS, "--yes"], { cwd: folder })).code).toBe(0);
    expect(existsSync(join(folder, "sluice.yaml"))).toBe(true);
  });
});

describe("what is refused, before anything is written", () => {
  it.each([
    [
      "nothing but a terminal's silence",
      [],
      "--weak URL, --strong URL, --traffic chat|agents, --gateway envoy|kgateway|envoy-gateway|none",
    ],
    ["--yes without servers", ["--yes"], "--weak URL, --strong URL"],
    ["no gateway", GIVEN, "not given: --gateway"],
    ["no URL", ["--weak", "localhost", "--strong", "http://a"], "--weak <url>"],
    ["a gateway that there is not", [...GIVEN, "--gateway", "nginx"], "Allowed choices are envoy, kgateway, envoy-gateway, none"],
    ["a server outside the cluster", [...GIVEN, "--gateway", "kgateway"], "error[init-server]: --weak http://127.0.0.1:1/v1 is not"],
    [
      "one Service twice",
      ["--weak", "http://a", "--strong", "http://a:81", "--gateway", "envoy-gateway", "--yes"],
      "both tiers are the Service a",
    ],
    [
      "two namespaces",
      ["--weak", "http://a.x", "--strong", "http://a.y", "--gateway", "kgateway", "--yes"],
      "different namespaces, x and y",
    ],
  ])("%s", async (_what, args, words) => {
    const folder = newFolder();
    const { code, stdout, stderr } = await runSluice(["init", ...args, "--out", folder]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(words);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("a folder where one of the files is", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "envoy.yaml"), "mine");
    const { code, stderr } = await runSluice(["init", ...SERVERS, "--yes", "--out", folder]);
    expect(code).toBe(2);
    expect(stderr).toContain(`error[init-exists]: ${join(folder, "envoy.yaml")}: there already; nothing was written`);
    expect([readdirSync(folder), readFileSync(join(folder, "envoy.yaml"), "utf8")]).toEqual([["envoy.yaml"], "mine"]);
  });
});

describe("writing", () => {
  const files = [
    { path: "a/b/one", text: "1" },
    { path: "two", text: "2" },
    { path: "file/three", text: "3" },
  ];

  it("takes everything back when one file cannot be written", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "file"), "no folder");
    await expect(writeNew(folder, files)).rejects.toMatchObject({ code: "output-unwritable" });
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("names what is there, and does not name all of much", () => {
    const folder = newFolder();
    const many = ["1", "2", "3", "4", "5"].map((path) => ({ path, text: "" }));
    for (const { path } of many) writeFileSync(join(folder, path), "");
    expect(() => requireNew(folder, many)).toThrow(/3 and 2 more: there already/);
  });

  it("hears a signal only when all is written", async () => {
    const folder = newFolder();
    const heard: string[] = [];
    const listener = () => void heard.push(`with ${readdirSync(folder).length}`);
    process.on("SIGHUP", listener);
    process.kill(process.pid, "SIGHUP");
    await writeNew(folder, files.slice(0, 2));
    await waitFor("the signal", () => heard.length > 0);
    process.off("SIGHUP", listener);
    expect(heard[0]).toBe("with 2");
  });

  it("says which folder it may not write to", async () => {
    const outer = newFolder();
    chmodSync(outer, 0o755);
    const folder = join(outer, "closed");
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    const isRoot = process.geteuid?.() === 0; // who may write everywhere, until it is somebody else
    if (isRoot) process.seteuid?.(65_534);
    const failed = await writeNew(folder, files)
      .catch((error: unknown) => error)
      .finally(() => isRoot && process.seteuid?.(0));
    expect(failed).toBeInstanceOf(SluiceError);
    expect(String(failed)).toContain(folder);
  });
});

describe("the Service that a URL names", () => {
  it.each([
    ["http://qwen", { name: "qwen", namespace: "llm", port: 80 }],
    ["http://qwen:8000/v1", { name: "qwen", namespace: "llm", port: 8000 }],
    ["http://qwen.models", { name: "qwen", namespace: "models", port: 80 }],
    ["http://qwen.models.svc", { name: "qwen", namespace: "models", port: 80 }],
    ["http://qwen.models.svc.cluster.local:8000", { name: "qwen", namespace: "models", port: 8000 }],
    ["https://qwen.models", undefined],
    ["http://api.example.com", undefined],
    ["http://10.0.0.7:8000", undefined],
    ["http://[::1]:8000", undefined],
    ["http://qwen/api/v4", undefined],
  ])("%s", (text, service) => {
    expect(serviceAt(url(text))).toEqual(service);
  });
});

describe("on a terminal", () => {
  /** Gives each answer when its question is shown. */
  async function asked(flags: Parameters<typeof askForMissing>[0], answers: readonly (readonly [question: string, keys: string])[]) {
    const [input, output] = [new PassThrough(), new PassThrough()];
    let shown = "";
    output.on("data", (chunk) => {
      shown += String(chunk);
    });
    const asking = askForMissing(flags, { input, output });
    for (const [question, keys] of answers) {
      await waitFor(question, () => shown.includes(question));
      input.write(keys);
    }
    return { options: await asking, shown };
  }
  const DOWN = "\x1b[B";

  it("asks for all that is not given, and takes nothing for an answer where that is one", async () => {
    const { options } = await asked({ yes: false }, [
      ["What stands in front", "\r"],
      ["The cheap model", "http://127.0.0.1:11434\r"],
      ["The model's name", "qwen3:4b\r"],
      ["The strong model", "https://api.example.com/v1\r"],
      ["The model's name", "\r"],
      ["What is the traffic", `${DOWN}\r`],
      ["The folder to write to", "\r"],
    ]);
    expect(options).toEqual({
      yes: false,
      weak: url("http://127.0.0.1:11434"),
      weakModel: "qwen3:4b",
      strong: url("https://api.example.com/v1"),
      strongModel: undefined,
      traffic: "agents",
      gateway: "envoy",
      out: ".",
    });
  });

  it("asks again where an answer is no URL, and not for what the flags say", async () => {
    const flags = { yes: false, weak: url("http://a"), traffic: "chat", gateway: "kgateway", out: "x" } as const;
    const { options, shown } = await asked(flags, [
      ["The strong model", "nowhere\r"],
      ["It must be an http or https URL", `${"\x7f".repeat(7)}http://strong.llm:8000\r`],
      ["The model's name", "glm-5\r"],
    ]);
    expect(options).toMatchObject({ strong: url("http://strong.llm:8000"), strongModel: "glm-5", gateway: "kgateway", out: "x" });
    expect(shown).not.toContain("What is the traffic");
  });

  it("gives up at Ctrl-C", async () => {
    const { options } = await asked({ yes: false, gateway: "envoy" }, [["The cheap model", "http://a\x03"]]);
    expect(options).toBeUndefined();
  });
});
