// A copy of the sources with the diffs of a section of CONTRIBUTING.md applied, to compile and to run.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

/** `section` is its heading. Remove `folder` at the end. */
export function sourcesWith(section: string) {
  const text =
    readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8")
      .split(/^## /m)
      .find((part) => part.startsWith(`${section}\n`)) ?? "";
  const diffs = [...text.matchAll(/^```diff\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
  const folder = mkdtempSync(join(tmpdir(), "sluice-contributing-"));
  for (const path of ["src", "package.json", "tsconfig.json"]) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  for (const diff of diffs) execFileSync("git", ["apply", "-"], { cwd: folder, input: diff, env: { ...process.env, GIT_DIR: "none" } });

  return {
    folder,
    touched: diffs.map((diff) => /^\+\+\+ b\/(.*)$/m.exec(diff)?.[1]),
    /** What the compiler says. */
    compile(): string {
      const config = { extends: "./tsconfig.json", include: ["src"], exclude: ["src/request/chat/assembly"] };
      writeFileSync(join(folder, "tsconfig.add.json"), JSON.stringify(config));
      try {
        return execFileSync(process.execPath, [TSC, "-p", "tsconfig.add.json"], { cwd: folder, encoding: "utf8" });
      } catch (error) {
        return (error as { stdout: string }).stdout;
      }
    },
    sluice: (args: readonly string[], input = "") =>
      execFileSync(process.execPath, [join(folder, "src/main.ts"), ...args], { encoding: "utf8", input }),
  };
}
