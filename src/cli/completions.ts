// What may stand at the end of a half-typed command line: commands, options and their values, read from the tree of commands. Pure.
import type { Argument, Command, Option } from "commander";
import { PRESET_NAMES } from "../config/presets.ts";

export interface Proposal {
  readonly name: string;
  readonly description: string;
}

/** `files`: the shell knows them better. */
export type Completions = { readonly kind: "files" } | { readonly kind: "words"; readonly words: readonly Proposal[] };

/** Values that are known by name but not the only ones, by the option that takes them. */
const KNOWN_VALUES: Readonly<Record<string, readonly string[]>> = { "--policy": PRESET_NAMES };

const FILES = /^(?:file|path|dir|model|request)\b/i; // what the help calls a value that is a file

/** `before`: the words behind the program's name; `current`: the one being typed, perhaps empty. */
export function completionsOf(program: Command, before: readonly string[], current: string): Completions {
  const { command, rest } = commandAt(program, before);
  const awaited = optionAwaiting(command, rest);
  if (awaited !== undefined && !current.startsWith("-")) return valuesOf(awaited, current);
  if (current.startsWith("-")) return proposals(optionsOf(command), current);
  const commands = command.createHelp().visibleCommands(command);
  if (commands.length > 0) {
    return proposals(
      commands.map((each) => ({ name: each.name(), description: each.description() })),
      current,
    );
  }
  const [argument] = command.registeredArguments;
  return argument === undefined ? proposals([], current) : choices(argument, argument.name(), current);
}

function commandAt(program: Command, before: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  const [name, ...rest] = before;
  const command = program.commands.find((each) => each.name() === name);
  return command === undefined ? { command: program, rest: before } : { command, rest };
}

/** The option whose value comes next; one that takes several takes all up to the next option. */
function optionAwaiting(command: Command, words: readonly string[]): Option | undefined {
  const at = words.findLastIndex((word) => word.startsWith("-"));
  const option = command.options.find(({ long, short }) => words[at] !== undefined && [long, short].includes(words[at]));
  if (option === undefined || !(option.required || option.optional)) return undefined;
  return option.variadic || at === words.length - 1 ? option : undefined;
}

function valuesOf(option: Option, current: string): Completions {
  const known = KNOWN_VALUES[option.long ?? ""];
  if (known !== undefined) return proposals(named(known), current);
  return choices(option, /[<[]([^>\]]*)/.exec(option.flags)?.[1] ?? "", current);
}

function choices({ argChoices }: Option | Argument, placeholder: string, current: string): Completions {
  if (argChoices !== undefined) return proposals(named(argChoices), current);
  return FILES.test(placeholder) ? { kind: "files" } : proposals([], current);
}

function named(names: readonly string[]): readonly Proposal[] {
  return names.map((name) => ({ name, description: "" }));
}

function optionsOf(command: Command): readonly Proposal[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long ? [{ name: long, description }] : []));
}

function proposals(all: readonly Proposal[], current: string): Completions {
  return { kind: "words", words: all.filter(({ name }) => name.startsWith(current)) };
}
