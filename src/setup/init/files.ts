// Everything that `sluice init` writes, made from the answers and from the files shipped beside the program.
import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { editorSchemaText } from "../../config/editor-schema.ts";
import { systemCaFile } from "../stack/ca-file.ts";
import { readEnvoyYaml } from "../stack/envoy-config.ts";
import type { Answers, NewFile } from "./answers.ts";
import { ENVOY_FILE, envoyYaml } from "./envoy-yaml.ts";
import { manifests } from "./manifests.ts";
import { CONFIG_FILE, SCHEMA_FILE, sluiceYaml } from "./sluice-yaml.ts";

const CA_FILE = "ca-certificates.pem";

/** Throws `init-server`. `at` gives the whole path of a file in the folder that they go to. */
export function initFiles(answers: Answers, env: NodeJS.ProcessEnv, at: (path: string) => string): readonly NewFile[] {
  return [
    { path: CONFIG_FILE, text: sluiceYaml(answers) },
    { path: SCHEMA_FILE, text: editorSchemaText() },
    ...gatewayFiles(answers, env, at),
  ];
}

function gatewayFiles(answers: Answers, env: NodeJS.ProcessEnv, at: (path: string) => string): readonly NewFile[] {
  const { gateway } = answers;
  switch (gateway) {
    case "none":
      return [];
    case "envoy": {
      const system = systemCaFile(env);
      const text = envoyYaml(readEnvoyYaml(), answers, system ?? at(CA_FILE));
      const isNeeded = system === undefined && Object.values(answers.tiers).some(({ url }) => url.tls);
      return [{ path: ENVOY_FILE, text }, ...(isNeeded ? [{ path: CA_FILE, text: rootCertificates.join("\n") }] : [])];
    }
    case "kgateway":
    case "envoy-gateway":
      return manifests(answers, gateway, (path) => readFileSync(new URL(`../../../deploy/${path}`, import.meta.url), "utf8"));
    default:
      return gateway satisfies never;
  }
}
