// The two stand-in model servers for tests, and what they say they received.
import { type StandIn, startStandIn } from "../../src/setup/stack/stand-in-process.ts";
import { stopAtEnd } from "./teardown.ts";

export interface StandIns {
  readonly weak: StandIn;
  readonly strong: StandIn;
  stop(): Promise<void>;
}

/** The answer to a request with `x-stand-in-echo: 1`. */
export interface Echo {
  readonly stand_in: string; // tier of the stand-in that answered
  readonly attempt: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
  readonly sha256: string;
  readonly keys: readonly string[] | null; // of the body, when it is a JSON object
  readonly model: unknown;
}

export async function startStandIns(): Promise<StandIns> {
  const [weak, strong] = await Promise.all([startStandIn("weak"), startStandIn("strong")]);
  const stop = async () => {
    await Promise.all([weak.stop(), strong.stop()]);
  };
  stopAtEnd(stop);
  return { weak, strong, stop };
}
