// Reads the configuration file: YAML, then the schema, then what must agree across keys. Every problem is reported at once, with its place.
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { SluiceError } from "../errors.ts";
import { policyCountProblem } from "./capabilities/policies.ts";
import type { Config } from "./config.ts";
import { modelsIn, type ReadModel } from "./model-source.ts";
import { configInvalid, type Found, problemAt, problemsOf } from "./problems.ts";
import { resolveConfig } from "./resolve.ts";
import { type ConfigFile, configSchema } from "./schema.ts";
import { readYaml } from "./yaml-text.ts";

/** A configuration beside the file it came from. */
export interface Loaded {
  readonly config: Config;
  readonly given: unknown; // what the file says
  readonly file: ConfigFile; // with what it does not say
}

/** Reads and checks a file; without a path, the defaults. Throws `config-not-found`, `config-unreadable` or ConfigInvalid. */
export async function loadConfig(path: string | undefined): Promise<Config> {
  return (await loadWithFile(path)).config;
}

/** As `loadConfig`, for who shows the file too. */
export async function loadWithFile(path: string | undefined): Promise<Loaded> {
  return path === undefined ? parsed("", "defaults", modelsIn(".")) : parsed(await readConfigFile(path), path, modelsIn(dirname(path)));
}

async function readConfigFile(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw new SluiceError("config-not-found", `${path}: no such file`);
    throw new SluiceError("config-unreadable", `${path}: cannot be read`, { cause: error });
  });
  if (!isUtf8(bytes)) throw new SluiceError("config-unreadable", `${path}: not text in UTF-8`, { hint: "Save the file as UTF-8." });
  return bytes.toString();
}

/** `source` names the text in messages. Reads the model files that the text names. Throws ConfigInvalid. */
export function parseConfig(text: string, source: string, readModel: ReadModel = modelsIn(".")): Config {
  return parsed(text, source, readModel).config;
}

function parsed(text: string, source: string, readModel: ReadModel): Loaded {
  const { file, given = {} } = readYaml(text, source);
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
