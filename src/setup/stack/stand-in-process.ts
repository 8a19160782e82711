// A stand-in model server (envoy/stand-in.mjs) as a child process on a free port.
import { fileURLToPath } from "node:url";
import { SluiceError } from "../../errors.ts";
import { type Child, startChild } from "./child.ts";
import { waitUntil } from "./wait-until.ts";

const READY_MS = 15_000;

export interface StandInOptions {
  readonly port?: number; // any free one when not given
  readonly chunkDelayMs?: number; // between streamed events
}

export interface StandIn {
  readonly address: string; // host:port
  readonly child: Child;
  stop(): Promise<void>;
}

export async function startStandIn(tier: string, options: StandInOptions = {}): Promise<StandIn> {
  const script = fileURLToPath(new URL("../../../envoy/stand-in.mjs", import.meta.url));
  let address: string | undefined;
  const onLine = (line: string) => {
    address ??= /ready on (\S+)$/.exec(line)?.[1];
  };
  const args = [script, "--tier", tier, "--port", String(options.port ?? 0), "--chunk-delay", String(options.chunkDelayMs ?? 0)];
  const child = startChild(process.execPath, args, { onLine });
  await waitUntil(() => address !== undefined || child.hasExited(), READY_MS);
  if (address === undefined) {
    await child.stop();
    throw new SluiceError("listen-failed", `the ${tier} stand-in did not start: ${child.lastLines().at(-1) ?? "no output"}`);
  }
  return { address, child, stop: child.stop };
}
