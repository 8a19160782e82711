// `sluice doctor`: finds mistakes in how an Envoy, or a gateway over it, is wired to sluice. Exits 1 when there is one that breaks routing.
import { Command } from "commander";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { SluiceError } from "../errors.ts";
import { countOf, type Diagnosis, diagnoseGateway, diagnoseWiring, together } from "../setup/doctor/diagnosis.ts";
import { askEnvoy } from "../setup/doctor/envoy-admin.ts";
import type { SluiceSettings } from "../setup/doctor/finding.ts";
import { readConfigDump, readEnvoyFile } from "../setup/doctor/read-envoy.ts";
import { diagnosisText } from "./diagnosis-text.ts";
import { readEnvoyFiles, readManifests } from "./doctor-files.ts";

interface DoctorOptions {
  readonly envoyAdmin?: string;
  readonly envoyConfig?: readonly string[];
  readonly manifests?: readonly string[];
  readonly config?: string;
  readonly cluster?: string;
  readonly json: boolean;
}

const MOST_COLUMNS = 100; // longer lines are harder to read, however wide the terminal is

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("find mistakes in how Envoy, or a gateway over it, is wired to sluice")
    .option("--envoy-admin <url>", "a running Envoy: its admin address, as a URL or host:port")
    .option("--envoy-config <file...>", "what an Envoy starts with, or its saved /config_dump?include_eds")
    .option("--manifests <path...>", "manifests of kgateway or Envoy Gateway: files, or folders with them")
    .option("--config <file>", "sluice's configuration, for its tiers and limits; without it, the defaults")
    .option("--cluster <name>", "the Envoy cluster that is sluice, where its name does not say so")
    .option("--json", "print one JSON object", false)
    .action(runDoctor);
}

async function runDoctor(options: DoctorOptions): Promise<void> {
  const diagnosis = await diagnose(options, settingsOf(await loadConfig(options.config), options.cluster));
  const columns = Math.min(process.stdout.columns ?? MOST_COLUMNS, MOST_COLUMNS);
  process.stdout.write(options.json ? `${JSON.stringify(diagnosis)}\n` : diagnosisText(diagnosis, columns));
  if (countOf(diagnosis.findings, "error") > 0) process.exitCode = 1;
}

async function diagnose({ envoyAdmin, envoyConfig, manifests }: DoctorOptions, settings: SluiceSettings): Promise<Diagnosis> {
  const given = [envoyAdmin, envoyConfig, manifests].filter((source) => source !== undefined).length;
  if (given !== 1) throw new SluiceError("doctor-usage", given === 0 ? "nothing to look at was given" : "more than one thing was given");
  if (envoyAdmin !== undefined) {
    const { configDump, stats } = await askEnvoy(envoyAdmin);
    return diagnoseWiring(readConfigDump(configDump, stats), settings, envoyAdmin);
  }
  if (manifests !== undefined) return diagnoseGateway(await readManifests(manifests), settings);
  const files = await readEnvoyFiles(envoyConfig ?? []);
  return together(new Map(files.map(({ name, text }) => [name, diagnoseWiring(readEnvoyFile(text, name), settings, name)])));
}

/** What the wiring must agree with. */
export function settingsOf(config: Config, cluster: string | undefined): SluiceSettings {
  return {
    tiers: config.tiers.map(({ name }) => name),
    models: config.tiers.map(({ name, model, keepModel, params, shape, clusters, can, contextTokens }) => ({
      name,
      model,
      keepModel,
      params: params.map((edit) => `${edit.name} ${edit.json}${edit.overwrite ? " always" : ""}`),
      shape: shape && JSON.stringify([shape.prepend, shape.schema]),
      clusters,
      can,
      contextTokens,
    })),
    maxBodyBytes: config.limits.maxBodyBytes,
    keepsAnswers: config.cache !== undefined,
    // Our own HTTP/2 knows a reset call that was answered; the common library is made to bear many, by an option it does not document.
    countsResets: config.listen.transport === "grpc-js",
    ...(config.cascade === undefined ? {} : { cascade: config.cascade.steps }),
    ...(cluster === undefined ? {} : { cluster }),
  };
}
