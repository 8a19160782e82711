#!/usr/bin/env node
// The command line: names the commands, turns errors into one clear message and the right exit code.
import { Command, CommanderError } from "commander";
import { checkCommand } from "./cli/check.ts";
import { completionCommand, completionServerCommand } from "./cli/completion.ts";
import { doctorCommand } from "./cli/doctor.ts";
import { evaluateCommand } from "./cli/evaluate.ts";
import { explainCommand } from "./cli/explain.ts";
import { initCommand } from "./cli/init.ts";
import { requireNode } from "./cli/node-version.ts";
import { schemaCommand } from "./cli/schema.ts";
import { serveCommand } from "./cli/serve.ts";
import { stackCommand } from "./cli/stack.ts";
import { topCommand } from "./cli/top.ts";
import { trainCommand } from "./cli/train.ts";
import { describe, exitCodeOf } from "./errors.ts";
import { sluiceVersion } from "./outcome/telemetry/version.ts";

const program = new Command("sluice")
  .description("Cascade routing for LLM traffic, as an Envoy external-processing filter.")
  .version(sluiceVersion())
  .addCommand(initCommand())
  .addCommand(serveCommand())
  .addCommand(checkCommand())
  .addCommand(doctorCommand())
  .addCommand(explainCommand())
  .addCommand(evaluateCommand())
  .addCommand(trainCommand())
  .addCommand(stackCommand())
  .addCommand(topCommand())
  .addCommand(schemaCommand())
  .addCommand(completionCommand())
  .addCommand(completionServerCommand(), { hidden: true });

for (const command of [program, ...program.commands]) command.exitOverride().showHelpAfterError("(--help shows the options)");

try {
  requireNode(process.versions.node);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2; // commander has said what is wrong
  } else {
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
