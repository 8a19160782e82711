// `sluice doctor` in this process, for tests: what it finds, and how it ends.
import { doctorCommand } from "../../src/cli/doctor.ts";
import type { Finding } from "../../src/setup/doctor/finding.ts";
import type { Printed } from "./printed.ts";

export interface Verdict {
  readonly ids: readonly string[]; // sorted
  readonly exitCode: number;
  readonly findings: readonly Finding[];
  readonly lookedAt: readonly string[];
}

/** `printed`: what `catchPrinted` gave the test file. */
export async function diagnose(printed: Printed, ...args: readonly string[]): Promise<Verdict> {
  printed.output = "";
  process.exitCode = 0;
  await doctorCommand().parseAsync([...args, "--json"], { from: "user" });
  const exitCode = Number(process.exitCode);
  process.exitCode = 0;
  const { findings, lookedAt } = JSON.parse(printed.output) as Pick<Verdict, "findings" | "lookedAt">;
  return { ids: findings.map(({ id }) => id).sort(), exitCode, findings, lookedAt };
}
