// Ends what a test file started, last first, when the file is done, whether its tests passed or not.
import { afterAll } from "vitest";

const started: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

/** Has `stop` called at the end of the file. It may have been called before. */
export function stopAtEnd(stop: () => Promise<void>): void {
  started.push(stop);
}
