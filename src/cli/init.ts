// `sluice init`: asks for the model servers and the traffic, writes the configuration and what the gateway needs, and checks both.
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { parseConfig } from "../config/load.ts";
import { warningsOf } from "../config/warnings.ts";
import { type Diagnosis, diagnoseGateway, diagnoseWiring } from "../setup/doctor/diagnosis.ts";
import { readEnvoyFile } from "../setup/doctor/read-envoy.ts";
import { type Answers, GATEWAYS, type NewFile, TRAFFICS } from "../setup/init/answers.ts";
import { ENVOY_FILE } from "../setup/init/envoy-yaml.ts";
import { initFiles } from "../setup/init/files.ts";
import { nextSteps } from "../setup/init/next-steps.ts";
import { CONFIG_FILE } from "../setup/init/sluice-yaml.ts";
import { requireNew, writeNew } from "../setup/init/write-files.ts";
import { summary } from "./check.ts";
import { diagnosisText } from "./diagnosis-text.ts";
import { settingsOf } from "./doctor.ts";
import { answersOf, type InitOptions, missingFlags } from "./init-options.ts";
import { askForMissing } from "./init-questions.ts";
import { serverUrl } from "./server-url-option.ts";

const INTERRUPTED = 130; // as a shell says it of Ctrl-C
const COLUMNS = 100;

export function initCommand(): Command {
  return new Command("init")
    .description("write a configuration for your model servers, and what Envoy or a gateway needs beside it")
    .option("--weak <url>", "the cheap model's OpenAI-compatible server", serverUrl)
    .option("--strong <url>", "the strong model's", serverUrl)
    .option("--weak-model <name>", "the model to ask the weak server for, where it needs a name", modelName)
    .option("--strong-model <name>", "the same for strong", modelName)
    .addOption(new Option("--traffic <kind>", "what the requests are").choices(TRAFFICS))
    .addOption(new Option("--gateway <kind>", "what stands in front of the servers").choices(GATEWAYS))
    .option("--out <dir>", "the folder to write to; nothing in it is overwritten")
    .option("--yes", "ask nothing: chat, envoy and this folder, where not given", false)
    .action(runInit);
}

function modelName(text: string): string {
  if (text.trim() !== "" && text.length <= 256) return text;
  throw new InvalidArgumentError("It must be 1 to 256 characters.");
}

async function runInit(flags: InitOptions): Promise<void> {
  const mayAsk = !flags.yes && process.stdin.isTTY === true && process.stderr.isTTY === true;
  const options =
    mayAsk && missingFlags(flags).length > 0 ? await askForMissing(flags, { input: process.stdin, output: process.stderr }) : flags;
  if (options === undefined) {
    process.stderr.write("nothing was written\n");
    process.exitCode = INTERRUPTED;
    return;
  }
  const { out, ...answers } = answersOf(options);
  const at = (path: string) => join(out, path);
  const files = initFiles(answers, process.env, (path) => resolve(at(path)));
  requireNew(out, files);
  const config = parseConfig(textOf(files, CONFIG_FILE), at(CONFIG_FILE));
  const diagnosis = diagnose(answers, files, settingsOf(config, undefined), at);
  await writeNew(out, files);
  const blocks = [
    files.map(({ path }) => `wrote ${at(path)}\n`).join(""),
    summary(config, warningsOf(config)),
    ...(diagnosis === undefined ? [] : [diagnosisText(diagnosis, Math.min(process.stdout.columns ?? COLUMNS, COLUMNS))]),
    nextSteps(answers, at, out),
  ];
  process.stdout.write(blocks.join("\n"));
}

type SluiceSettings = ReturnType<typeof settingsOf>;

function diagnose(
  { gateway }: Answers,
  files: readonly NewFile[],
  settings: SluiceSettings,
  at: (path: string) => string,
): Diagnosis | undefined {
  switch (gateway) {
    case "none":
      return undefined;
    case "envoy":
      return diagnoseWiring(readEnvoyFile(textOf(files, ENVOY_FILE), ENVOY_FILE), settings, at(ENVOY_FILE));
    case "kgateway":
    case "envoy-gateway": {
      const ofGateway = files.filter(({ path }) => path.startsWith(`${gateway}/`));
      return diagnoseGateway(
        ofGateway.map(({ path, text }) => ({ name: at(path), text })),
        settings,
      );
    }
    default:
      return gateway satisfies never;
  }
}

function textOf(files: readonly NewFile[], path: string): string {
  const file = files.find((each) => each.path === path);
  if (file === undefined) throw new Error(`invariant: ${path} is written`);
  return file.text;
}
