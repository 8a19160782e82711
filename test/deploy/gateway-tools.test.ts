// The Go that compiles the control planes: when the installed one will do, and that what is pinned agrees.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isNewEnough, OLDEST_GO, WHEEL_VERSION } from "../../scripts/gateway-tools/go.ts";

const MODULES = globSync(fileURLToPath(new URL("../../scripts/gateway-tools/*/go.mod", import.meta.url)));

describe("the installed Go", () => {
  it.each([
    ["go1.26.5\n", true],
    ["go1.26.8", true],
    ["go1.27rc1", true],
    ["go1.27", true],
    ["go2.0.1", true],
    ["go1.26.4", false],
    ["go1.26", false],
    ["go1.9.7", false],
    ["devel +abcdef", false],
    ["", false],
  ])("that says %j is new enough: %s", (version, expected) => {
    expect(isNewEnough(version, "1.26.5")).toBe(expected);
  });
});

describe("the pinned Go", () => {
  it("is what the modules ask for, and the wheel's is not older", () => {
    const asked = MODULES.map((file) => /^go (\S+)$/m.exec(readFileSync(file, "utf8"))?.[1]);
    expect(asked.length).toBeGreaterThan(3);
    expect(new Set(asked)).toEqual(new Set([OLDEST_GO]));
    expect(isNewEnough(`go${WHEEL_VERSION}`, OLDEST_GO)).toBe(true);
  });
});

describe("the pinned Kubernetes", () => {
  it("is one version: the parts follow the whole", () => {
    const text = readFileSync(new URL("../../scripts/gateway-tools/control-planes/go.mod", import.meta.url), "utf8");
    const [, minorAndPatch] = /k8s\.io\/kubernetes v1\.(\S+)/.exec(text) ?? [];
    const replaced = [...text.matchAll(/=> k8s\.io\/\S+ (\S+)$/gm)].map(([, version]) => version);
    expect(replaced.length).toBeGreaterThan(20);
    expect(new Set(replaced)).toEqual(new Set([`v0.${minorAndPatch}`]));
  });
});
