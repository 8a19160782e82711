// The command line: names the commands, turns errors into one clear message and the right exit code.
import { Command, CommanderError } from "commander";
import { describe, exitCodeOf } from "../errors.ts";
import { sluiceVersion } from "../outcome/telemetry/version.ts";
import { startAnew } from "./heap-flags.ts";

type Load = () => Promise<Command>;

/** In the order of the help. Each is loaded when it is asked for: a server keeps nothing in memory that other commands need. */
const COMMANDS: Readonly<Record<string, Load>> = {
  init: async () => (await import("./init.ts")).initCommand(),
  serve: async () => (await import("./serve.ts")).serveCommand(),
  check: async () => (await import("./check.ts")).checkCommand(),
  prices: async () => (await import("./prices.ts")).pricesCommand(),
  doctor: async () => (await import("./doctor.ts")).doctorCommand(),
  explain: async () => (await import("./explain.ts")).explainCommand(),
  evaluate: async () => (await import("./evaluate.ts")).evaluateCommand(),
  collect: async () => (await import("./collect.ts")).collectCommand(),
  sample: async () => (await import("./sample.ts")).sampleCommand(),
  compare: async () => (await import("./compare.ts")).compareCommand(),
  train: async () => (await import("./train.ts")).trainCommand(),
  propose: async () => (await import("./propose.ts")).proposeCommand(),
  replay: async () => (await import("./replay.ts")).replayCommand(),
  judge: async () => (await import("./judge.ts")).judgeCommand(),
  label: async () => (await import("./label.ts")).labelCommand(),
  distill: async () => (await import("./distill.ts")).distillCommand(),
  stack: async () => (await import("./stack.ts")).stackCommand(),
  rollout: async () => (await import("./rollout.ts")).rolloutCommand(),
  history: async () => (await import("./history.ts")).historyCommand(),
  feedback: async () => (await import("./feedback.ts")).feedbackCommand(),
  top: async () => (await import("./top.ts")).topCommand(),
  budget: async () => (await import("./budget.ts")).budgetCommand(),
  schema: async () => (await import("./schema.ts")).schemaCommand(),
  completion: async () => (await import("./completion.ts")).completionCommand(),
};

/** Reads the command line, does what it asks, and sets the exit code. */
export async function runProgram(): Promise<void> {
  if (process.argv[2] === "serve") startAnew(process); // before anything is loaded that would be loaded again
  outliveReaders(process.argv[2]);
  const program = new Command("sluice")
    .description("Cascade routing for LLM traffic, as an Envoy external-processing filter.")
    .version(sluiceVersion());
  for (const command of await commandsFor(process.argv[2])) program.addCommand(command);
  const { completionServerCommand } = await import("./completion.ts");
  program.addCommand(completionServerCommand(), { hidden: true });

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

/** What serves has its own care for its streams: a full disk, too, is not to end it. */
const SERVING = new Set(["serve", "stack"]);

/** Whoever read the results has left, as `head` does: files are written all the same, and what only shows something ends. */
function outliveReaders(command: string | undefined): void {
  if (command !== undefined && SERVING.has(command)) return;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (command === "top") process.exit(0);
  });
}

/** The one that is named; all of them where none is, for their help. */
async function commandsFor(name: string | undefined): Promise<readonly Command[]> {
  const named = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name];
  return Promise.all((named === undefined ? Object.values(COMMANDS) : [named]).map((load) => load()));
}
