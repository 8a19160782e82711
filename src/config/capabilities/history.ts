// Where it is kept which policies decided, since when, and what made it so.
import { z } from "zod";
import { note } from "../effective.ts";
import { filePath } from "../fields.ts";
import { type Capability, plain } from "./capability.ts";

export interface HistoryConfig {
  readonly file?: string | undefined; // undefined: it ends with the process
  readonly most: number;
}

const schema = z
  .strictObject({
    file: filePath
      .optional()
      .describe(
        "a file that keeps over a restart which policies decided, with their settings, since when, and what made it so; docs/rollout.md. " +
          "Default: none, it is in memory only",
      ),
    most: z.int().min(10).max(10_000).default(1000).describe("entries that are kept: the oldest go first"),
  })
  .prefault({});

export const history: Capability<typeof schema, HistoryConfig> = {
  ...plain,
  schema,
  effective: ({ file, most }) => ({ file: file ?? note("none"), most }),
  atNextStart: ["file", "most"],
};
