// Reads the configuration file: YAML, then the schema, then what must agree across keys. Every problem is reported at once, with its place.
import { isUtf8 } from "node:buffer";
import { dirname, resolve } from "node:path";
import { SluiceError } from "../errors.ts";
import { readBounded, type Trouble } from "./bounded-file.ts";
import { policyCountProblem } from "./capabilities/policies.ts";
import type { Config } from "./config.ts";
import { modelsIn, type OnRead, type ReadModel } from "./model-source.ts";
import { configInvalid, type Found, problemAt, problemsOf } from "./problems.ts";
import { resolveConfig } from "./resolve.ts";
import { type ConfigFile, configSchema } from "./schema.ts";
import { MAX_CONFIG_BYTES, readYaml } from "./yaml-text.ts";

/** A configuration beside the file it came from. */
export interface Loaded {
  readonly config: Config;
  readonly given: unknown; // what the file says
  readonly file: ConfigFile; // with what it does not say
  readonly source: ConfigSource | undefined; // undefined: the defaults
}

/** Where a configuration was read from, so that it can be told later whether anything is another. */
export interface ConfigSource {
  readonly path: string;
  readonly text: string;
  readonly read: ReadonlyMap<string, string>; // every path that was looked at, the models' too, and the identity of what was there
}

/** What stands in the file at the moment. */
export interface ConfigText {
  readonly text: string;
  readonly identity: string;
}

/** Reads and checks a file; without a path, the defaults. Throws `config-…` errors, among them ConfigInvalid. */
export async function loadConfig(path: string | undefined): Promise<Config> {
  return (await loadWithFile(path)).config;
}

/** As `loadConfig`, for who shows the file too, or waits for changes of it. */
export async function loadWithFile(path: string | undefined): Promise<Loaded> {
  if (path === undefined) return { ...parsed("", "defaults", modelsIn(".")), source: undefined };
  const { text, identity } = textOf(path, await readBounded(path, MAX_CONFIG_BYTES, "anything"));
  const read = new Map([[resolve(path), identity]]);
  const loaded = loadText(path, text, (model, found) => read.set(model, found));
  return { ...loaded, source: { path, text, read } };
}

/** Throws what `loadConfig` throws of a file that cannot be read. */
export async function readConfigFile(path: string): Promise<string> {
  return textOf(path, await readBounded(path, MAX_CONFIG_BYTES, "anything")).text;
}

/** As the file at the path would be read if this was its text. Throws what `loadConfig` throws. */
export function loadText(path: string, text: string, onRead: OnRead): Omit<Loaded, "source"> {
  return parsed(text, path, modelsIn(dirname(path), onRead), "refuse-empty");
}

/** The text of what was read. Throws `config-not-found`, `config-unreadable` and `config-too-large`. */
export function textOf(path: string, found: Awaited<ReturnType<typeof readBounded>>): ConfigText {
  if (found.kind === "trouble") throw troubleOf(path, found.trouble);
  if (!isUtf8(found.bytes)) throw new SluiceError("config-unreadable", `${path}: not text in UTF-8`, { hint: "Save the file as UTF-8." });
  if (found.bytes.includes(0))
    throw new SluiceError("config-unreadable", `${path}: holds zero bytes`, { hint: "It is no text, or was written only in part." });
  return { text: found.bytes.toString(), identity: found.identity };
}

function troubleOf(path: string, trouble: Trouble): SluiceError {
  switch (trouble.what) {
    case "absent":
      return new SluiceError("config-not-found", `${path}: ${trouble.dangling ? "a symbolic link that leads to no file" : "no such file"}`);
    case "folder":
      return new SluiceError("config-unreadable", `${path}: is a folder`);
    case "no-file":
      return new SluiceError("config-unreadable", `${path}: is no file, and cannot be read again`);
    case "too-large":
      return new SluiceError("config-too-large", `${path}: ${trouble.bytes} bytes; at most ${trouble.maxBytes} are possible`);
    case "unreadable":
      return new SluiceError("config-unreadable", `${path}: cannot be read`, { cause: trouble.cause });
    default:
      return trouble satisfies never;
  }
}

/** `source` names the text in messages. Reads the models that the text names. An empty text gives the defaults. Throws ConfigInvalid. */
export function parseConfig(text: string, source: string, readModel: ReadModel = modelsIn(".")): Config {
  return parsed(text, source, readModel).config;
}

function parsed(text: string, source: string, readModel: ReadModel, empty: "defaults" | "refuse-empty" = "defaults") {
  const { file, given = {}, isEmpty } = readYaml(text, source);
  if (isEmpty && empty === "refuse-empty") throw new SluiceError("config-empty", `${source}:1:1: says nothing`);
  const tooMany = policyCountProblem(given);
  if (tooMany !== undefined) throw configInvalid(source, [problemAt(file, ["policies"], tooMany)]);
  const result = configSchema.safeParse(given, { reportInput: true });
  if (!result.success)
    throw configInvalid(
      source,
      result.error.issues.flatMap((issue) => problemsOf(file, issue)),
    );
  const problems: Found[] = [];
  const config = resolveConfig(result.data, readModel, (path, message) => problems.push(problemAt(file, path, message)));
  if (problems.length > 0) throw configInvalid(source, problems);
  return { config, given, file: result.data };
}
