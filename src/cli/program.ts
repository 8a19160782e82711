// The command line: names the commands, turns errors into one clear message and the right exit code.
import { Command, CommanderError } from "commander";
import { describe, exitCodeOf } from "../errors.ts";
import { sluiceVersion } from "../outcome/telemetry/version.ts";
import { checkCommand } from "./check.ts";
import { completionCommand, completionServerCommand } from "./completion.ts";
import { doctorCommand } from "./doctor.ts";
import { evaluateCommand } from "./evaluate.ts";
import { explainCommand } from "./explain.ts";
import { initCommand } from "./init.ts";
import { pricesCommand } from "./prices.ts";
import { schemaCommand } from "./schema.ts";
import { serveCommand } from "./serve.ts";
import { stackCommand } from "./stack.ts";
import { topCommand } from "./top.ts";
import { trainCommand } from "./train.ts";

/** Reads the command line, does what it asks, and sets the exit code. */
export async function runProgram(): Promise<void> {
  const program = new Command("sluice")
    .description("Cascade routing for LLM traffic, as an Envoy external-processing filter.")
    .version(sluiceVersion())
    .addCommand(initCommand())
    .addCommand(serveCommand())
    .addCommand(checkCommand())
    .addCommand(pricesCommand())
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
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2; // commander has said what is wrong
    } else {
      process.stderr.write(`${describe(error)}\n`);
      process.exitCode = exitCodeOf(error);
    }
  }
}
