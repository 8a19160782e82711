// Reads the configuration file: YAML, then the schema, then what must agree across keys. Every problem is reported at once, with its place.
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { SluiceError } from "../errors.ts";
import type { Config } from "./config.ts";
import { modelsIn, type ReadModel } from "./model-source.ts";
import { ConfigInvalid, type ParsedFile, type Problem, problemAt, problemsOf } from "./problems.ts";
import { resolveConfig } from "./resolve.ts";
import { type ConfigFile, configSchema } from "./schema.ts";

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

/** Throws `config-not-found` and `config-unreadable`. */
export async function readConfigFile(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw new SluiceError("config-not-found", `${path}: no such file`);
    throw new SluiceError("config-unreadable", `${path}: cannot be read`, { cause: error });
  });
  if (!isUtf8(bytes)) throw new SluiceError("config-unreadable", `${path}: not text in UTF-8`, { hint: "Save the file as UTF-8." });
  return bytes.toString();
}

/** In our words where the YAML library speaks to its callers instead of to the file's author. */
const YAML_MESSAGES: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "a second YAML document begins here; one file holds one",
  NON_STRING_KEY: "a key must be text",
};

/** `source` names the text in messages. Reads the model files that the text names. Throws ConfigInvalid. */
export function parseConfig(text: string, source: string, readModel: ReadModel = modelsIn(".")): Config {
  return parsed(text, source, readModel).config;
}

function parsed(text: string, source: string, readModel: ReadModel): Loaded {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const file: ParsedFile = { document, lines };
  const problems: Problem[] = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { path: "", message: YAML_MESSAGES[error.code] ?? error.message, line, column: col };
  });
  if (problems.length > 0) throw new ConfigInvalid(source, problems);
  const given = contentOf(file, source);
  const result = configSchema.safeParse(given, { reportInput: true });
  if (!result.success)
    throw new ConfigInvalid(
      source,
      result.error.issues.flatMap((issue) => problemsOf(file, issue)),
    );
  const config = resolveConfig(result.data, readModel, (path, message) => problems.push(problemAt(file, path, message)));
  if (problems.length > 0) throw new ConfigInvalid(source, problems);
  return { config, given, file: result.data };
}

/** The file as plain values. */
function contentOf({ document, lines }: ParsedFile, source: string): unknown {
  try {
    return withoutNulls(document.toJS()) ?? {};
  } catch (error) {
    // More aliases than a configuration can need, which the YAML library refuses to expand; or one that has no end.
    const message = error instanceof RangeError ? "an alias stands inside of what it names" : String((error as Error).message);
    throw new ConfigInvalid(source, [problemAt({ document, lines }, [], message)]);
  }
}

/** A key without a value counts as not given: `listen:` with its lines commented out is no mistake. In `params`, null is a value. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === "params" && inner !== null ? inner : withoutNulls(inner)]),
  );
}
