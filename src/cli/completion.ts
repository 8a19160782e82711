// `sluice completion SHELL`: prints the script with which a shell completes sluice's command lines, and answers what that script asks.
import { Argument, Command } from "commander";
import { completionsOf } from "./completions.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

const INSTALL = `
To have it in every shell, add the line:
  bash  source <(sluice completion bash)       to ~/.bashrc
  zsh   source <(sluice completion zsh)        to ~/.zshrc, behind compinit
  fish  sluice completion fish | source        to ~/.config/fish/config.fish`;

export function completionCommand(): Command {
  return new Command("completion")
    .description("print the script that completes command lines of sluice in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", INSTALL)
    .action(async (shell: Shell) => {
      const { getCompletionScript } = await import("@pnpm/tabtab");
      process.stdout.write(await getCompletionScript({ name: "sluice", completer: "sluice", shell }));
    });
}

/** What the scripts call, with the words typed so far behind `--`; the cursor's place is in the environment. Not for people. */
export function completionServerCommand(): Command {
  return new Command("completion-server").argument("[words...]").action(async (words: readonly string[], _options, command: Command) => {
    const { getShellFromEnv, log, logFiles, parseEnv } = await import("@pnpm/tabtab");
    const { complete, lastPartial, words: place } = parseEnv(process.env);
    const program = command.parent;
    if (!complete || program === null) return;
    const shell = getShellFromEnv(process.env);
    const completions = completionsOf(program, wordsBefore(words, place, lastPartial), lastPartial);
    if (completions.kind === "words") log([...completions.words], shell);
    else if (shell !== "bash") logFiles(); // bash completes files where nothing is proposed
  });
}

/** Fish gives no empty word at the end, and the number of words as the place. */
function wordsBefore(words: readonly string[], place: number, current: string): readonly string[] {
  if (place < words.length) return words.slice(1, place);
  return words.slice(1, current === "" ? undefined : -1);
}
