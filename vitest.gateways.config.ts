// `npm run test:gateways`: our manifests against the real control planes of kgateway and Envoy Gateway. Not part of `npm test`: the first
// run compiles the control planes, which takes many minutes.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "gateways",
    include: ["test/gateways/**/*.test.ts"],
    reporters: ["default", "./test/support/summary-reporter.ts"],
    pool: "forks",
    fileParallelism: false, // each file runs a whole control plane
    testTimeout: 180_000,
    hookTimeout: 1_800_000, // the first run compiles in a hook
  },
});
