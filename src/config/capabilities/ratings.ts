// Where a week of ratings is kept, so that a restart does not forget what users said.
import { z } from "zod";
import { note } from "../effective.ts";
import { filePath } from "../fields.ts";
import { type Capability, plain } from "./capability.ts";

export interface RatingsConfig {
  readonly file?: string | undefined; // undefined: they end with the process
}

const schema = z
  .strictObject({
    file: filePath
      .optional()
      .describe(
        "a file that keeps the last seven days' ratings over a restart, as sums by tier and by what chose it, written a second " +
          "after one was given; docs/drift.md. Default: none, they are in memory only",
      ),
  })
  .prefault({});

export const ratings: Capability<typeof schema, RatingsConfig> = {
  ...plain,
  schema,
  effective: ({ file }) => ({ file: file ?? note("none") }),
  atNextStart: ["file"],
};
