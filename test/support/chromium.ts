// Finds Chromium: CHROMIUM_BIN, then PATH. Where there is none, tests that need it are skipped in development and fail in CI.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Undefined: none here. In CI that is an error. */
export function findChromium(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const found = env.CHROMIUM_BIN ?? onPath(env.PATH ?? "");
  if (found === undefined && isCi(env)) throw new Error("no Chromium: install it (apt-get install chromium) or set CHROMIUM_BIN");
  return found;
}

/** As root, as in containers, Chromium starts only without its sandbox; the pages opened are our own. */
export async function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

function isCi({ CI }: Readonly<Record<string, string | undefined>>): boolean {
  return CI !== undefined && CI !== "" && CI !== "false";
}

function onPath(path: string): string | undefined {
  const candidates = NAMES.flatMap((name) =>
    path
      .split(delimiter)
      .filter((folder) => folder !== "")
      .map((folder) => join(folder, name)),
  );
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
