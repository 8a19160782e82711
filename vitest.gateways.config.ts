// `npm run test:gateways`: our manifests against the real control planes of kgateway and Envoy Gateway. Not part of `npm test`: the first
// run compiles the control planes, which takes many minutes.
import { defineConfig } from "vitest/config";
import { enterNetworkNamespace } from "./test/gateways/support/network-namespace.ts";

const { missing } = await enterNetworkNamespace();
if (missing !== undefined) {
  const message = `test:gateways: this machine lacks ${missing}`;
  if (process.env["SLUICE_GATEWAYS"] === "1") throw new Error(message);
  process.stderr.write(`${message}; skipped\n`);
}

export default defineConfig({
  test: {
    name: "gateways",
    include: missing === undefined ? ["test/gateways/**/*.test.ts"] : [],
    passWithNoTests: missing !== undefined,
    reporters: ["default", "./test/support/summary-reporter.ts"],
    pool: "forks",
    fileParallelism: false, // each file runs a whole control plane
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
