// Reads the files that the doctor is given. A folder stands for the manifests in it and below.
import { isUtf8 } from "node:buffer";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ErrorCode, SluiceError } from "../errors.ts";

interface NamedText {
  readonly name: string;
  readonly text: string;
}

const MANIFEST = /\.(?:ya?ml|json)$/;

/** Throws `envoy-config-unreadable`. */
export function readEnvoyFiles(paths: readonly string[]): Promise<readonly NamedText[]> {
  return Promise.all(paths.map((path) => read(path, "envoy-config-unreadable")));
}

/** In the order of the paths, those of a folder by name. Throws `manifests-unreadable`, also for a folder without any. */
export async function readManifests(paths: readonly string[]): Promise<readonly NamedText[]> {
  const files = await Promise.all(paths.map(manifestsAt));
  return Promise.all(files.flat().map((path) => read(path, "manifests-unreadable")));
}

async function manifestsAt(path: string): Promise<readonly string[]> {
  const entry = await stat(path).catch((cause: unknown) => {
    throw new SluiceError("manifests-unreadable", `${path}: cannot be read`, { cause });
  });
  if (!entry.isDirectory()) return [path];
  const names = (await readdir(path, { recursive: true })).filter((name) => MANIFEST.test(name)).sort();
  if (names.length === 0) throw new SluiceError("manifests-unreadable", `${path}: no .yaml, .yml or .json in this folder`);
  return names.map((name) => join(path, name));
}

async function read(path: string, unreadable: ErrorCode): Promise<NamedText> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new SluiceError(unreadable, `${path}: cannot be read`, { cause });
  });
  if (!isUtf8(bytes)) throw new SluiceError(unreadable, `${path}: not text in UTF-8`, { hint: "Save the file as UTF-8." });
  return { name: path, text: bytes.toString() };
}
