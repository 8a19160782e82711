// A history as it is kept: plain JSON in a small file of its own, checked when it is read.
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type History, NO_HISTORY } from "./history.ts";

const FORMAT = 1;

const kept = z.object({
  version: z.literal(FORMAT),
  entries: z.array(
    z.object({
      at: z.iso.datetime(),
      by: z.enum(["start", "reload", "rollout"]),
      active: z.string(),
      configuration: z.string().optional(),
      rollout: z.object({ candidate: z.string(), share: z.number(), status: z.string() }).optional(),
      change: z.object({ action: z.string(), because: z.string(), guards: z.array(z.string()) }).optional(),
      processes: z.array(z.int().min(0)).optional(),
    }),
  ),
  versions: z.array(z.object({ policy: z.string(), settingsHash: z.string(), asks: z.array(z.string()), settings: z.unknown() })),
});

export function historyText(history: History): string {
  return `${JSON.stringify({ version: FORMAT, ...history })}\n`;
}

/** Where there is no file, nothing has happened yet. `bad`: it cannot be read, or is not what was written. */
export async function readHistory(path: string): Promise<History | "bad"> {
  try {
    const { entries, versions } = kept.parse(JSON.parse(await readFile(path, "utf8")));
    return { entries, versions };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? NO_HISTORY : "bad";
  }
}
