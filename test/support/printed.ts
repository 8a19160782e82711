// What a command prints, for tests that run it in this process: its two streams are caught for each test and given back after it.
import { afterEach, beforeEach, vi } from "vitest";

export interface Printed {
  output: string; // standard output
  messages: string; // standard error
}

/** To be called once, at the top of a test file. */
export function catchPrinted(): Printed {
  const printed: Printed = { output: "", messages: "" };
  const streams = [
    ["output", process.stdout],
    ["messages", process.stderr],
  ] as const;
  beforeEach(() => {
    for (const [name, stream] of streams) {
      printed[name] = "";
      vi.spyOn(stream, "write").mockImplementation((chunk) => {
        printed[name] += chunk;
        return true;
      });
    }
  });
  afterEach(() => vi.restoreAllMocks());
  return printed;
}
