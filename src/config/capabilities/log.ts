// What sluice says of itself on standard error.
import { z } from "zod";
import { type Capability, plain } from "./capability.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogSettings {
  readonly level: LogLevel;
}

const schema = z
  .strictObject({
    level: z.enum(LOG_LEVELS).default("info").describe("the least severe messages to log, as JSON lines on standard error"),
  })
  .prefault({});

export const log: Capability<typeof schema, LogSettings> = {
  ...plain,
  schema,
};
