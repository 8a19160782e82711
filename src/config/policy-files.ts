// The files beside the configuration that its policies are read from, for who waits for changes of them.
import { dirname, resolve } from "node:path";
import type { Config } from "./config.ts";
import { descriptorOf } from "./policies/list.ts";

export function policyFilesOf(config: Config, configPath: string): readonly string[] {
  return Object.values(config.policies)
    .flatMap((policy) => descriptorOf(policy).files(policy))
    .map((file) => resolve(dirname(configPath), file));
}
