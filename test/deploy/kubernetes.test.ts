// What deploy/kubernetes says in one place must agree with what it says in another, and with the program. That the manifests are valid, and
// that they run, other tests show.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { imageStartOf, parseDockerfile } from "../../scripts/dockerfile.ts";
import { loadConfig } from "../../src/config/load.ts";
import { parseListenAddress } from "../../src/listen-address.ts";

const FOLDER = new URL("../../deploy/kubernetes/", import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, FOLDER), "utf8");
const yamlOf = (path: string) => parse(textOf(path));
const SINKS_SECONDS = 5; // app.ts: decision log and traces are handed on

const config = await loadConfig(new URL("sluice.yaml", FOLDER).pathname);
const podSpec = yamlOf("deployment.yaml").spec.template.spec;
const [container] = podSpec.containers;
const portOf = (name: string) => container.ports.find((port: { name: string }) => port.name === name)?.containerPort;

describe("deploy/kubernetes", () => {
  test("listens on every address, at the ports that the pod and the Service name", () => {
    expect(parseListenAddress(config.listen.extProc)).toMatchObject({ host: "0.0.0.0", port: portOf("grpc") });
    expect(parseListenAddress(config.listen.admin)).toMatchObject({ host: "0.0.0.0", port: portOf("admin") });
    expect(yamlOf("service.yaml").spec.ports.map((port: object) => ({ ...port }))).toMatchObject([
      { name: "grpc", port: portOf("grpc"), targetPort: "grpc", appProtocol: "kubernetes.io/h2c" },
      { name: "admin", port: portOf("admin"), targetPort: "admin" },
    ]);
    expect(container.readinessProbe.grpc.port).toBe(portOf("grpc"));
  });

  test("gives the pod the time that preStop, the drain and the sinks take together", () => {
    const needed = container.lifecycle.preStop.sleep.seconds + config.shutdown.graceMs / 1000 + SINKS_SECONDS;
    expect(podSpec.terminationGracePeriodSeconds).toBeGreaterThan(needed);
  });

  test("mounts the configuration as a folder, where the arguments look for it", () => {
    const [mount] = container.volumeMounts;
    expect(container.args).toEqual(["serve", "--config", `${mount.mountPath}/sluice.yaml`]);
    expect(mount.subPath).toBeUndefined();
  });

  test.each(["", "stand-ins/"])("names the image of this version in %skustomization.yaml", (folder) => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(String(yamlOf(`${folder}kustomization.yaml`).images[0].newTag)).toBe(version);
  });

  test.each(["weak", "strong"])("runs the stand-in %s by the program and file that the image has", (tier) => {
    const [deployment, service] = parseAllDocuments(textOf(`stand-ins/${tier}.yaml`)).map((document) => document.toJS());
    const standIn = deployment.spec.template.spec.containers[0];
    const final = parseDockerfile(readFileSync(new URL("../Dockerfile", FOLDER), "utf8")).at(-1);
    const [node] = final === undefined ? [] : imageStartOf(final).entrypoint;
    expect(standIn.command).toEqual([node, "envoy/stand-in.mjs"]);
    expect(standIn.args.slice(0, 2)).toEqual(["--tier", tier]);
    expect(service.spec.ports).toEqual([{ name: "http", port: 80, targetPort: "http" }]);
  });

  test("has every file of its page's table", () => {
    const named = [...textOf("README.md").matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? "");
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((path) => !existsSync(new URL(path, FOLDER)))).toEqual([]);
  });
});

test("a Dockerfile that uses more than the check understands is refused", () => {
  for (const line of ["HEALTHCHECK CMD true", "COPY --chown=1 a b", "ENV A B", "COPY a"]) {
    expect(() => parseDockerfile(`FROM x\n${line}\n`), line).toThrow("not understood");
  }
  expect(() => parseDockerfile("RUN true\n")).toThrow("before FROM");
});

describe("the image for several architectures", () => {
  const stages = readFileSync(new URL("../Dockerfile", FOLDER), "utf8");

  test("is built on the builder's own, in a stage that alone runs commands", () => {
    const [build, final] = parseDockerfile(stages);
    expect(stages).toMatch(/^FROM --platform=\$BUILDPLATFORM \S+ AS build$/m);
    expect(build).toMatchObject({ name: "build", base: "node:24-trixie-slim" });
    expect(final?.steps.filter(({ kind }) => kind === "run")).toEqual([]);
  });

  test("has no package made for one of them", () => {
    const { packages } = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
    const kept = Object.entries<{ dev?: boolean; devOptional?: boolean; cpu?: unknown }>(packages).filter(([, { dev }]) => !dev);
    expect(kept.length).toBeGreaterThan(20);
    expect(
      kept.filter(([name, { cpu }]) => cpu !== undefined || existsSync(new URL(`../../${name}/binding.gyp`, import.meta.url))),
    ).toEqual([]);
  });
});
